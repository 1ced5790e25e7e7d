"""Objectives: from a plan, its actuals and check-ins to how far each objective is at every node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction

from api.analysis.errors import InvalidRequest
from api.analysis.objectives.check_in import by_key_result
from api.analysis.objectives.document import (
    KeyResultNode,
    ObjectiveNode,
    ObjectivesDocument,
    ObjectivesRequest,
    ObjectiveTree,
)
from api.analysis.objectives.score import (
    ScoredObjective,
    doubts,
    objective_fields,
    objectives_of,
    place_of_objectives,
    ratio,
    scored,
)
from api.analysis.plan import Plan
from api.analysis.standing.run import Found, find_standing, parts_listed
from api.output.findings import finding_parts
from api.output.objective_parts import grade_of
from api.output.partner_names import PartnerNames
from rules.key_results import Objective
from scenarios import Finding, did_you_mean
from scenarios.actuals.facts import ActualsFile
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import six_decimals
from solver.cascade.level import PARTNER
from solver.cascade.nodes import nodes_of
from solver.tracking.scores import Reading


def objectives(plan: Plan, files: Sequence[ActualsFile], request: ObjectivesRequest) -> ObjectivesDocument:
    """How far each objective is. Raises Refused for mistakes in files, InvalidRequest for what is not there."""
    stated = objectives_of(plan)
    if not stated:
        raise InvalidRequest("", "the scenario has no objectives. Add objectives: objectives.yaml.")
    beside = by_key_result(request.check_ins)
    standing = find_standing(plan, files, request) if files else None
    day = standing.actuals.day if standing else request.as_of or date.today()
    found = scored(plan, stated, standing.actuals if standing else None, day, beside=beside)
    own = (*_strays(plan, stated, beside), *doubts(plan, found, day))
    return ObjectivesDocument(
        scenario=plan.scenario.name,
        title=plan.scenario.title,
        as_of=day,
        parts=parts_listed(standing) if standing else (),
        objectives=_trees(plan, found, request.to),
        findings=finding_parts((*_of_actuals(standing), *own)),
    )


def _of_actuals(standing: Found | None) -> tuple[Finding, ...]:
    return standing.findings if standing else ()


def _strays(plan: Plan, stated: Sequence[Objective], beside: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Doubts about check-ins of what states no numbers of its own."""
    own = {(o.name, each.name) for o in stated for each in o.key_results if each.measure is None}
    for objective, key_result in beside:
        if (objective, key_result) not in own:
            near = did_you_mean(key_result, [name for _, name in own])
            message = f"a check-in is of {quoted(key_result)} of {quoted(objective)}, which states no numbers of its own"
            yield Finding(
                "check-in-unknown",
                place_of_objectives(plan),
                message,
                near or "It does not count.",
                "warning",
            )


def _trees(plan: Plan, found: Sequence[ScoredObjective], to: str | None) -> tuple[ObjectiveTree, ...]:
    names = [level.name for objective in found for level in objective.levels]
    if to is not None and to not in names:
        there = f" There are: {', '.join(dict.fromkeys(names))}."
        raise InvalidRequest("to", f"{to!r} is no level of an objective.{did_you_mean(to, names) or there}")
    return tuple(_tree(plan, each, to) for each in found)


def _tree(plan: Plan, objective: ScoredObjective, to: str | None) -> ObjectiveTree:
    names = [level.name for level in objective.levels]
    listed = names.index(to) + 1 if to in names else len(names)
    return ObjectiveTree(
        **objective_fields(plan, objective),
        levels=tuple(names[:listed]),
        nodes=tuple(_nodes(plan, objective, listed)),
    )


def _nodes(plan: Plan, objective: ScoredObjective, listed: int) -> list[ObjectiveNode]:
    """The nodes below the company that a key result is about."""
    levels = objective.levels[:listed]
    nodes, names = nodes_of(levels), PartnerNames.of_table(plan.scenario.table)
    whose = [(depth, node) for depth, level in enumerate(levels) for node in range(len(level))]
    kind, made = objective.objective.form.kind, []
    for row, place in enumerate(nodes.order.tolist()):
        depth, node = whose[place]
        results = objective.at(depth, node) if depth else []
        if not results:
            continue
        path, score = tuple(nodes.paths[row]), objective.mean(results)
        who = names.of(path[-1]) if levels[depth].name == PARTNER else {"name": None, "tier": None}
        made.append(
            ObjectiveNode(
                level=levels[depth].name,
                path=path,
                name=who["name"],
                tier=who["tier"],
                score=ratio(score),
                grade=grade_of(score, kind, objective.due(results)),
                key_results={each.key_result.name: _amounts(reading) for each, reading in results},
            )
        )
    return made


def _amounts(reading: Reading) -> KeyResultNode:
    start, now, to, due = (
        six_decimals(each or Fraction(0)) for each in (reading.start, reading.now, reading.to, reading.due)
    )
    return KeyResultNode(start=start, now=now, to=to, due=due, score=ratio(reading.score))
