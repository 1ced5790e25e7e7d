"""Checks a rule against the partner table: names that exist, cells that are filled, numbers that are amounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rules.frame import Frame
from rules.rule import EACH, Rule, references
from rules.where import Mask
from scenarios import Entry, Place, Report
from scenarios.findings import did_you_mean
from scenarios.source import List, Map


def check_rule(rule: Rule, entry: Entry | None, frame: Frame, report: Report) -> bool:
    """Whether the rule fits the partner table; reports every reason why not."""
    if entry is None:
        return True
    before = len(report.findings)
    named = _check_names(rule, entry, frame, report) & _check_period(rule, entry, frame, report)
    if not named or not _check_where(rule, entry, frame, report):
        return False
    who = frame.who(rule.where)
    if not who.any():
        remedy = "The rule does nothing; correct where, or remove the rule."
        report.warn("where-nobody", place_of(entry, ("where",)), f"where of {rule.name!r} matches no partner", remedy)
    _check_cells(rule, entry, who, frame, report)
    for problem in rule.problems(frame):
        report.error("does-not-fit", entry.place, f"rule {rule.name!r}: {problem}")
    return len(report.findings) == before or not report.has_errors


def place_of(entry: Entry, path: Sequence[str]) -> Place:
    """The deepest place in the entry that the path of keys leads to; keys that name something by their key."""
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
        if name not in known:
            sound = False
            code, noun = ("unknown-metric", "metric") if to == "metric" else ("unknown-column", "column")
            remedy = did_you_mean(name, known).strip() or f"There are: {', '.join(known)}."
            report.error(code, place_of(entry, path), f"no {noun} {name!r}", remedy)
    return sound


def _check_period(rule: Rule, entry: Entry, frame: Frame, report: Report) -> bool:
    known = (*frame.periods, EACH) if frame.periods else ()
    if rule.period is None or rule.period in known:
        return True
    remedy = did_you_mean(rule.period, known).strip() or (
        f"There are: {', '.join(known)}." if known else "The scenario has no periods; add periods: [Q1, Q2, ...]."
    )
    report.error("unknown-period", place_of(entry, ("period",)), f"no period {rule.period!r}", remedy)
    return False


def _check_where(rule: Rule, entry: Entry, frame: Frame, report: Report) -> bool:
    sound = True
    columns = frame.columns.table.columns
    for condition in rule.where.all_conditions():
        place = place_of(entry, ("where", condition.column))
        if condition.column not in columns:
            sound = False
            remedy = did_you_mean(condition.column, columns).strip() or f"There are: {', '.join(columns)}."
            report.error("unknown-column", place, f"no column {condition.column!r}", remedy)
        elif condition.compares:
            everyone = np.ones(frame.partners, dtype=bool)
            sound &= check_numbers(frame, condition.column, everyone, f"where of {rule.name!r}", report)
        elif condition.any_of:
            _check_words(condition.column, [w for w in condition.any_of if isinstance(w, str)], place, frame, report)
    return sound


def _check_words(column: str, words: list[str], place: Place, frame: Frame, report: Report) -> None:
    known = set(frame.columns.text(column).tolist())
    for word in words:
        if word not in known:
            near = did_you_mean(word, sorted(known)).strip() or "Check the spelling."
            report.warn("where-nobody", place, f"no partner has {column} {word!r}", near)


def _check_cells(rule: Rule, entry: Entry, who: Mask, frame: Frame, report: Report) -> None:
    for _, name, to in references(rule):
        if to == "number":
            check_numbers(frame, name, who, f"rule {rule.name!r}", report)
        elif to == "text":
            _check_filled(frame, name, who & frame.columns.empty(name), f"rule {rule.name!r}", report)
    if rule.uses_baseline and rule.metric:
        asked = frame.metrics[rule.metric]
        if asked.baseline is None:
            remedy = f"Add baseline: COLUMN to metric {rule.metric}."
            report.error("missing-field", entry.place, f"rule {rule.name!r} needs a baseline of {rule.metric}", remedy)
        elif asked.missing is None:
            check_numbers(frame, asked.baseline, who, f"rule {rule.name!r}", report)


def check_numbers(frame: Frame, column: str, who: Mask, user: str, report: Report) -> bool:
    """Whether a column holds an amount for all selected partners; reports each cell that does not."""
    table = frame.columns.table
    before = len(report.findings)
    table.numbers(column, report)
    values = frame.columns.floats(column)
    gaps = frame.columns.empty(column) & who
    if column not in frame.columns.missing:
        _check_filled(frame, column, gaps, user, report)
    for row in _rows(frame, who & (values < 0)):
        said = f"{column} is {table.numbers(column)[row]:,.15g} for {table.ids[row]}"
        report.error("negative-amount", table.place(row, column), said, "Amounts are zero or more.")
    return len(report.findings) == before


def _check_filled(frame: Frame, column: str, gaps: Mask, user: str, report: Report) -> None:
    table = frame.columns.table
    for row in _rows(frame, gaps):
        said = f"{column} is empty for {table.ids[row]}, and {user} uses it"
        remedy = f"Fill it (0 means none), or declare missing: {{{column}: zero}} or tier_median."
        report.error("missing-value", table.place(row, column), said, remedy)


def _rows(frame: Frame, mask: Mask) -> Iterator[int]:
    yield from sorted(frame.columns.order[mask].tolist())
