"""Levels: the targets of a scenario rolled up from the partners to the company."""

from __future__ import annotations

from collections.abc import Sequence

from api.analysis.errors import InvalidRequest
from api.analysis.request import Request
from api.analysis.solve import allocation_of
from api.output.conflict_document import ConflictPart, conflict_of
from api.output.document import Document
from api.output.levels_document import LevelsPart, levels_part
from api.output.partner_names import PartnerNames
from api.output.progress import Progress, silent
from api.output.solve_state import State
from rules.load import Loaded
from scenarios import did_you_mean
from solver import Allocation
from solver.cascade.levels import COMPANY, PARTNER, roll_up


class LevelsRequest(Request):
    """What each level comes to, and what it is assigned."""

    to: str | None = None
    """Go down to this level; to the last above the partners if left out."""


class LevelsDocument(Document):
    """The targets of a scenario rolled up."""

    scenario: str
    title: str
    state: State
    reason: str | None
    """Why the solve failed."""
    conflict: ConflictPart | None
    """Why there are no targets."""
    levels: LevelsPart | None
    """Null where there are no targets."""


def roll_up_levels(loaded: Loaded, request: LevelsRequest, progress: Progress = silent) -> LevelsDocument:
    """The levels of a scenario. Raises InvalidRequest where it has none, or not this one."""
    check_levels(loaded, request)
    return levels_document(allocation_of(loaded, progress), request)


def check_levels(loaded: Loaded, request: LevelsRequest) -> None:
    """Raises InvalidRequest where the scenario has no levels, or not the one asked for."""
    scenario = loaded.scenario
    if not (scenario.cascade or scenario.over_assign or scenario.shares):
        raise InvalidRequest("", "the scenario has no levels; write cascade: [region, tier] in it")
    check_name("to", request.to, (COMPANY, *scenario.cascade, PARTNER))


def check_name(field: str, name: str | None, names: Sequence[str]) -> None:
    """Raises InvalidRequest for a name that is not among those there are."""
    if name is not None and name not in names:
        there = f" There are: {', '.join(names)}." if names else " The scenario has none."
        raise InvalidRequest(field, f"{name!r} is not there.{did_you_mean(name, names) or there}")


def levels_document(allocation: Allocation, request: LevelsRequest) -> LevelsDocument:
    """The levels of an allocation."""
    scenario, names = allocation.scenario, PartnerNames.of_table(allocation.scenario.table)
    return LevelsDocument(
        scenario=scenario.name,
        title=scenario.title,
        state=allocation.state,
        reason=allocation.reason or None,
        conflict=conflict_of(allocation, names),
        levels=levels_part(roll_up(allocation), to=request.to) if allocation.state == "succeeded" else None,
    )
