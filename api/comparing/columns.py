"""Which columns of a partner table anything in a scenario reads, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.asking import Asked
    from rules import Rule
    from scenarios import Metric, Scenario
    from scenarios.differences import Use


def columns_read(asked: Asked) -> dict[str, Use]:
    """The columns; those that are read as words by anything are read as words."""
    found: dict[str, Use] = {}
    for name, use in _uses(asked):
        if found.get(name) != "text":
            found[name] = use
    return found


def _uses(asked: Asked) -> Iterator[tuple[str, Use]]:
    for rule in asked.book.rules:
        yield from _of_rule(rule)
    for metric in asked.scenario.metrics.values():
        yield from _of_metric(metric)
    yield from _of_scenario(asked.scenario)


def _of_rule(rule: Rule) -> Iterator[tuple[str, Use]]:
    from rules.fields import references

    for _, name, to in references(rule):
        if to != "metric":
            yield name, "text" if to == "text" else "number"
    for _, condition in rule.where.all_conditions():
        only_compared = condition.compares and condition.any_of is None
        yield condition.column, "number" if only_compared else "text"


def _of_metric(metric: Metric) -> Iterator[tuple[str, Use]]:
    for name in (metric.baseline, *metric.fair_share):
        if name:
            yield name, "number"
    if not isinstance(metric.phasing, str):
        yield from ((name, "number") for name in metric.phasing.columns.values())
        if metric.phasing.by:
            yield metric.phasing.by, "text"


def _of_scenario(scenario: Scenario) -> Iterator[tuple[str, Use]]:
    from scenarios.references import TIER

    yield from ((name, "text") for name in scenario.cascade)
    for goal in scenario.goals:
        for name in (goal.stay_close_to, *(goal.maximise or ())):
            if name:
                yield name, "number"
    policies = {*scenario.missing.values(), *(metric.missing for metric in scenario.metrics.values())}
    if "tier_median" in policies:
        yield TIER, "text"
