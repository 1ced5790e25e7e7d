"""A scenario written out: variants applied, rule files and defaults in their place, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from api.output.adjustments import adjustment_parts
from scenarios import Goal, Metric, Profile, Scenario
from scenarios.actuals.calendar import START
from scenarios.values.rational_array import decimal_text


def resolved(scenario: Scenario) -> dict[str, Any]:
    """What was asked, as JSON; numbers as they were written, or as decimals."""
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "period": scenario.period,
        "periods": list(scenario.periods),
        "partners": {
            "file": scenario.table.name,
            "id": scenario.table.id_column,
            "rows": len(scenario.table),
        },
        "metrics": {name: _metric(metric) for name, metric in scenario.metrics.items()},
        "targets": [plain(entry.data) for entry in scenario.targets],
        "rules": [plain(entry.data) for entry in scenario.rules],
        "adjustments": [each.data() for each in adjustment_parts(scenario)],
        "goals": [_goal(goal, tuple(scenario.metrics)) for goal in scenario.goals],
        "cascade": list(scenario.cascade),
        "over_assign": plain(scenario.over_assign),
        "missing": dict(scenario.missing),
        **_calendar(scenario),
        **_shares(scenario),
        **_requirements(scenario),
        **_declared(scenario),
    }


def _declared(scenario: Scenario) -> dict[str, Any]:
    """Objectives and incentives, where there are any, in place of their files."""
    found = {"objectives": scenario.objectives, "incentives": scenario.incentives}
    return {name: plain(each.data) for name, each in found.items() if each is not None}


def _requirements(scenario: Scenario) -> dict[str, Any]:
    """What tiers need, where that is stated."""
    listed = [{"tier": each.tier, "needs": plain(each.needs)} for each in scenario.requirements]
    return {"requirements": listed} if listed else {}


def _shares(scenario: Scenario) -> dict[str, Any]:
    """The splits, where there are any."""
    return (
        {"shares": {name: dict(groups) for name, groups in scenario.shares.items()}}
        if scenario.shares
        else {}
    )


def _calendar(scenario: Scenario) -> dict[str, Any]:
    """The calendar, where there is one."""
    if scenario.calendar is None:
        return {}
    days = {START: scenario.calendar.start, **scenario.calendar.ends}
    return {"calendar": {name: day.isoformat() for name, day in days.items()}}


def plain(value: Any) -> Any:
    """The same with nothing in it that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Fraction):
        return decimal_text(value)
    return str(value) if isinstance(value, Decimal) else value


def _metric(metric: Metric) -> dict[str, Any]:
    phasing = metric.phasing
    return {
        "unit": metric.unit,
        "round_to": decimal_text(metric.round_to),
        "baseline": metric.baseline,
        "fair_share": plain(metric.fair_share),
        "missing": metric.missing,
        "phasing": {"columns": dict(phasing.columns), "by": phasing.by}
        if isinstance(phasing, Profile)
        else phasing,
    }


def _goal(goal: Goal, metrics: tuple[str, ...]) -> dict[str, Any]:
    sought = {
        "maximise": _maximise(goal, metrics),
        "stay_close_to": goal.stay_close_to,
        "spread": goal.spread,
    }
    chosen = {name: plain(value) for name, value in sought.items() if value is not None}
    diminishing = {"half_at": dict(goal.half_at), "curve": goal.curve} if goal.half_at else {}
    return {**chosen, "metric": goal.metric, **diminishing, "give_up": decimal_text(goal.give_up)}


def _maximise(goal: Goal, metrics: tuple[str, ...]) -> Any:
    """The weights, by metric where metrics differ in them."""
    by_metric = goal.maximise
    if by_metric is None:
        return None
    one, *others = by_metric.values()
    alike = all(each == one for each in others) and (goal.metric is not None or tuple(by_metric) == metrics)
    return one if alike else by_metric
