"""Exact: an array of rational numbers over one denominator, so that money adds up to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numerators = NDArray[Any]
Number = int | Fraction

_WORD = 2**62
"""Sums of two numerators below it fit a signed 64-bit integer; larger ones become Python integers."""
_EXACT_FLOAT = 2**53
"""Every integer up to it is a 64-bit float exactly (IEEE 754)."""
_MOST_DECIMALS = 9
"""How many decimals are tried before a float's own shortest decimal is taken; more than any currency has."""


@dataclass(frozen=True, eq=False)
class Exact:
    """The numbers `numerators / denominator`; 64-bit integers while they fit, Python's integers beyond."""

    numerators: Numerators
    """(n,) integers."""
    denominator: int
    """Positive, shared by all."""

    @classmethod
    def from_floats(cls, values: NDArray[np.float64]) -> Exact:
        """(n,) the shortest decimals that read back as these floats: 0.1 becomes one tenth."""
        for decimals in range(_MOST_DECIMALS + 1):
            scale = 10**decimals
            scaled = np.rint(values * scale)
            if np.all(np.abs(scaled) < _EXACT_FLOAT) and np.array_equal(scaled / scale, values):
                return cls(scaled.astype(np.int64), scale)
        return cls.of([Fraction(Decimal(repr(v))) for v in values.tolist()])

    @classmethod
    def of(cls, values: list[Fraction] | list[int]) -> Exact:
        """(n,) the given numbers."""
        denominator = lcm(*{v.denominator for v in values})
        numerators = [v.numerator * (denominator // v.denominator) for v in values]
        return cls(_narrow(np.array(numerators, dtype=object)), denominator)

    @classmethod
    def full(cls, size: int, value: Number) -> Exact:
        """(size,) the same number everywhere."""
        value = Fraction(value)
        kind = np.int64 if abs(value.numerator) < _WORD else object
        return cls(np.full(size, value.numerator, dtype=kind), value.denominator)

    @classmethod
    def join(cls, parts: Sequence[Exact]) -> Exact:
        """The numbers of all parts, one after the other."""
        denominator = lcm(*(p.denominator for p in parts))
        scaled = [_times(p.numerators, denominator // p.denominator) for p in parts]
        return cls(np.concatenate(scaled), denominator)

    def __len__(self) -> int:
        return len(self.numerators)

    def __getitem__(self, index: Any) -> Exact:
        return Exact(self.numerators[index], self.denominator)

    def at(self, index: int) -> Fraction:
        """One of the numbers."""
        return Fraction(int(self.numerators[index]), self.denominator)

    def tolist(self) -> list[Fraction]:
        """All of the numbers."""
        return [Fraction(int(n), self.denominator) for n in self.numerators]

    def floats(self) -> NDArray[np.float64]:
        """(n,) the nearest floats."""
        # A quotient of two integers that floats hold exactly is rounded once, so it is the nearest.
        if self.denominator <= _EXACT_FLOAT and _size(self.numerators) <= _EXACT_FLOAT:
            return np.asarray(self.numerators.astype(np.float64) / self.denominator, dtype=np.float64)
        # Python's quotient of any two integers is the nearest float, and slow: a number that follows itself is
        # divided once, for coefficients of a group come in runs.
        first = np.flatnonzero(np.append(True, self.numerators[1:] != self.numerators[:-1])[: len(self)])
        found = [n / self.denominator for n in self.numerators[first].tolist()]
        return np.repeat(np.array(found, dtype=np.float64), np.diff(np.append(first, len(self))))

    def __add__(self, other: Exact | Number) -> Exact:
        mine, theirs, denominator = self._aligned(other)
        return Exact(_add(mine, theirs), denominator)

    __radd__ = __add__

    def __neg__(self) -> Exact:
        return Exact(-self.numerators, self.denominator)

    def __sub__(self, other: Exact | Number) -> Exact:
        return self + (-other)

    def __rsub__(self, other: Number) -> Exact:
        return -self + other

    def __mul__(self, other: Exact | Number) -> Exact:
        if isinstance(other, Exact):
            product = _times(self.numerators, other.numerators)
            return Exact(product, self.denominator * other.denominator)
        ratio = Fraction(other)
        return Exact(_times(self.numerators, ratio.numerator), self.denominator * ratio.denominator).reduced()

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Exact:
        return self * (1 / Fraction(other))

    def __lt__(self, other: Exact | Number) -> NDArray[np.bool_]:
        mine, theirs, _ = self._aligned(other)
        return np.asarray(mine < theirs, dtype=bool)

    def __gt__(self, other: Exact | Number) -> NDArray[np.bool_]:
        mine, theirs, _ = self._aligned(other)
        return np.asarray(mine > theirs, dtype=bool)

    def __le__(self, other: Exact | Number) -> NDArray[np.bool_]:
        return ~(self > other)

    def __ge__(self, other: Exact | Number) -> NDArray[np.bool_]:
        return ~(self < other)

    def equals(self, other: Exact | Number) -> NDArray[np.bool_]:
        """(n,) where the two are the same number."""
        mine, theirs, _ = self._aligned(other)
        return np.asarray(mine == theirs, dtype=bool)

    def maximum(self, other: Exact | Number) -> Exact:
        """(n,) the larger of the two."""
        mine, theirs, denominator = self._aligned(other)
        return Exact(_narrow(np.maximum(mine, theirs)), denominator)

    def minimum(self, other: Exact | Number) -> Exact:
        """(n,) the smaller of the two."""
        return -((-self).maximum(-other))

    def where(self, condition: NDArray[np.bool_], other: Exact | Number) -> Exact:
        """(n,) these numbers where the condition holds, the other elsewhere."""
        mine, theirs, denominator = self._aligned(other)
        return Exact(_narrow(np.where(condition, mine, theirs)), denominator)

    def sum(self) -> Fraction:
        """The sum of all."""
        return Fraction(
            int(_sum_by(self.numerators, np.zeros(len(self), dtype=np.intp), 1)[0]), self.denominator
        )

    def sum_by(self, group: NDArray[np.intp], groups: int) -> Exact:
        """(groups,) the sum of the numbers in each group; `group` (n,) tells whose each is."""
        return Exact(_sum_by(self.numerators, group, groups), self.denominator)

    def median(self) -> Fraction:
        """The middle number, or the mean of the two in the middle."""
        ordered = np.sort(self.numerators)
        low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
        return Fraction(int(low) + int(high), 2 * self.denominator)

    def reduced(self) -> Exact:
        """The same numbers over a smaller denominator, where one divides all."""
        if self.denominator == 1 or not len(self):
            return self
        common = gcd(int(np.gcd.reduce(self.numerators)), self.denominator)
        if common == 1:
            return self
        # Zeros have every divisor, be it beyond a word.
        numerators = self.numerators if common < _WORD else _wide(self.numerators)
        return Exact(_narrow(numerators // common), self.denominator // common)

    def _aligned(self, other: Exact | Number) -> tuple[Numerators, Numerators, int]:
        if not isinstance(other, Exact):
            other = Exact.full(1, other)
        common = lcm(self.denominator, other.denominator)
        mine = _times(self.numerators, common // self.denominator)
        return mine, _times(other.numerators, common // other.denominator), common


def decimal_text(number: Fraction, *, decimals: int = 6) -> str:
    """The number in full where it ends within nine decimals, else to so many."""
    for places in range(_MOST_DECIMALS + 1):
        factor, rest = divmod(10**places, number.denominator)
        if rest == 0:
            return _with_point(number.numerator * factor, places)
    return _with_point(round(number * 10**decimals), decimals).rstrip("0").rstrip(".")


def six_decimals(number: Fraction | float) -> str:
    """As documents have what is worked out and not stated: rounded half to even, at most six decimals."""
    return decimal_text(round(Fraction(number), 6))


def _with_point(whole: int, places: int) -> str:
    """A whole number of the last decimal place, with its point."""
    sign, digits = "-" if whole < 0 else "", str(abs(whole)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def _size(numbers: Numerators) -> int:
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) if len(numbers) else 0


def _narrow(numbers: Numerators) -> Numerators:
    if numbers.dtype == object and _size(numbers) < _WORD:
        return numbers.astype(np.int64)
    return numbers


def _wide(numbers: Numerators) -> Numerators:
    return numbers.astype(object)


def _add(a: Numerators, b: Numerators) -> Numerators:
    if _size(a) + _size(b) < _WORD:
        return _narrow(a) + _narrow(b)
    return _wide(a) + _wide(b)


def _times(a: Numerators, b: Numerators | int) -> Numerators:
    factor = abs(b) if isinstance(b, int) else _size(b)
    if isinstance(b, int) and b == 1:
        return a
    if _size(a) * factor < _WORD and factor < _WORD:
        return _narrow(a) * (b if isinstance(b, int) else _narrow(b))
    return _wide(a) * (b if isinstance(b, int) else _wide(b))


def _sum_by(numbers: Numerators, group: NDArray[np.intp], groups: int) -> Numerators:
    fits = _size(numbers) * max(1, len(numbers)) < _WORD
    totals = np.zeros(groups, dtype=np.int64 if fits else object)
    np.add.at(totals, group, _narrow(numbers) if fits else _wide(numbers))
    return totals
