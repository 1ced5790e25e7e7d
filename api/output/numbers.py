"""How numbers are written for people, on a terminal and on pages: one way for each."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from scenarios.values.rational_array import decimal_text

Figure = Fraction | Decimal | int | float | str
"""A number, or an exact decimal as documents have it."""
_CENTS = 2
"""Decimals of an amount that does not end, where no one says how many; receipts know no less than a cent."""


_NOTHING_TO_COMPARE = 100
"""Times: from here on a ratio is reported as beyond it, for what it is a part of is near zero."""


def amount(number: Figure, *, decimals: int | None = None, sign: bool = False) -> str:
    """1,234,567.5: thousands marked; so many decimals, or else as many as it has."""
    exact = Fraction(number)
    if decimals is None:
        decimals = len(decimal_text(exact, decimals=_CENTS).partition(".")[2])
    rounded = Decimal(round(exact * 10**decimals)).scaleb(-decimals)
    return format(rounded, f"{'+' if sign and rounded else ''},.{decimals}f")


def whole(number: Figure, *, sign: bool = False) -> str:
    """1,234,568: no decimals."""
    return amount(number, decimals=0, sign=sign)


def percent(ratio: Figure, *, decimals: int = 1, sign: bool = True) -> str:
    """+12.5 %: a growth or stretch, signed unless asked otherwise; what rounds to nothing is +0.0 %.

    A hundredfold and more is a part of next to nothing, and says only that.
    """
    if abs(part := float(Fraction(ratio))) >= _NOTHING_TO_COMPARE:
        return f"{'beyond -' if part < 0 else 'beyond '}{_NOTHING_TO_COMPARE * 100:,} %"
    return f"{round(part * 100, decimals) + 0.0:{'+' if sign else ''},.{decimals}f} %"


def places_of_parts(amounts: Iterable[str], decimals: int) -> int:
    """How many decimals nodes need: half of 115 is no whole unit, and rounded parts would not add up."""
    exact = map(Decimal, amounts)
    return decimals if all(each == round(each, decimals) for each in exact) else max(_CENTS, decimals)


def decimals_of(unit: Figure) -> int:
    """How many decimals a multiple of the unit needs: none for 1 or 1000, two for 0.01."""
    return len(decimal_text(Fraction(unit)).partition(".")[2])


def counted(number: int, noun: str) -> str:
    """1 partner, 2 partners."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
