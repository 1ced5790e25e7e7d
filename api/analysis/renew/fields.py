"""What reads other columns in the next period: metrics by their baselines, rules by the columns that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from api.analysis.renew.columns import NewColumns
from api.analysis.renew.document import RenewedField
from rules.book import RuleBook
from rules.fields import references
from rules.kinds.personal_best import PersonalBest
from rules.kinds.ratchet import Ratchet
from rules.rule import Rule
from scenarios import Metric, Profile, Scenario
from scenarios.values.inline_yaml import inline

_AS_WRITTEN = ("name", "kind", "metric", "metrics", "period", "reason", "title")
"""Fields that name no column."""


def successors(scenario: Scenario, new: NewColumns) -> dict[str, str]:
    """Column to the column that takes its place: baselines, and the histories that phase a year."""
    found: dict[str, str] = {}
    for name, metric in scenario.metrics.items():
        if metric.baseline:
            found[metric.baseline] = new.name(name, "actual")
        if isinstance(metric.phasing, Profile):
            found |= {old: new.name(name, "actual", part) for part, old in metric.phasing.columns.items()}
    return found


def renewed_metrics(scenario: Scenario, after: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """By metric the fields that differ, as a scenario has them."""
    found = {name: _metric(metric, after) for name, metric in scenario.metrics.items()}
    return {name: fields for name, fields in found.items() if fields}


def _metric(metric: Metric, after: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if metric.baseline:
        fields["baseline"] = after[metric.baseline]
    if any(name in after for name in metric.fair_share):
        weights = _whole(metric.fair_share)
        fields["fair_share"] = {after.get(name, name): weight for name, weight in weights.items()}
    if isinstance(metric.phasing, Profile):
        columns = {part: after[old] for part, old in metric.phasing.columns.items()}
        by = {"by": metric.phasing.by} if metric.phasing.by else {}
        fields["phasing"] = {"columns": columns, **by}
    return fields


def _whole(weights: Mapping[str, Fraction]) -> dict[str, int]:
    """The same weights as whole numbers, for thirds have no decimals."""
    denominator = lcm(*(each.denominator for each in weights.values()))
    return {name: int(each * denominator) for name, each in weights.items()}


def renewed_rules(book: RuleBook, scenario: Scenario, new: NewColumns) -> dict[str, dict[str, Any]]:
    """By target or rule the fields that differ: ratchets and personal bests first of all."""
    after = successors(scenario, new)
    entries = {entry.name: entry for entry in (*scenario.targets, *scenario.rules)}
    found = {}
    for rule in book.rules:
        if rule.name not in entries:
            continue
        data = entries[rule.name].data
        fields = dict(_of_kind(rule, new)) or dict(_of_columns(rule, data, after))
        if fields:
            found[rule.name] = fields
    return found


def _of_kind(rule: Rule, new: NewColumns) -> Iterator[tuple[str, Any]]:
    """Kinds that are about the past by what they are."""
    if isinstance(rule, Ratchet):
        yield "last_target", new.name(rule.one_metric, "target")
        yield "last_actual", new.name(rule.one_metric, "actual")
    if isinstance(rule, PersonalBest):
        yield "columns", [*rule.columns, new.name(rule.one_metric, "actual")]


def _of_columns(rule: Rule, data: Mapping[str, Any], after: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Fields in which a column stands that another takes the place of."""
    named = {path[0] for path, name, _ in references(rule) if name in after} | {"where"}
    for field in data:
        if field in named and field not in _AS_WRITTEN:
            renewed = _renewed(data[field], after)
            if renewed != _renewed(data[field], {}):
                yield field, renewed


def _renewed(value: Any, after: Mapping[str, str]) -> Any:
    """The value with other columns named in it."""
    if isinstance(value, Mapping):
        return {after.get(str(key), str(key)): _renewed(each, after) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_renewed(each, after) for each in value]
    return after.get(value, value) if isinstance(value, str) else value


def renewed_parts(
    scenario: Scenario, metrics: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Mapping[str, Any]]
) -> Iterator[RenewedField]:
    """The fields as people read them."""
    entries = {entry.name: entry.data for entry in (*scenario.targets, *scenario.rules)}
    for name, fields in metrics.items():
        metric = scenario.metrics[name]
        before = {
            "baseline": metric.baseline,
            "fair_share": _whole(metric.fair_share),
            "phasing": dict(metric.phasing.columns) if isinstance(metric.phasing, Profile) else None,
        }
        for field, now in fields.items():
            shown = now["columns"] if field == "phasing" else now
            yield RenewedField(name=name, field=field, was=inline(before[field]), now=inline(shown))
    for name, fields in rules.items():
        for field, now in fields.items():
            yield RenewedField(name=name, field=field, was=inline(entries[name].get(field)), now=inline(now))
