"""Checks rules and metrics against the partner table: names that exist, partners to speak of, cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rules.cells import Cells
from rules.fields import references
from rules.frame import Frame
from rules.rule import EACH, Rule
from rules.where import Condition
from rules.written import number_text
from scenarios import Entry, Finding, Metric, Place, Report
from scenarios.findings import did_you_mean
from scenarios.source import List, Map


def check_metrics(frame: Frame, report: Report) -> None:
    """Reports cells of baselines and of phasing columns that hold no amount."""
    cells = Cells(frame.columns, report)
    everyone = np.ones(frame.partners, dtype=bool)
    for name, metric in frame.metrics.items():
        for column, use in _own_columns(metric):
            cells.amounts(column, everyone, f"{use} of {name}", metric.missing)


def _own_columns(metric: Metric) -> list[tuple[str, str]]:
    own = [(metric.baseline, "baseline")] if metric.baseline else []
    phased = () if isinstance(metric.phasing, str) else metric.phasing.columns.values()
    return own + [(column, "phasing") for column in phased]


def check_rule(rule: Rule, entry: Entry, frame: Frame, report: Report) -> None:
    """Reports every reason why the rule does not fit the scenario."""
    named = _check_names(rule, entry, frame, report) & _check_period(rule, entry, frame, report)
    before = len(report.findings)
    if not _check_where(rule, entry, frame, report):
        return
    if len(report.findings) == before:
        _check_anybody(rule, entry, frame, report)
    if named:
        _check_cells(rule, entry, frame, report)
        for each in rule.problems(frame):
            said = f"rule {rule.name!r}: {each.message}" if each.code == "does-not-fit" else each.message
            report.add(Finding(each.code, place_of(entry, each.path), said, each.remedy, each.severity))


def place_of(entry: Entry, path: Sequence[str]) -> Place:
    """The deepest place in the entry that the keys lead to; of a key that names something, the key's."""
    place, node = entry.place, entry.data
    for number, part in enumerate(path):
        if isinstance(node, Map) and part in node:
            last = number == len(path) - 1
            nested = isinstance(node[part], Map) or number > 0
            place = node.places[part] if last and nested else node.value_places[part]
            node = node[part]
        elif isinstance(node, List) and part.isdigit() and int(part) < len(node):
            place, node = node.places[int(part)], node[int(part)]
    return place


def _check_names(rule: Rule, entry: Entry, frame: Frame, report: Report) -> bool:
    sound = True
    for path, name, to in references(rule):
        known = tuple(frame.metrics) if to == "metric" else frame.columns.table.columns
        noun = "metric" if to == "metric" else "column"
        sound &= _known(name, known, noun, place_of(entry, path), report)
    return sound


def _known(name: str, known: Sequence[str], noun: str, place: Place, report: Report) -> bool:
    if name in known:
        return True
    there = f"There are: {', '.join(known[:30])}."
    report.error(f"unknown-{noun}", place, f"no {noun} {name!r}", did_you_mean(name, known) or there)
    return False


def _check_period(rule: Rule, entry: Entry, frame: Frame, report: Report) -> bool:
    if rule.period is None:
        return True
    place = place_of(entry, ("period",))
    if frame.periods:
        return _known(rule.period, (*frame.periods, EACH), "period", place, report)
    remedy = "Leave period out, or declare periods: [Q1, Q2] in the scenario."
    report.error("unknown-period", place, f"no period {rule.period!r}; the scenario has none", remedy)
    return False


def _check_where(rule: Rule, entry: Entry, frame: Frame, report: Report) -> bool:
    sound = True
    cells = Cells(frame.columns, report)
    for path, condition in rule.where.all_conditions():
        place = place_of(entry, ("where", *path))
        if not _known(condition.column, frame.columns.table.columns, "column", place, report):
            sound = False
        elif condition.compares:
            needed = ~frame.columns.empty(condition.column) | (condition.empty is not False)
            cells.numbers(condition.column, needed, f"where of {rule.name!r}")
        else:
            _check_words(condition, place, frame, report)
    return sound


def _check_words(condition: Condition, place: Place, frame: Frame, report: Report) -> None:
    column = condition.column
    for word in condition.any_of or ():
        if not Condition(column, any_of=(word,)).mask(frame.columns).any():
            said = repr(word) if isinstance(word, str) else number_text(word)
            known = [name for name in frame.columns.groups(column)[1] if name]
            remedy = did_you_mean(str(word), known) or "Check the spelling."
            report.warn("where-nobody", place, f"no partner has {column} {said}", remedy)


def _check_anybody(rule: Rule, entry: Entry, frame: Frame, report: Report) -> None:
    if frame.who(rule.where).any():
        return
    target = entry.origin == "target" or rule.kind == "company_target"
    said = f"where of {rule.name!r} matches no partner"
    does = "There is nobody to place it on" if target else "The rule does nothing"
    remedy = f"{does}; correct where, or remove the {'target' if target else 'rule'}."
    severity = report.error if target else report.warn
    severity("where-nobody", place_of(entry, ("where",)), said, remedy)


def _check_cells(rule: Rule, entry: Entry, frame: Frame, report: Report) -> None:
    cells, who, user = Cells(frame.columns, report), frame.who(rule.where), f"rule {rule.name!r}"
    for _, name, to in references(rule):
        if to == "number":
            cells.amounts(name, who, user)
        elif to == "text":
            cells.filled(name, who, user)
    if rule.uses_baseline and frame.metrics[rule.one_metric].baseline is None:
        said = f"rule {rule.name!r} needs a baseline of {rule.metric}"
        report.error("missing-field", entry.place, said, f"Add baseline: COLUMN to metric {rule.metric}.")
