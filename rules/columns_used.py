"""Which columns of a partner table anything in a scenario reads, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules import Rule
    from rules.book import RuleBook
    from scenarios import Metric, Scenario
    from scenarios.diff.changes import Use


def columns_read(scenario: Scenario, book: RuleBook) -> dict[str, Use]:
    """The columns; those that are read as words by anything are read as words."""
    found: dict[str, Use] = {}
    for name, use in _uses(scenario, book):
        if found.get(name) != "text":
            found[name] = use
    return found


def _uses(scenario: Scenario, book: RuleBook) -> Iterator[tuple[str, Use]]:
    for rule in book.rules:
        yield from ((name, use) for name, use in _of_rule(rule) if name not in scenario.shares)
    for groups in scenario.shares.values():
        yield from ((column, "number") for column in groups.values())
    for metric in scenario.metrics.values():
        yield from _of_metric(metric)
    yield from _of_scenario(scenario)


def _of_rule(rule: Rule) -> Iterator[tuple[str, Use]]:
    from rules.fields import references

    for _, name, to in references(rule):
        if to != "metric" and name not in rule.supplied:
            yield name, "text" if to in ("text", "group") else "number"
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
    from scenarios.read.references import TIER

    yield from ((name, "text") for name in scenario.level_columns)
    yield from ((name, "number") for groups in scenario.shares.values() for name in groups.values())
    for goal in scenario.goals:
        for name in (goal.stay_close_to, *goal.columns, *goal.half_at.values()):
            if name:
                yield name, "number"
    if scenario.requirements:
        yield TIER, "text"
    needed = {name for each in scenario.requirements for name in each.needs}
    yield from ((name, "number") for name in sorted(needed - set(scenario.metrics)))
    policies = {*scenario.missing.values(), *(metric.missing for metric in scenario.metrics.values())}
    if "tier_median" in policies:
        yield TIER, "text"
