"""What reads other columns in the next period: metrics by their baselines, rules by the columns that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from scenarios.diff.changes import Use
from scenarios.values.inline_yaml import inline

_NO_COLUMN = ("name", "kind", "metric", "metrics", "period", "reason", "title")
"""Fields that name no column."""


@dataclass(frozen=True)
class Successors:
    """Column to the column that takes its place: baselines, and the histories that phase a year."""

    by_metric: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, scenario: Scenario, new: NewColumns) -> Successors:
        """Those of a scenario's metrics, several of which may read one column."""
        return cls({name: dict(_of_metric(metric, new)) for name, metric in scenario.metrics.items()})

    def for_rule(self, rule: Rule) -> dict[str, str]:
        """Those for a rule's metric, or all that metrics agree on where the rule speaks of none."""
        if rule.metric is not None:
            return dict(self.by_metric[rule.metric])
        found: dict[str, set[str]] = {}
        for after in self.by_metric.values():
            for old, name in after.items():
                found.setdefault(old, set()).add(name)
        return {old: next(iter(names)) for old, names in found.items() if len(names) == 1}

    def columns(self) -> set[str]:
        """The columns that have a successor."""
        return {old for after in self.by_metric.values() for old in after}


def _of_metric(metric: Metric, new: NewColumns) -> Iterator[tuple[str, str]]:
    if isinstance(metric.phasing, Profile):
        yield from (
            (old, new.name(metric.name, "actual", part)) for part, old in metric.phasing.columns.items()
        )
    if metric.baseline:
        yield metric.baseline, new.name(metric.name, "actual")


def not_renewed(book: RuleBook, read: Mapping[str, Use], after: Successors) -> tuple[str, ...]:
    """The columns of numbers that are still read and hold what they held."""
    looked_back = (rule for rule in book.rules if isinstance(rule, Ratchet))
    gone = {name for rule in looked_back for name in (rule.last_target, rule.last_actual)} | after.columns()
    still = {
        name
        for rule in book.rules
        if not isinstance(rule, Ratchet | PersonalBest)
        for _, name, _ in references(rule)
        if name in after.columns() and name not in after.for_rule(rule)
    }
    return tuple(name for name, use in read.items() if use == "number" and name not in gone - still)


def renewed_metrics(scenario: Scenario, after: Successors) -> dict[str, dict[str, Any]]:
    """By metric the fields that differ, as a scenario has them."""
    found = {name: _metric(metric, after.by_metric[name]) for name, metric in scenario.metrics.items()}
    return {name: fields for name, fields in found.items() if fields}


def _metric(metric: Metric, after: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if metric.baseline:
        fields["baseline"] = after[metric.baseline]
    if any(name in after for name in metric.fair_share):
        weights = _weights(metric.fair_share)
        fields["fair_share"] = {after.get(name, name): weight for name, weight in weights.items()}
    if isinstance(metric.phasing, Profile):
        columns = {part: after[old] for part, old in metric.phasing.columns.items()}
        by = {"by": metric.phasing.by} if metric.phasing.by else {}
        fields["phasing"] = {"columns": columns, **by}
    return fields


def _weights(weights: Mapping[str, Fraction]) -> dict[str, int | str]:
    """The same weights as people write them: in whole percent, else as whole numbers, for thirds have no decimals."""
    if all((each * 100).denominator == 1 for each in weights.values()):
        return {name: f"{int(each * 100)}%" for name, each in weights.items()}
    denominator = lcm(*(each.denominator for each in weights.values()))
    return {name: int(each * denominator) for name, each in weights.items()}


def renewed_rules(book: RuleBook, scenario: Scenario, new: NewColumns) -> dict[str, dict[str, Any]]:
    """By target or rule the fields that differ: ratchets and personal bests first of all."""
    after = Successors.of(scenario, new)
    entries = {entry.name: entry for entry in (*scenario.targets, *scenario.rules)}
    found = {}
    for rule in book.rules:
        if rule.name not in entries:
            continue
        data = entries[rule.name].data
        fields = dict(_of_kind(rule, new)) or dict(_of_columns(rule, data, after.for_rule(rule)))
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
        if field in named and field not in _NO_COLUMN:
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
            "fair_share": _weights(metric.fair_share),
            "phasing": dict(metric.phasing.columns) if isinstance(metric.phasing, Profile) else None,
        }
        for field, now in fields.items():
            value = now["columns"] if field == "phasing" else now
            yield RenewedField(name=name, field=field, was=inline(before[field]), now=inline(value))
    for name, fields in rules.items():
        for field, now in fields.items():
            yield RenewedField(name=name, field=field, was=inline(entries[name].get(field)), now=inline(now))
