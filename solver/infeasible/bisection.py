"""Searching the least change of one number: a bracket by doubling, then bisection, each step asked of a solve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil, floor, log10

from rules import RuleBook
from rules.tunable import TunableParameter

_FIRST, _DOUBLINGS = Fraction(1, 1024), 14
"""Of a number: the first step of a search, and how many there are. Each is twice as far: from a thousandth to
eight times what the number is."""
_BASIS_POINT = Fraction(1, 10_000)
"""The step of percentages, a hundredth of a percent: finer ones are not written by hand."""
_FINEST = -9
"""The finest place of a digit, as a power of ten."""
_DIGITS = 3
"""Digits to which a number without a unit is written, or more where it has more."""


def resolution(book: RuleBook, parameter: TunableParameter) -> Fraction:
    """The step in which a number is written: hundredths of a percent, whole units of its metric, or three digits."""
    rule = book.rules[book.number(parameter.rule)]
    if parameter.percent:
        return _BASIS_POINT
    if rule.metric:
        return book.frame.metrics[rule.metric].round_to
    return _last_digit(abs(parameter.value))


def _last_digit(value: Fraction) -> Fraction:
    """The place of the last digit of a number, at least the third: 0.01 for 1.2, 100 for 25,000."""
    if not value:
        return Fraction(1, 10**_DIGITS)
    place = floor(log10(value)) - _DIGITS + 1
    while place > _FINEST and (value / Fraction(10) ** place).denominator != 1:
        place -= 1
    return Fraction(10) ** place


def rising(value: Fraction, step: Fraction) -> Iterator[Fraction]:
    """Values above, each twice as far as the one before."""
    # A number of zero has no parts: its step stands in.
    reach = max(abs(value), step)
    yield from (value + reach * _FIRST * 2**n for n in range(_DOUBLINGS))


def falling(value: Fraction, step: Fraction) -> Iterator[Fraction]:
    """Values below, each twice as far as the one before, down to zero."""
    for lower in (2 * value - up for up in rising(value, step)):
        yield max(lower, Fraction(0))
        if lower <= 0:
            return


def bracket(
    start: Fraction, values: Iterator[Fraction], holds: Callable[[Fraction], bool]
) -> tuple[Fraction, Fraction] | None:
    """The last value for which it does not hold and the first for which it does; None if it never does."""
    without = start
    for value in values:
        if holds(value):
            return without, value
        without = value
    return None


def bisect(
    without: Fraction, holding: Fraction, step: Fraction, holds: Callable[[Fraction], bool]
) -> Fraction:
    """The value nearest to `without` for which it holds, on the grid of steps where one of its values does."""
    while abs(holding - without) > step:
        middle = (without + holding) / 2
        without, holding = (without, middle) if holds(middle) else (middle, holding)
    # The grid's value on the near side first: it is the smaller change, if it still holds.
    near, far = (floor, ceil) if holding > without else (ceil, floor)
    for rounded in (near(holding / step) * step, far(holding / step) * step):
        if rounded >= 0 and rounded != without and holds(rounded):
            return rounded
    return holding
