"""Standing: from a plan and files of actuals to where every node stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from api.analysis.errors import InvalidRequest
from api.analysis.objectives.check_in import by_key_result
from api.analysis.objectives.score import objective_parts, objectives_of, scored
from api.analysis.plan import Plan
from api.analysis.standing.document import (
    ActualsRequest,
    CountedRequest,
    PartPart,
    StandingAmounts,
    StandingDocument,
    StandingNode,
    StandingRequest,
)
from api.output.findings import finding_parts
from api.output.levels_document import MetricPart
from api.output.objective_parts import ObjectivePart
from api.output.partner_names import PartnerNames
from scenarios import Finding, Place, Refused, Report, Scenario, did_you_mean
from scenarios.actuals.actuals import Actuals, read_actuals
from scenarios.actuals.facts import ActualsFile, Asked
from scenarios.read.parts import parts_of
from scenarios.tables.options import TableOptions
from scenarios.tables.row_findings import row_findings
from scenarios.values.rational_array import decimal_text, six_decimals
from solver.cascade.level import PARTNER
from solver.cascade.nodes import nodes_of
from solver.tracking.standing import Standing, StandingLayer, standings

_SMALL = 100
"""Of what was due so many times less than that is most likely in another unit."""
_LARGE = 10
"""Times its target: an actual beyond it is doubted, most likely in another unit or currency."""


@dataclass(frozen=True, eq=False)
class Found:
    """Where a plan stands, before it is written down."""

    plan: Plan
    actuals: Actuals
    layers: tuple[StandingLayer, ...]
    """From the company down to the partners."""
    partners: StandingLayer
    """The partners; the last of the layers, unless levels with splits have them in parts."""
    findings: tuple[Finding, ...]


def standing(plan: Plan, files: Sequence[ActualsFile], request: StandingRequest) -> StandingDocument:
    """Where the plan stands. Raises Refused for mistakes in the actuals, InvalidRequest for unknown names."""
    return standing_document(find_standing(plan, files, request), request)


def actuals_files(paths: Sequence[Path], scenario: Scenario) -> list[ActualsFile]:
    """The files as the scenario says that actuals are read. Raises InvalidRequest for one that is not there."""
    options = scenario.actuals.options() if scenario.actuals else TableOptions()
    sheet = scenario.actuals.sheet if scenario.actuals else None
    found = []
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidRequest("actuals", f"{path} cannot be read: {error.strerror or error}.") from None
        found.append(ActualsFile(content, path.name, path.name, replace(options, sheet=sheet)))
    return found


def find_standing(plan: Plan, files: Sequence[ActualsFile], request: CountedRequest) -> Found:
    """Where every node stands. Raises Refused for mistakes in the actuals, InvalidRequest for unknown names."""
    scenario, report = plan.scenario, Report()
    asked = asked_of(plan, request)
    actuals = read_actuals(files, asked, report, day=request.as_of, over=_given_over(asked, request))
    if actuals is None:
        raise Refused(report.findings)
    _doubt(plan, actuals, asked, files, report)
    layers = standings(plan.frame, scenario.cascade, plan.targets, actuals)
    in_parts = layers[-1].level.partner is not None
    partners = standings(plan.frame, (), plan.targets, actuals)[-1] if in_parts else layers[-1]
    return Found(plan, actuals, layers, partners, report.findings)


def asked_of(plan: Plan, request: CountedRequest) -> Asked:
    """What the actuals of a plan may be about."""
    scenario = plan.scenario
    stated = scenario.actuals
    return Asked(
        id_column=scenario.table.id_column,
        ids=plan.frame.columns.ids,
        metrics=tuple(plan.frame.metrics),
        units=tuple(metric.unit for metric in plan.frame.metrics.values()),
        parts=parts_of(scenario.period, scenario.periods),
        cascade=scenario.cascade,
        calendar=scenario.calendar if request.done is None else None,
        missing=(request.missing or (stated and stated.missing)) == "zero",
        unassigned=(request.unassigned or (stated and stated.unassigned)) == "keep",
    )


def _given_over(asked: Asked, request: CountedRequest) -> list[Fraction]:
    """(parts,) which parts are over by the request. Raises InvalidRequest where nothing says it."""
    for part in request.done or ():
        if part not in asked.parts:
            there = f" There are: {', '.join(asked.parts)}."
            raise InvalidRequest("done", f"no part {part!r}.{did_you_mean(part, asked.parts) or there}")
    if request.done is None and asked.calendar is None:
        example = f"such as {asked.parts[0]}"
        raise InvalidRequest("done", f"say which parts are over, {example}, or give the scenario a calendar.")
    return [Fraction(part in (request.done or ())) for part in asked.parts]


def _doubt(plan: Plan, actuals: Actuals, asked: Asked, files: Sequence[ActualsFile], report: Report) -> None:
    """Reports actuals that are most likely slips: sums below zero, and amounts far beyond their targets."""
    if not files:
        return
    place, frame = Place(files[-1].name), plan.frame
    cell = np.arange(frame.size, dtype=np.intp)
    at = cell // (frame.parts * frame.partners) * frame.partners + cell % frame.partners
    whole = actuals.done.sum_by(at, len(frame.metrics) * frame.partners)

    def below(row: int) -> Finding:
        who, metric = asked.ids[row % frame.partners], asked.metrics[row // frame.partners]
        message = f"{metric} of {who} comes to {decimal_text(whole.at(row))}"
        return Finding("negative-actual", place, message, "Check the credit notes.", "warning")

    def large(row: int) -> Finding:
        who, block = asked.ids[row % frame.partners], row // frame.partners
        metric, part = asked.metrics[block // frame.parts], asked.parts[block % frame.parts]
        amounts = f"{decimal_text(actuals.done.at(row))} of {decimal_text(plan.targets.at(row))} asked"
        message = f"{metric} of {who} in {part} is {amounts}"
        return Finding("actual-large", place, message, "Check its unit and currency.", "warning")

    _doubt_small(plan, actuals, asked, place, report)
    far = (actuals.done > plan.targets * _LARGE) & (plan.targets > 0)
    found = row_findings(np.flatnonzero(whole < 0).tolist(), below)
    for finding in (*found, *row_findings(np.flatnonzero(far).tolist(), large)):
        report.add(finding)


def _doubt_small(plan: Plan, actuals: Actuals, asked: Asked, place: Place, report: Report) -> None:
    """Reports metrics of which all partners together have done next to nothing of what was due."""
    frame = plan.frame
    for number, metric in enumerate(asked.metrics):
        size = frame.parts * frame.partners
        cells = slice(number * size, (number + 1) * size)
        over = np.repeat([share == 1 for share in actuals.over], frame.partners)
        done, due = (each[cells][over].sum() for each in (actuals.done, plan.targets))
        if 0 < done * _SMALL < due:
            message = f"{metric} comes to {decimal_text(done)} in all, and {decimal_text(due)} were due"
            report.warn("actual-small", place, message, "Check its unit: thousands, or another metric.")


def standing_document(found: Found, request: StandingRequest) -> StandingDocument:
    """The document. Raises InvalidRequest for a level that is not there."""
    scenario, frame = found.plan.scenario, found.plan.frame
    names = [layer.level.name for layer in found.layers]
    return StandingDocument(
        scenario=scenario.name,
        title=scenario.title,
        as_of=found.actuals.day,
        parts=parts_listed(found),
        levels=tuple(names),
        units={
            name: MetricPart(unit=metric.unit, round_to=decimal_text(metric.round_to))
            for name, metric in frame.metrics.items()
        },
        states={metric: _states(found, number) for number, metric in enumerate(frame.metrics)},
        nodes=_nodes(found, _listed(found, names, request), request),
        objectives=_objectives(found, request),
        findings=finding_parts(found.findings),
    )


def _objectives(found: Found, request: StandingRequest) -> tuple[ObjectivePart, ...]:
    """How far the scenario's objectives are. Raises Refused for mistakes in them."""
    plan, actuals = found.plan, found.actuals
    beside = by_key_result(request.check_ins)
    return objective_parts(plan, scored(plan, objectives_of(plan), actuals, actuals.day, beside=beside))


