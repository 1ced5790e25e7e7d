"""Searching the least change of one number: a bracket by doubling, then bisection, each step asked of a solve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil, floor

from rules import RuleBook
from rules.levers import Lever

_FIRST, _DOUBLINGS = Fraction(1, 1024), 14
_BASIS_POINT = Fraction(1, 10_000)
_FINE = Fraction(1, 1_000)


def resolution(book: RuleBook, lever: Lever) -> Fraction:
    """The step in which a number is turned: hundredths of a percent, whole units, or a thousandth of it."""
    rule = book.rules[book.number(lever.rule)]
    if lever.percent:
        return _BASIS_POINT
    if rule.metric:
        return book.frame.metrics[rule.metric].round_to
    return max(abs(lever.value), Fraction(1)) * _FINE


def rising(value: Fraction, step: Fraction) -> Iterator[Fraction]:
    """Values above, each twice as far as the one before."""
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
    near, far = (floor, ceil) if holding > without else (ceil, floor)
    for rounded in (near(holding / step) * step, far(holding / step) * step):
        if rounded >= 0 and rounded != without and holds(rounded):
            return rounded
    return holding
