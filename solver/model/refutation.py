"""Refutation: the judge of "no targets keep these rules", in exact arithmetic and on the rules as they are written.

Farkas (1902, Theorie der einfachen Ungleichungen): rows lower ≤ A x ≤ upper under floors l and caps u have no x if
multipliers y, positive ones on lower limits and negative ones on upper, add them up to more than they leave,

    Σ_i y_i · (lower_i or upper_i)  >  Σ_j max(g_j l_j, g_j u_j),  g = yᵀ A.

Engines of floats suggest y; which y is suggested plays no part in whether it proves. So y is rounded to whole numbers,
and everything else is the fractions that rules were read as: a sum above zero is a proof, be it ever so small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules import Rows
from scenarios.values.number_fields import LARGEST
from scenarios.values.rational_array import Exact
from solver.engines.quadratic_program import Vector

Index = NDArray[np.intp]
Bound = tuple[Index, Exact]
"""Cells, and the floor or the cap of each."""

_STEPS = 2**40
"""Whole numbers between zero and the largest multiplier: a trillion, as many digits as engines have."""
_DROPPED = (1e-4, 1e-6, 1e-8, 0.0)
"""Multipliers below these parts of the largest are tried as none, the most first: what an engine has left of zero
makes a sum of limits that are far from mattering."""


@dataclass(frozen=True, eq=False)
class ExactRules:
    """The rows of some rules over the same cells, as fractions."""

    rows: Mapping[int, Rows]
    """Rule to its rows."""
    cells: int

    @cached_property
    def floors(self) -> Exact:
        """(cells,) the largest floor that a row of one cell sets, zero where none does."""
        found = Exact.full(self.cells, 0)
        for cell, least in self._gathered(_floors):
            found = found.maximum(_spread(least, cell, self.cells, 0))
        return found

    @cached_property
    def caps(self) -> Exact:
        """(cells,) the least cap that one row sets, LARGEST where none does.

        A row that only adds up targets is a cap for each of them: the others are not below zero.
        """
        found = Exact.full(self.cells, LARGEST)
        for cell, most in self._gathered(_caps):
            found = found.minimum(_spread(most, cell, self.cells, LARGEST))
        return found

    def _gathered(self, bounds: Callable[[Rows], Iterator[Bound]]) -> Iterator[Bound]:
        """What each rule's rows say, in parts in which no cell comes twice."""
        for rows in self.rows.values():
            for cell, limit in bounds(rows):
                for part in _once(cell):
                    yield cell[part], limit[part]

    def refuted_by(self, multipliers: Mapping[int, Vector]) -> bool:
        """Whether multipliers, rule to (rows,), or what is left of them without the smallest, prove that none keep all."""
        largest = max((float(np.abs(y).max(initial=0.0)) for y in multipliers.values()), default=0.0)
        # Without multipliers nothing is added up, and zero is not above zero.
        if largest == 0:
            return False
        step = largest / _STEPS
        left = [
            {rule: np.where(np.abs(y) > dropped * largest, y, 0.0) for rule, y in multipliers.items()}
            for dropped in _DROPPED
        ]
        return any(self.surplus(_whole(each, step)) > 0 for each in left) or any(
            self.surplus(_whole(self._leaning(each, step), step)) > 0 for each in left
        )

    def _leaning(self, multipliers: Mapping[int, Vector], step: float) -> dict[int, Vector]:
        """Multipliers, rule to (rows,), changed as little as may be for no cell without a cap to be pulled up.

        What should cancel there does so but for the last digit, and nothing limits what that digit is multiplied with.
        The least change, in parts of each multiplier, leaves every such cell below zero by what rounding to a `step` may
        add.
        """
        from scipy.sparse import csr_array, vstack
        from scipy.sparse.linalg import lsqr  # most proofs need no second look

        free = self.caps >= LARGEST
        rows = vstack([csr_array(self.rows[rule].matrix(self.cells)[:, free]) for rule in multipliers])
        y = np.concatenate(list(multipliers.values()))
        used = np.flatnonzero(y)
        columns = csr_array(rows[used].T)
        weighted = csr_array(columns * y[used])
        trace = step * np.asarray(abs(columns).sum(axis=1)).ravel()
        above = np.flatnonzero(np.asarray(weighted.sum(axis=1)).ravel() > -trace)
        if not len(above):
            return dict(multipliers)
        wanted = -2 * trace[above] - np.asarray(weighted[above].sum(axis=1)).ravel()
        change = lsqr(weighted[above], wanted, atol=1e-12, btol=1e-12)[0]
        found = y.copy()
        found[used] *= np.maximum(1 + change, 0)
        ends = np.cumsum([len(each) for each in multipliers.values()])[:-1]
        return dict(zip(multipliers, np.split(found, ends), strict=True))

    def surplus(self, multipliers: Mapping[int, NDArray[np.int64]]) -> Fraction:
        """By how much limits times multipliers, rule to (rows,) whole numbers, are more than bounds leave of them."""
        asked, combined = Fraction(0), Exact.full(self.cells, 0)
        for rule, y in multipliers.items():
            rows, used = self.rows[rule], np.flatnonzero(y)
            if not len(used):
                continue
            low, high = rows.both().lower, rows.both().upper
            assert low is not None
            assert high is not None
            # `both` has a number for every limit, LARGEST where there is none: a multiplier on that takes
            # the sum far below zero, and proves nothing.
            asked += (low.where(y > 0, high)[used] * Exact(y[used], 1)).sum()
            combined = combined + (rows.coefficient * Exact(y[rows.row], 1)).sum_by(rows.cell, self.cells)
        # What nothing caps can come to anything: multipliers that pull it up prove nothing.
        if bool(((combined > 0) & (self.caps >= LARGEST)).any()):
            return Fraction(-1)
        return asked - (combined * self.floors.where(combined < 0, self.caps)).sum()


