"""Two to five runs side by side, all that moves between them, and with what cause."""

from flask import request
from sqlalchemy.orm import Session

from api.analysis.compare.document import AgainstPart, CompareDocument, TargetMove
from api.db.tables import runs
from api.db.tables.runs import State
from api.pages.filters import amount
from api.pages.frontier import frontiers
from api.pages.page import Data, page
from api.pages.pictures.scatter import Point, changes
from api.pages.run_page import page_number, titles
from api.pages.targets import partner_path
from api.resources.analyses.service import document_of
from api.resources.analyses.sources import of_runs
from api.resources.comparisons.leading import once, shortened
from api.resources.comparisons.routes import compared
from api.resources.comparisons.service import compare_stored
from api.web.context import caller, service

_ROWS = 50
"""Moves on one page."""
_LISTED = 30
"""Runs that can be chosen from."""


@page("/compare", "compare.html")
def comparison() -> Data:
    """Runs side by side"""
    wanted = [run for given in request.args.getlist("runs") for run in given.split(",") if run]
    if len(wanted) < 2:
        return _choice(wanted)
    run_ids, why = compared(wanted), "why" in request.args
    number = page_number()
    most = number * _ROWS
    found, pictures = _drawn(_with_causes(run_ids), most) if why else _kept(run_ids, most)
    return {
        **found.data(),
        "runs": ",".join(run_ids),
        "why_asked": why,
        "page": number,
        "first_row": (number - 1) * _ROWS,
        "last_row": number * _ROWS,
        "pages": [max(1, -(-each.moves_in_all // _ROWS)) for each in found.against_first],
        "pictures": pictures,
        **frontiers(run_ids),
    }


def _kept(run_ids: list[str], most: int) -> tuple[CompareDocument, list[dict[str, Data]]]:
    """The comparison and its pictures; a long one is made in a reader process, which sends what the page shows."""
    return once(("compare page", *run_ids, most), run_ids, draw_stored, run_ids, most)


def draw_stored(
    session: Session, org_id: str, run_ids: list[str], most: int
) -> tuple[CompareDocument, list[dict[str, Data]]]:
    """The comparison of stored runs with its `most` furthest moves, and the pictures of all of them."""
    return _drawn(compare_stored(session, org_id, run_ids, None), most)


def _drawn(found: CompareDocument, most: int) -> tuple[CompareDocument, list[dict[str, Data]]]:
    return shortened(found, most), [_pictures(each) for each in found.against_first]


def _choice(wanted: list[str]) -> Data:
    """The runs to choose from."""
    states = (State.SUCCEEDED, State.INFEASIBLE)
    with service().store.read() as session:
        found = runs.listed(session, caller().org_id, states=states, limit=_LISTED).items
        called = titles(session, found)
    views = [
        {"id": run.id, "title": called[run.id], "state": run.state, "at": run.created_at.isoformat()}
        for run in found
    ]
    return {"choice": views, "wanted": wanted, "most": service().config.limits.compared_runs}


def _with_causes(run_ids: list[str]) -> CompareDocument:
    """The comparison of what the runs solved, each change's part in every move; sides are called by their runs."""
    with service().store.read() as session:
        sources = of_runs(session, caller().org_id, run_ids)
    found = document_of("compare", {"why": True}, sources)
    assert isinstance(found, CompareDocument)
    sides = tuple(
        side.model_copy(update={"name": run}) for side, run in zip(found.sides, run_ids, strict=True)
    )
    others = tuple(
        each.model_copy(update={"side": run})
        for each, run in zip(found.against_first, run_ids[1:], strict=True)
    )
    return found.model_copy(update={"sides": sides, "against_first": others})


def _pictures(against: AgainstPart) -> dict[str, Data]:
    """By metric, a picture of what every moved target was, and by how much of that it moved."""
    found: dict[str, Data] = {}
    for metric, extent in against.metrics.items():
        points = [
            Point(float(move.before or 0), _part(move), f"{move.name or move.partner}: {amount(move.change, sign=True)}",
                  partner_path(against.side, move.partner), "cap" if not str(move.change).startswith("-") else "floor")
            for move in against.moves if move.metric == metric
        ]  # fmt: skip
        if points:
            found[metric] = changes(points, f"was, {extent.unit}", "change")
    return found


def _part(move: TargetMove) -> float:
    """The change as a part of what was; 0 where nothing was."""
    before = float(move.before or 0)
    return float(move.after or 0) / before - 1 if before else 0.0
