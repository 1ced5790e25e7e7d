"""Incentives as the plan knows them: the metric and partners of each, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.arrays import Mask
from rules.cell_index import CellIndex
from rules.check import place_of
from rules.key_results import Objective
from rules.selected import selected
from scenarios import Entry, Finding, Place, Report, Scenario
from scenarios.findings.finding import did_you_mean
from scenarios.incentives import IncentiveForm, IncentivesForm
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import Map


@dataclass(frozen=True, eq=False)
class Incentive:
    """What partners earn by a metric."""

    form: IncentiveForm
    place: Place
    metric: str
    who: Mask
    """(partners,)"""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.form.name


@dataclass(frozen=True, eq=False)
class Incentives:
    """All that a scenario pays."""

    form: IncentivesForm
    each: tuple[Incentive, ...]
    unit: str
    """What is paid."""


def read_incentives(scenario: Scenario, frame: CellIndex, report: Report) -> Incentives | None:
    """The incentives of a scenario; None where it has none. What is wrong with them is reported."""
    declared = scenario.incentives
    if declared is None:
        return None
    form, data = declared.form, declared.data
    pairs = list(zip(form.incentives, data["incentives"], strict=True))
    found = [_incentive(each, raw, frame, report) for each, raw in pairs]
    for at, (each, raw) in enumerate(pairs):
        if each.name in [before.name for before, _ in pairs[:at]]:
            message = f"an incentive is called {quoted(each.name)} already"
            report.error("duplicate-name", raw.value_places["name"], message, "Rename one.")
    sound = tuple(each for each in found if each is not None)
    return Incentives(form, sound, _unit(form, data, sound, frame, report))


def _incentive(form: IncentiveForm, data: Map, frame: CellIndex, report: Report) -> Incentive | None:
    entry = Entry(form.name, data, data.place, "rule")
    metric, who = _metric(form, entry, frame, report), selected(form.where, entry, frame, report)
    return None if metric is None or who is None else Incentive(form, data.place, metric, who)


def _metric(form: IncentiveForm, entry: Entry, frame: CellIndex, report: Report) -> str | None:
    known = tuple(frame.metrics)
    if form.metric is None and len(known) == 1:
        return known[0]
    if form.metric in known:
        return form.metric
    there = f"There are: {', '.join(known)}."
    if form.metric is None:
        report.error("missing-field", entry.place, f"{quoted(form.name)} names no metric", there)
    else:
        place, remedy = place_of(entry, ("metric",)), did_you_mean(form.metric, known) or there
        report.error("unknown-metric", place, f"no metric {quoted(form.metric)}", remedy)
    return None


def _unit(
    form: IncentivesForm, data: Map, found: Sequence[Incentive], frame: CellIndex, report: Report
) -> str:
    """What is paid: the unit stated, or that of the metrics that rates are of, which must be one."""
    rated = [each for each in found if each.form.points is None]
    unit = form.unit or (frame.metrics[rated[0].metric].unit if rated else "")
    for each in rated:
        if (own := frame.metrics[each.metric].unit) != unit:
            message = f"{quoted(each.name)} pays rates of {each.metric}, in {own}, and the others pay {unit}"
            remedy = "Write points for it, which are amounts of money."
            report.error("mixed-currency", each.place, message, remedy)
    if found and not unit:
        report.error("missing-field", data.place, "it is not said what is paid", "Add unit: USD.")
    return unit


def scored_and_paid(incentives: Incentives, objectives: Sequence[Objective]) -> Iterator[Finding]:
    """Doubts about metrics that an incentive pays for and an objective is scored by."""
    scored = {
        key.measure.metric: key.name
        for objective in objectives
        for key in objective.key_results
        if key.measure is not None
    }
    for each in incentives.each:
        if each.metric in scored:
            message = f"{quoted(each.name)} pays for {each.metric}, which {quoted(scored[each.metric])} is scored by"
            remedy = "Objectives that are paid for are set low: pay for one thing, and learn from the other."
            yield Finding("scored-and-paid", each.place, message, remedy, "warning")
