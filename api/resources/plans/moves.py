"""What a published plan changed against the one before, target by target: for portals, and in the message to them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field
from pydantic_core import to_json
from sqlalchemy.orm import Session

from api.analysis.compare.document import TargetMove
from api.analysis.compare.summary import MetricSummary
from api.db.tables.plans import Plan
from api.resources.comparisons.service import moved_between
from api.web.pagination import Listed
from api.web.schemas import View, with_example

IN_HISTORY = 10
"""Moves of each metric that the history of a plan names."""
IN_MESSAGE = 100
"""Moves of each metric that are looked at for the message."""
_MESSAGE_BYTES = 12_000
"""Room for moves in a message: with all the rest it stays below the 20 kB of Standard Webhooks."""
_EXAMPLE = {
    "partner": "P0001",
    "name": "Northwind",
    "tier": "Gold",
    "metric": "revenue",
    "period": None,
    "before": "22000",
    "after": "23000",
    "change": "1000",
    "growth": 0.045455,
}


class MoveView(View):
    """A target that is not what it was in the plan before."""

    model_config = with_example(_EXAMPLE)

    partner: str
    name: str | None
    tier: str | None
    metric: str
    period: str | None
    before: str | None = Field(description="In the plan before; null where the target is new.")
    after: str | None = Field(description="In this plan; null where there is no such target any more.")
    change: str
    growth: float | None = Field(description="change / before; null on nothing.")


class MoveList(Listed[MoveView]):
    """What a plan changed, metric by metric, the largest change first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


def moves_of(session: Session, org_id: str, before: str, after: str) -> list[TargetMove]:
    """Every target that is not the same in the two runs, metric by metric, the largest change first."""
    found = moved_between(session, org_id, before, after)
    return [move for summary in found.values() for move in summary.largest]


def in_history(moved: Mapping[str, MetricSummary]) -> dict[str, dict[str, Any]]:
    """By metric how much moved, and the largest moves: what the history of a plan keeps."""
    return {
        metric: each.model_copy(update={"largest": each.largest[:IN_HISTORY]}).data()
        for metric, each in moved.items()
    }


def message(plan: Plan, moved: Mapping[str, MetricSummary]) -> dict[str, Any]:
    """The data of the event `plan.published`."""
    data = {"id": plan.id, "name": plan.name, "period": plan.period, "supersedes": plan.supersedes}
    return {**data, "changes": _changes(plan, moved) if plan.supersedes else None}


def _changes(plan: Plan, moved: Mapping[str, MetricSummary]) -> dict[str, Any]:
    listed = list(_within(_MESSAGE_BYTES, moved))
    targets = sum(each.targets_raised + each.targets_lowered for each in moved.values())
    return {
        "targets": targets,
        "listed": listed,
        "complete": len(listed) == targets,
        "url": f"/api/v1/plans/{plan.id}/changes",
    }


def _within(room: int, moved: Mapping[str, MetricSummary]) -> Iterator[dict[str, Any]]:
    """The largest moves of each metric in turn, as many as there is room for."""
    for each in _in_turn(moved):
        room -= len(to_json(each))
        if room < 0:
            return
        yield each


def _in_turn(moved: Mapping[str, MetricSummary]) -> Iterator[dict[str, Any]]:
    """The largest move of each metric, then the second of each, and so on."""
    most = max((len(each.largest) for each in moved.values()), default=0)
    for rank in range(most):
        for each in moved.values():
            if rank < len(each.largest):
                yield _short(each.largest[rank])


def _short(move: TargetMove) -> dict[str, Any]:
    return {
        "partner": move.partner,
        "metric": move.metric,
        "period": move.period,
        "before": move.before,
        "after": move.after,
    }