def _whole(multipliers: Mapping[int, Vector], step: float) -> dict[int, NDArray[np.int64]]:
    """Multipliers, rule to (rows,), in whole steps."""
    # The scale cancels on both sides of the inequality, so only the ratios of multipliers matter.
    return {rule: np.rint(y / step).astype(np.int64) for rule, y in multipliers.items()}


def _spread(values: Exact, cell: Index, cells: int, otherwise: int) -> Exact:
    """(cells,) values at their cells, the other number elsewhere."""
    place = np.full(cells, len(values), dtype=np.intp)
    place[cell] = np.arange(len(values))
    return Exact.join([values, Exact.full(1, otherwise)])[place]


def _floors(rows: Rows) -> Iterator[Bound]:
    """Cells of rows of one cell, and their floors: c x ≥ b where c is above zero, c x ≤ b where it is below."""
    single = _single(rows)
    above = rows.coefficient[single] > 0
    if rows.lower is not None:
        yield _bound(rows, single[above & (rows.lower > -LARGEST)[rows.row[single]]], rows.lower)
    if rows.upper is not None:
        yield _bound(rows, single[~above & (rows.upper < LARGEST)[rows.row[single]]], rows.upper)


def _caps(rows: Rows) -> Iterator[Bound]:
    """Cells and their caps, from rows of one cell and from rows without coefficients below zero."""
    single = _single(rows)
    if rows.lower is not None:
        below = rows.coefficient[single] < 0
        yield _bound(rows, single[below & (rows.lower > -LARGEST)[rows.row[single]]], rows.lower)
    if rows.upper is not None:
        entries = _filled(rows)
        negative = np.bincount(rows.row[entries[rows.coefficient[entries] < 0]], minlength=len(rows)) > 0
        adds = ~negative & (rows.upper < LARGEST)
        yield _bound(rows, entries[adds[rows.row[entries]]], rows.upper)


def _bound(rows: Rows, entries: Index, limits: Exact) -> Bound:
    """The cells of entries, and what their rows' limits (rows,) are for them alone."""
    return rows.cell[entries], _over(limits[rows.row[entries]], rows.coefficient[entries])


def _single(rows: Rows) -> Index:
    """The entries of rows of one cell."""
    entries = _filled(rows)
    count = np.bincount(rows.row[entries], minlength=len(rows))
    return np.asarray(entries[count[rows.row[entries]] == 1], dtype=np.intp)


def _filled(rows: Rows) -> Index:
    return np.flatnonzero(rows.coefficient.numerators)


def _over(values: Exact, factors: Exact) -> Exact:
    """(n,) each value over its factor."""
    if not len(values) or bool(factors.equals(1).all()):
        return values
    distinct, which = np.unique(factors.numerators, return_inverse=True)
    inverse = Exact.of([Fraction(factors.denominator, int(each)) for each in distinct.tolist()])
    return values * inverse[which]


def _once(cell: Index) -> Iterator[Index]:
    """Parts of the entries (n,) in each of which no cell comes twice."""
    count = np.bincount(cell)
    if count.max(initial=0) <= 1:
        yield np.arange(len(cell))
        return
    order = np.argsort(cell, kind="stable")
    # How many of the same cell come before each entry.
    before = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
    for turn in range(int(count.max())):
        yield order[before == turn]
