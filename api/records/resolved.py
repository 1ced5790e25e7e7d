"""A scenario written out: variants applied, rule files and defaults in their place, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from api.outputs.decisions import decisions
from scenarios import Goal, Metric, Profile, Scenario
from scenarios.exact import decimal_text


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
        "adjustments": decisions(scenario),
        "goals": [_goal(goal) for goal in scenario.goals],
        "cascade": list(scenario.cascade),
        "over_assign": plain(scenario.over_assign),
        "missing": dict(scenario.missing),
    }


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


def _goal(goal: Goal) -> dict[str, Any]:
    sought = {"maximise": goal.maximise, "stay_close_to": goal.stay_close_to, "spread": goal.spread}
    chosen = {name: plain(value) for name, value in sought.items() if value is not None}
    return {**chosen, "metric": goal.metric, "give_up": decimal_text(goal.give_up)}
