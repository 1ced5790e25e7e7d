"""Reading a rule book: raw entries of a scenario become rules, or findings at their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from rules.book import RuleBook
from rules.cell_index import CellIndex
from rules.check import check_metrics, check_rule
from rules.columns import Columns
from rules.kinds import KINDS
from rules.kinds.lock import Lock
from rules.kinds_outside import BrokenKind, known_kind
from rules.replan.nothing_left import check_rest
from rules.replan.rest import rest_of
from rules.rule import Rule
from rules.totals import FAR, check_totals, company_totals, far
from rules.where import Condition, Selection
from scenarios import Adjustment, Entry, Report, Scenario
from scenarios.findings.finding import did_you_mean
from scenarios.findings.validate import validate

_TARGET = "company_target"


def library(name: str) -> Path | None:
    """The file of a rule set that ships with the product, or None."""
    path = Path(str(files("rules") / "library" / f"{name}.yaml"))
    return path if name.isidentifier() and path.is_file() else None


def read_book(scenario: Scenario, report: Report) -> RuleBook | None:
    """The rule book of a scenario, or None after reporting every mistake in its rules."""
    columns = Columns(scenario.table, scenario.missing, scenario.shares)
    frame = CellIndex(columns, metrics=scenario.metrics, periods=scenario.periods, past=scenario.past)
    check_metrics(frame, report)
    read = {rule.name: (rule, entry) for rule, entry in _read_all(scenario, report)}
    for rule, entry in read.values():
        check_rule(rule, entry, frame, report)
    scenario.table.report_used(report)
    doubt_adjustments(scenario.adjustments, frame, report)
    locks = [(adjustment_lock(a, scenario.table.id_column), a.place) for a in scenario.adjustments]
    for lock, place in locks:
        if lock.name in read:
            report.error("duplicate-name", place, f"a rule is called {lock.name!r} already", "Rename it.")
    if report.has_errors:
        return None
    rules = (*(rule for rule, _ in read.values()), *(lock for lock, _ in locks))
    places = {entry.name: entry.place for _, entry in read.values()}
    places |= {lock.name: place for lock, place in locks}
    check_totals(rules, places, frame, report)
    totals, part_totals = company_totals(rules, frame)
    whole = replace(frame, totals=totals, part_totals=part_totals)
    book = RuleBook(rules, places, whole if scenario.past is None else rest_of(whole))
    if scenario.past is not None and not report.has_errors:
        check_rest(book, report)
    return None if report.has_errors else book


def _read_all(scenario: Scenario, report: Report) -> Iterator[tuple[Rule, Entry]]:
    for entry in (*scenario.targets, *scenario.rules):
        if rule := read_rule(entry, tuple(scenario.metrics), report):
            yield rule, entry


def read_rule(entry: Entry, metrics: tuple[str, ...], report: Report) -> Rule | None:
    """The rule that an entry describes, or None after reporting its mistakes."""
    name = _TARGET if entry.origin == "target" else str(entry.data.get("kind", ""))
    kind = _kind(name, entry, report)
    if kind is None:
        return None
    data = entry.data.copy()
    data.setdefault("kind", name)
    rule = validate(kind, data, report, what=name)
    return rule and _with_metric(rule, entry, metrics, report)


def _kind(name: str, entry: Entry, report: Report) -> type[Rule] | None:
    """The kind of the name, or None after reporting what is wrong with it."""
    try:
        found = known_kind(name)
    except BrokenKind as broken:
        place = entry.data.value_places.get("kind", entry.place)
        report.error("broken-kind", place, str(broken), "Mend what brings the kind, or leave the rule out.")
        return None
    if found is None:
        _report_kind(name, entry, report)
    return found


def _report_kind(name: str, entry: Entry, report: Report) -> None:
    kinds = f"Kinds: {', '.join(KINDS)}."
    if not name:
        report.error("missing-field", entry.place, f"rule {entry.name!r} has no kind", f"Add kind. {kinds}")
        return
    place = entry.data.value_places.get("kind", entry.place)
    report.error("unknown-kind", place, f"no rule kind {name!r}", did_you_mean(name, KINDS) or kinds)


def _with_metric(rule: Rule, entry: Entry, metrics: tuple[str, ...], report: Report) -> Rule | None:
    if rule.metric is not None or not rule.metric_needed:
        return rule
    if len(metrics) == 1:
        return rule.model_copy(update={"metric": metrics[0]})
    message = f"rule {rule.name!r} does not say which metric it speaks of"
    report.error("missing-field", entry.place, message, f"Add metric: one of {', '.join(metrics)}.")
    return None


def doubt_adjustments(adjustments: Sequence[Adjustment], frame: CellIndex, report: Report) -> None:
    """Doubts decided targets that are off what the partner did before by a factor."""
    if report.has_errors or not adjustments:
        return
    baselines = {name: frame.baseline(name) for name in {each.metric for each in adjustments}}
    position = {partner: number for number, partner in enumerate(frame.columns.ids)}
    for each in adjustments:
        baseline = baselines[each.metric].at(position[each.partner])
        if each.target and each.period is None and far(each.target, baseline):
            message = f"the target of {each.partner} is {float(each.target):,.15g}, and its baseline {float(baseline):,.15g}"
            report.warn("far-from-baseline", each.place, message, FAR)


def adjustment_lock(adjustment: Adjustment, id_column: str) -> Lock:
    """The lock that an adjustment stands for."""
    part = f" in {adjustment.period}" if adjustment.period else ""
    return Lock(
        name=f"adjustment of {adjustment.partner}, {adjustment.metric}{part}",
        kind="lock",
        metric=adjustment.metric,
        period=adjustment.period,
        where=Selection((Condition(id_column, any_of=(adjustment.partner,)),)),
        target=adjustment.target,
        reason=f"{adjustment.reason} ({adjustment.by})" if adjustment.by else adjustment.reason,
    )
