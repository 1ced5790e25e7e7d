"""One run: what was placed, what gave way, what holds, and how evenly it is spread."""

from contextlib import suppress

from flask import Response, make_response, redirect
from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.scopes import Scope
from api.db.tables import plans, runs, scenarios
from api.db.tables.runs import Run, State
from api.pages.page import Data, blueprint, page
from api.pages.pictures.stretch import stretch
from api.pages.run_page import answer, head
from api.pages.visitor import check_form, enter, still_here
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.resources.runs.stream import streamed
from api.web.context import caller, service


@page("/runs/<run_id>", "run.html")
def one_run(run_id: str) -> Data:
    """One run with its summary"""
    with service().store.read() as session:
        run, data = head(session, run_id)
        found = answer(session, run)
        plan = _published_plan(session, run)
    rules = found.get("rules") or []
    return {
        **data,
        "answer": found,
        "gave_way": [rule for rule in rules if not rule.get("held", True)],
        "held": sum(rule.get("held", True) for rule in rules),
        "pictures": {metric: stretch(spread) for metric, spread in (found.get("spread") or {}).items()},
        "final": State(run.state).final,
        "plan": plan,
    }


def _published_plan(session: Session, run: Run) -> Data | None:
    """The plan whose rest the run plans anew, if it does that."""
    block = scenarios.document(session, run.org_id, *run.solved).get("replan")
    with suppress(NotFound):
        if isinstance(block, dict):
            plan = plans.get(session, run.org_id, str(block.get("plan")))
            return {"id": plan.id, "run": plan.run_id, "name": plan.name, "period": plan.period}
    return None


@blueprint.post("/runs/<run_id>/again")
def solve_again(run_id: str) -> Response:
    """Solve the newest version of the run's scenario"""
    away = enter(Scope.RUNS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    with service().store.write() as session:
        run = runs.get(session, caller().org_id, run_id)
        new = submit(session, run.solved[0], RunOptions())
        session.flush()
        target = f"/runs/{new.id}"
    return make_response(redirect(target, 303))


@blueprint.post("/scenarios/<scenario_id>/solve")
def solve_scenario(scenario_id: str) -> Response:
    """Solve the newest version of a scenario"""
    away = enter(Scope.RUNS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    with service().store.write() as session:
        new = submit(session, scenario_id, RunOptions())
        session.flush()
        target = f"/runs/{new.id}"
    return make_response(redirect(target, 303))


@blueprint.get("/runs/<run_id>/events")
def follow(run_id: str) -> Response:
    """How far the run is, as it happens: the same stream as over HTTP, for who is logged in"""
    away = enter(Scope.RUNS_READ)
    if away is not None:
        return make_response(away)
    return streamed(run_id, 0, still_here())
