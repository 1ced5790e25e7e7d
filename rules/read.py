"""Reading a rule book: raw entries of a scenario become rules, or findings at their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from rules.book import RuleBook
from rules.check import check_rule
from rules.columns import Columns
from rules.frame import Frame
from rules.kinds import KINDS
from rules.kinds.company_target import CompanyTarget
from rules.kinds.lock import Lock
from rules.rule import Rule
from rules.where import Condition, Selection
from scenarios import Adjustment, Entry, Place, Report, Scenario
from scenarios.fields import validate
from scenarios.findings import did_you_mean

_TARGET = "company_target"


def library(name: str) -> Path | None:
    """The file of a rule set that ships with the product, or None."""
    path = Path(str(files("rules") / "library" / f"{name}.yaml"))
    return path if name.isidentifier() and path.is_file() else None


def read_book(scenario: Scenario, report: Report) -> RuleBook | None:
    """The rule book of a scenario, or None after reporting every mistake in its rules."""
    frame = Frame(
        Columns(scenario.table, scenario.missing), metrics=scenario.metrics, periods=scenario.periods
    )
    placed = list(_placed(scenario, report))
    sound = [(rule, place) for rule, place, entry in placed if check_rule(rule, entry, frame, report)]
    if report.has_errors:
        return None
    book = RuleBook(
        tuple(rule for rule, _ in sound),
        {rule.name: place for rule, place in sound},
        replace(frame, totals=_totals(sound, frame, report)),
    )
    return None if report.has_errors else book


def _placed(scenario: Scenario, report: Report) -> Iterator[tuple[Rule, Place, Entry | None]]:
    for entry in (*scenario.targets, *scenario.rules):
        if rule := _read(entry, scenario, report):
            yield rule, entry.place, entry
    for adjustment in scenario.adjustments:
        yield adjustment_lock(adjustment, scenario.table.id_column), adjustment.place, None


def _read(entry: Entry, scenario: Scenario, report: Report) -> Rule | None:
    name = _TARGET if entry.origin == "target" else str(entry.data.get("kind", ""))
    if name not in KINDS:
        place = entry.data.value_places.get("kind", entry.place)
        said = f"no rule kind {name!r}" if name else f"rule {entry.name!r} has no kind"
        remedy = did_you_mean(name, KINDS).strip() or f"Kinds: {', '.join(KINDS)}."
        report.error("unknown-kind", place, said, remedy)
        return None
    data = entry.data.copy()
    data.setdefault("kind", name)
    rule = validate(KINDS[name], data, report, what=name)
    return rule and _with_metric(rule, entry, scenario, report)


def _with_metric(rule: Rule, entry: Entry, scenario: Scenario, report: Report) -> Rule | None:
    if rule.metric is not None or not rule.metric_needed:
        return rule
    if len(scenario.metrics) == 1:
        return rule.model_copy(update={"metric": next(iter(scenario.metrics))})
    said = f"rule {rule.name!r} does not say which metric it speaks of"
    report.error("missing-field", entry.place, said, f"Add metric: one of {', '.join(scenario.metrics)}.")
    return None


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


def _totals(sound: list[tuple[Rule, Place]], frame: Frame, report: Report) -> dict[str, Fraction]:
    return {metric: _total(metric, sound, frame, report) for metric in frame.metrics}


def _total(metric: str, sound: list[tuple[Rule, Place]], frame: Frame, report: Report) -> Fraction:
    """The company target of a metric: that of all partners, else the sum over parts, else the baseline."""
    targets = [(r, p) for r, p in sound if isinstance(r, CompanyTarget) and r.metric == metric and not r.period]
    whole = [(r, p) for r, p in targets if r.where == Selection()]
    for rule, place in targets:
        _whole_units(rule, place, frame, report)
    if whole:
        return whole[0][0].wanted(frame)
    return sum((r.wanted(frame) for r, _ in targets), Fraction(0)) or frame.baseline(metric).sum()


def _whole_units(rule: CompanyTarget, place: Place, frame: Frame, report: Report) -> None:
    unit = frame.metrics[rule.one_metric].round_to
    if rule.total is not None and (rule.total / unit).denominator != 1:
        low = rule.total // unit * unit
        said = f"{rule.name} is {_plain(rule.total)}, not a multiple of round_to {_plain(unit)}"
        nearest = f"{_plain(low)} and {_plain(low + unit)}"
        remedy = f"The nearest multiples are {nearest}; as it is, one partner carries the odd remainder."
        report.warn("not-a-multiple", place, said, remedy)


def _plain(number: Fraction) -> str:
    return f"{float(number):,.2f}".rstrip("0").rstrip(".")
