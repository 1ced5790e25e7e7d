"""The frontier on the page that compares runs: which of them have goals, and what one of these costs in evenness."""

from collections.abc import Sequence

from flask import request

from api.analysis.frontier.document import FrontierDocument
from api.db.scopes import Scope
from api.db.tables import runs
from api.pages.page import Data
from api.pages.pictures.goal_cost import frontier_picture
from api.pages.run_page import answer
from api.resources.analyses.service import document_of
from api.resources.analyses.sources import of_run
from api.web.context import caller, service
from api.web.problems import HttpProblem

_SHARES = "0%,1%,2%,5%,10%"
"""How much of a goal's best is given up: each is a solve, for which people wait."""
_ON_THE_PAGE = ("findings", "invalid", "too-long")
"""Problems that the page tells in place of the frontier."""


def frontiers(run_ids: Sequence[str]) -> Data:
    """The goals of the runs, and the frontier of the one that the address asks for."""
    goals = _goals(run_ids)
    wanted = request.args.get("frontier", "")
    asked = next((each for each in goals if each["at"] == wanted), None)
    found, refused = _answered(asked) if asked and caller().may(Scope.RUNS_WRITE) else (None, None)
    return {
        "goals": goals,
        "frontier": {**found.data(), "of": asked} if found else None,
        "frontier_picture": frontier_picture(found) if found else None,
        "no_frontier": refused,
    }


def _goals(run_ids: Sequence[str]) -> list[Data]:
    """Every goal of every run that has targets, with what the address calls it."""
    with service().store.read() as session:
        org_id = caller().org_id
        found = [(run_id, answer(session, runs.get(session, org_id, run_id))) for run_id in run_ids]
    return [
        {"at": f"{run_id}.{number}", "run": run_id, "number": number, "goal": goal["goal"]}
        for run_id, answered in found
        for number, goal in enumerate(answered.get("goals") or [], start=1)
    ]


def _answered(asked: Data) -> tuple[FrontierDocument | None, str | None]:
    """The frontier, or why there is none."""
    try:
        with service().store.read() as session:
            sources = of_run(session, caller().org_id, asked["run"])
        found = document_of("frontier", {"goal": asked["number"], "give_up": _SHARES}, sources)
    except HttpProblem as problem:
        if problem.code not in _ON_THE_PAGE:
            raise
        return None, problem.detail
    assert isinstance(found, FrontierDocument)
    return found, None
