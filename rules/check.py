"""Checks rules and metrics against the partner table: names that exist, partners to speak of, cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rules.cell_index import REST, CellIndex
from rules.cells import Cells
from rules.fields import references
from rules.number_text import number_text
from rules.rule import EACH, Rule
from rules.where import Condition, Selection
from scenarios import Entry, Finding, Metric, Place, Report
from scenarios.findings.finding import did_you_mean
from scenarios.yaml.parse import List, Map


def check_metrics(frame: CellIndex, report: Report) -> None:
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


def check_rule(rule: Rule, entry: Entry, frame: CellIndex, report: Report) -> None:
    """Reports every reason why the rule does not fit the scenario."""
    if not _check_past(rule, entry, frame, report):
        return
    named = _check_names(rule, entry, frame, report) & _check_period(rule, entry, frame, report)
    before = len(report.findings)
    if not check_where(rule.where, rule.name, entry, frame, report):
        return
    _check_anybody(rule, entry, frame, report, doubted=len(report.findings) > before)
    if named:
        _check_cells(rule, entry, frame, report)
        for each in rule.issues(frame):
            message = f"rule {rule.name!r}: {each.message}" if each.code == "does-not-fit" else each.message
            report.add(Finding(each.code, place_of(entry, each.path), message, each.remedy, each.severity))


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


def _check_names(rule: Rule, entry: Entry, frame: CellIndex, report: Report) -> bool:
    sound = True
    for path, name, to in references(rule):
        if name in rule.supplied and frame.past is not None:
            continue
        known = tuple(frame.metrics) if to == "metric" else frame.columns.table.columns
        if to == "group":
            known = (*known, *frame.columns.shares)
        elif to != "metric":
            sound &= _is_column(name, frame, place_of(entry, path), report)
            continue
        noun = "metric" if to == "metric" else "column"
        sound &= _known(name, known, noun, place_of(entry, path), report)
    return sound


def _is_column(name: str, frame: CellIndex, place: Place, report: Report) -> bool:
    """Whether the table has the column; where it looks like one and is none, why: a split, or left out of a long table."""
    columns = frame.columns
    why = columns.table.cells.left_out.get(name, "")
    if name in columns.shares:
        shares = ", ".join(columns.shares[name].values())
        why = f"It is a split, which only `by` takes; its shares are the columns {shares}."
    if why:
        report.error("unknown-column", place, f"no column {name!r}", why)
        return False
    return _known(name, columns.table.columns, "column", place, report)


def _known(name: str, known: Sequence[str], noun: str, place: Place, report: Report) -> bool:
    if name in known:
        return True
    there = f"There are: {', '.join(known[:30])}."
    report.error(f"unknown-{noun}", place, f"no {noun} {name!r}", did_you_mean(name, known) or there)
    return False


def _check_period(rule: Rule, entry: Entry, frame: CellIndex, report: Report) -> bool:
    if rule.period is None:
        return True
    place = place_of(entry, ("period",))
    if rule.period == REST and REST not in frame.periods:
        return True  # whether there is a rest is checked with what else needs a re-plan
    if frame.periods:
        return _known(rule.period, (*frame.periods, EACH), "period", place, report)
    remedy = "Leave period out, or declare periods: [Q1, Q2] in the scenario."
    report.error("unknown-period", place, f"no period {rule.period!r}; the scenario has none", remedy)
    return False


def _check_past(rule: Rule, entry: Entry, frame: CellIndex, report: Report) -> bool:
    """Whether a rule that speaks of a re-plan stands in one."""
    columns = frame.columns.table.columns
    if frame.past is not None or not rule.needs_past or (rule.supplied and rule.supplied <= set(columns)):
        return True
    message = f"rule {rule.name!r} speaks of the rest, or of the published plan, and there is no replan"
    report.error(
        "does-not-fit", entry.place, message, "Add replan: to the scenario, or name a part or column."
    )
    return False


def check_where(where: Selection, name: str, entry: Entry, frame: CellIndex, report: Report) -> bool:
    """Whether a selection names columns that there are; reports those that are not, and words that match no partner."""
    sound = True
    cells = Cells(frame.columns, report)
    for path, condition in where.all_conditions():
        place = place_of(entry, ("where", *path))
        if not _is_column(condition.column, frame, place, report):
            sound = False
        elif condition.compares_days:
            cells.days(condition.column, f"where of {name!r}", doubted=condition.empty is None)
        elif condition.compares:
            needed = ~frame.columns.empty(condition.column) | (condition.empty is not False)
            cells.numbers(condition.column, needed, f"where of {name!r}")
        else:
            _check_words(condition, place, frame, report)
    return sound


def _check_words(condition: Condition, place: Place, frame: CellIndex, report: Report) -> None:
    column = condition.column
    for word in condition.any_of or ():
        if not Condition(column, any_of=(word,)).mask(frame.columns).any():
            message = repr(word) if isinstance(word, str) else _word_text(word)
            remedy = _remedy(word, column, frame)
            report.warn("where-nobody", place, f"no partner has {column} {message}", remedy)


_SEVERAL = re.compile(r"\s*[|;,/]\s*|\s+(?:or|oder|ou|o|and)\s+", re.IGNORECASE)
_OPERATOR = re.compile(r"(?P<sign>!=|<>|>=|<=|=|>|<)\s*(?P<value>.+)")


def _remedy(word: Fraction | bool | str, column: str, frame: CellIndex) -> str:
    """What to write in place of a word that no cell holds."""
    known = [name for name in frame.columns.groups(column)[1] if name]
    if not isinstance(word, str):
        is_truth = word in (0, 1) and frame.columns.holds_truths(column)
        return "Write true or false." if is_truth else "Check the spelling."
    several = [part for part in _SEVERAL.split(word) if part]
    if len(several) > 1 and set(several) <= set(known):
        return f"For any of several words write {column}: [{', '.join(several)}]."
    if match := _OPERATOR.fullmatch(word):
        value = match["value"]
        if match["sign"] in ("!=", "<>"):
            return f"Write not: {{{column}: {value}}}."
        end = "min" if ">" in match["sign"] else "max"
        return f"Write {column}: {value}." if match["sign"] == "=" else f"Write {column}: {{{end}: {value}}}."
    if "*" in word:
        return f"A star stands for itself; list the words: {column}: [...]."
    return did_you_mean(word, known) or "Check the spelling."


def _word_text(word: Fraction | bool) -> str:
    return str(word).lower() if isinstance(word, bool) else number_text(word)


def _check_anybody(rule: Rule, entry: Entry, frame: CellIndex, report: Report, *, doubted: bool) -> None:
    """Reports a `where` that matches no partner: an error where the rule then cannot hold, else a doubt, once."""
    if frame.who(rule.where).any():
        return
    target = entry.origin == "target" or rule.kind == "company_target"
    impossible = target or (rule.hard and rule.must_place)
    if doubted and not impossible:
        return
    message = f"where of {rule.name!r} matches no partner"
    does = "There is no partner to place it on" if impossible else "The rule does nothing"
    remedy = f"{does}; correct where, or remove the {'target' if target else 'rule'}."
    severity = report.error if impossible else report.warn
    severity("where-nobody", place_of(entry, ("where",)), message, remedy)


def _is_cap(rule: Rule) -> bool:
    """Whether an empty cell of the rule's columns may be declared to mean no limit."""
    return "empty" in type(rule).model_fields


def _check_cells(rule: Rule, entry: Entry, frame: CellIndex, report: Report) -> None:
    cells, who, user = Cells(frame.columns, report, _is_cap(rule)), rule.who(frame), f"rule {rule.name!r}"
    for _, name, to in references(rule):
        if name in rule.supplied and frame.past is not None:
            continue
        if to == "number":
            cells.amounts(name, who, user)
        elif to == "value":
            cells.numbers(name, who, user)
        elif to == "date":
            cells.days(name, user, who=who)
        elif to == "text" or (to == "group" and name not in frame.columns.shares):
            cells.filled(name, who, user)
    if rule.uses_baseline and frame.metrics[rule.one_metric].baseline is None:
        message = f"rule {rule.name!r} needs a baseline of {rule.metric}"
        report.error("missing-field", entry.place, message, f"Add baseline: COLUMN to metric {rule.metric}.")
