"""Company targets: the one number per metric, and per part of the period, that fair shares divide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from rules.cell_index import CellIndex
from rules.kinds.company_target import CompanyTarget
from rules.rule import EACH, Rule
from rules.where import Selection
from scenarios import Place, Report

_FACTOR = 5
"""Amounts that differ from the baseline by so much are doubted: plans grow by less, and a digit too many or too few,
with the growth that was meant, makes more."""

Totals = dict[str, Fraction]
PartTotals = dict[tuple[str, str], Fraction]


def company_totals(rules: Sequence[Rule], frame: CellIndex) -> tuple[Totals, PartTotals]:
    """The company target of each metric, and of each metric in each part that has its own."""
    targets = [rule for rule in rules if isinstance(rule, CompanyTarget)]
    parts = {
        (metric, period): _wanted(found, frame.within(period))
        for metric in frame.metrics
        for period in frame.periods
        if (found := _leading(targets, metric, period))
    }
    return {metric: _total(targets, metric, frame, parts) for metric in frame.metrics}, parts


def _total(targets: Sequence[CompanyTarget], metric: str, frame: CellIndex, parts: PartTotals) -> Fraction:
    """What is said of all partners, else of all parts of the period, else of groups of partners."""
    if whole := _leading(targets, metric, None):
        return _wanted(whole, frame)
    if frame.periods and all((metric, period) in parts for period in frame.periods):
        return sum((parts[metric, period] for period in frame.periods), Fraction(0))
    return _by_groups([t for t in targets if t.metric == metric and t.period is None], metric, frame)


def _by_groups(targets: Sequence[CompanyTarget], metric: str, frame: CellIndex) -> Fraction:
    """The sum over groups that do not overlap, the first named first, and the baseline of everyone else."""
    left = np.ones(frame.partners, dtype=bool)
    total = Fraction(0)
    for target in targets:
        who = frame.who(target.where)
        if (left | ~who).all():
            total += _wanted(target, frame)
            left &= ~who
    return total + frame.baseline(metric)[left].sum()


def _leading(targets: Sequence[CompanyTarget], metric: str, period: str | None) -> CompanyTarget | None:
    """The target of all partners that counts most: exact before at least or at most, hard before elastic."""
    found = [t for t in targets if t.metric == metric and t.where == Selection() and _speaks_of(t, period)]
    return min(found, key=lambda t: (not t.exact, not t.hard), default=None)


def _speaks_of(target: CompanyTarget, period: str | None) -> bool:
    return target.period == period or (target.period == EACH and period is not None)


def _wanted(target: CompanyTarget, frame: CellIndex) -> Fraction:
    """The total, else the least, else the most."""
    low, high = target.limits(frame)
    return low if low is not None else high or Fraction(0)


def check_totals(
    rules: Sequence[Rule], places: Mapping[str, Place], frame: CellIndex, report: Report
) -> None:
    """Reports totals that are not in whole units or grow from nothing, and wholes that are placed twice."""
    first: dict[tuple[str, str | None], CompanyTarget] = {}
    for rule in rules:
        if not isinstance(rule, CompanyTarget):
            continue
        _check_units(rule, places[rule.name], frame, report)
        _check_growth(rule, places[rule.name], frame, report)
        _check_size(rule, places[rule.name], frame, report)
        if rule.exact and rule.hard and rule.where == Selection():
            earlier = first.setdefault((rule.one_metric, rule.period), rule)
            if earlier is not rule:
                message = f"{earlier.name!r} places the whole of {rule.metric} already"
                remedy = "Keep one of them, or give this one a where, a period or a priority."
                report.error("second-total", places[rule.name], message, remedy)


def _check_units(rule: CompanyTarget, place: Place, frame: CellIndex, report: Report) -> None:
    unit = frame.metrics[rule.one_metric].round_to
    if rule.total is not None and (rule.total / unit).denominator != 1:
        low = rule.total // unit * unit
        message = f"{rule.name} is {_plain(rule.total)}, not a multiple of round_to {_plain(unit)}"
        nearest = f"{_plain(low)} and {_plain(low + unit)}"
        remedy = f"The nearest multiples are {nearest}; as it is, one partner carries the odd remainder."
        report.warn("not-a-multiple", place, message, remedy)


def _check_growth(rule: CompanyTarget, place: Place, frame: CellIndex, report: Report) -> None:
    if rule.growth is not None and not frame.baseline(rule.one_metric)[frame.who(rule.where)].sum():
        message = f"partners of {rule.name!r} have a baseline of zero, and any growth of it is zero"
        report.error("does-not-fit", place, message, "Say a total.")


def _check_size(rule: CompanyTarget, place: Place, frame: CellIndex, report: Report) -> None:
    """Doubts a total that is off the baseline by a factor: 286 where thousands are meant."""
    if rule.total and rule.period is None:
        baseline = frame.baseline(rule.one_metric)[frame.who(rule.where)].sum()
        if far(rule.total, baseline):
            message = f"{rule.name} is {_plain(rule.total)}, and the baseline comes to {_plain(baseline)}"
            report.warn("far-from-baseline", place, message, FAR)


FAR = "If that is meant, leave it; else look at the unit: thousands, another currency, a digit too many."


def far(amount: Fraction, baseline: Fraction) -> bool:
    """Whether an amount is less than a fifth, or more than five times, of a baseline above zero."""
    return baseline > 0 and not baseline <= amount * _FACTOR <= baseline * _FACTOR**2


def _plain(number: Fraction) -> str:
    return f"{float(number):,.15g}"