def parts_listed(found: Found) -> tuple[PartPart, ...]:
    """The parts of the period, and how much of each is over."""
    scenario = found.plan.scenario
    parts = parts_of(scenario.period, scenario.periods)
    ends = scenario.calendar.ends if scenario.calendar else {}
    return tuple(
        PartPart(name=part, last_day=ends.get(part), over=decimal_text(over))
        for part, over in zip(parts, found.actuals.over, strict=True)
    )


def _listed(found: Found, names: Sequence[str], request: StandingRequest) -> tuple[StandingLayer, ...]:
    """The levels listed: all of them where states are sought."""
    seek = request.states and request.to is None
    return found.layers if seek else found.layers[: levels_listed(names, request)]


def levels_listed(names: Sequence[str], request: ActualsRequest) -> int:
    """How many levels are listed."""
    if request.to is not None:
        if request.to not in names:
            there = f" There are: {', '.join(names)}."
            raise InvalidRequest(
                "to", f"{request.to!r} is no level.{did_you_mean(request.to, names) or there}"
            )
        return names.index(request.to) + 1
    return len(names) if len(names) == 2 else len(names) - 1


def _states(found: Found, metric: int) -> dict[str, int]:
    """How many partners are in each state."""
    layer, track = found.partners, found.plan.scenario.track
    return dict(Counter(layer.at(metric, node).state(track) for node in range(len(layer.level))))


def _nodes(
    found: Found, layers: Sequence[StandingLayer], request: StandingRequest
) -> tuple[StandingNode, ...]:
    nodes = nodes_of([layer.level for layer in layers])
    whose = [(layer, node) for layer in layers for node in range(len(layer.level))]
    names = PartnerNames.of_table(found.plan.scenario.table)
    made = []
    for row, place in enumerate(nodes.order.tolist()):
        layer, node = whose[place]
        metrics = {
            metric: amounts_of(found, layer.at(number, node))
            for number, metric in enumerate(found.plan.frame.metrics)
        }
        if request.states and not any(each.state in request.states for each in metrics.values()):
            continue
        path = tuple(nodes.paths[row])
        who = names.of(path[-1]) if layer.level.name == PARTNER else {"name": None, "tier": None}
        made.append(
            StandingNode(
                level=layer.level.name,
                path=path,
                name=who["name"],
                tier=who["tier"],
                partners=int(nodes.partners[row]),
                metrics=metrics,
            )
        )
    return tuple(made)


def amounts_of(found: Found, each: Standing) -> StandingAmounts:
    """The amounts and ratios as documents have them."""
    return StandingAmounts(
        target=six_decimals(each.target),
        done=six_decimals(each.done),
        expected=six_decimals(each.expected),
        unassigned=six_decimals(each.unassigned),
        attainment=_maybe(each.attainment),
        pace=_maybe(each.pace),
        at_this_pace=_maybe(each.at_this_pace),
        rest=six_decimals(each.rest),
        required_pace=_maybe(each.required_pace),
        state=each.state(found.plan.scenario.track),
    )


def _maybe(number: Fraction | None) -> str | None:
    return None if number is None else six_decimals(number)
