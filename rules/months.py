"""Months since partners started, by a column or from the day of the start, and the steps they have reached."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from math import isnan

import numpy as np

from rules.cell_index import CellIndex
from scenarios.values.rational_array import Exact


def months_of(frame: CellIndex, months: str | None, since: str | None, end: date | None) -> Exact:
    """(partners,) months by the column `months`, else whole months from the day in `since` to `end`."""
    if months is not None:
        return frame.column(months)
    assert since is not None
    assert end is not None
    return Exact.of([_between(day, end) for day in frame.columns.days(since).tolist()])


def _between(day: float, end: date) -> int:
    """Whole months from a day, counted from 0001-01-01, to another; 0 where it is unknown or later."""
    if isnan(day):
        return 0
    start = date.fromordinal(int(day))
    months = 12 * (end.year - start.year) + end.month - start.month
    return max(months - (end.day < start.day), 0)


def check_steps(most: Mapping[int, Fraction] | None, least: Mapping[int, Fraction] | None) -> None:
    """Raises ValueError where steps do not begin with month 0, or the least is above the most."""
    if most is None and least is None:
        raise ValueError("say ramp or ramp_min or both")
    if any(0 not in steps for steps in (most, least) if steps is not None):
        raise ValueError("the first step is month 0")
    if most and least and any(_at(least, month) > _at(most, month) for month in {*most, *least}):
        raise ValueError("ramp_min is above ramp")


def _at(steps: Mapping[int, Fraction], month: int) -> Fraction:
    return steps[max(step for step in steps if step <= month)]


def shares_at(steps: Mapping[int, Fraction], months: Exact) -> Exact:
    """(partners,) the share of the step that each one's months have reached."""
    begin = sorted(steps)
    passed = np.sum([months >= month for month in begin], axis=0)
    return Exact.of([steps[month] for month in begin])[passed - 1]
