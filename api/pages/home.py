"""Where a planner begins: the plans that hold or are proposed, and every scenario with what came of it."""

from flask import request
from sqlalchemy.orm import Session

from api.db.tables import plans, runs, scenarios, users
from api.db.tables.runs import State
from api.db.tables.scenarios import Scenario
from api.pages.page import Data, page
from api.pages.run_page import answer
from api.resources.plans.schemas import PlanView
from api.web.context import caller, service

_ROWS = 20
"""Scenarios on one page: each is shown with what its newest run came to."""
_PLANS = 10


@page("/", "home.html")
def home() -> Data:
    """Plans and scenarios"""
    search, cursors, name = (
        request.args.get("q", "").strip()[:100],
        service().cursors,
        f"home {caller().org_id}",
    )
    given = request.args.get("after")
    with service().store.read() as session:
        org_id = caller().org_id
        found = scenarios.listed(
            session, org_id, search=search, after=cursors.read(name, given) if given else None, limit=_ROWS
        )
        rows = [_row(session, scenario) for scenario in found.items]
        current = plans.listed(session, org_id, limit=_PLANS).items
    return {
        "scenarios": rows,
        "plans": [PlanView.model_validate(plan).model_dump(mode="json") for plan in current],
        "search": search,
        "next": cursors.sign(name, found.next) if found.next else None,
    }


def _row(session: Session, scenario: Scenario) -> Data:
    """The scenario, its newest run, and what that came to."""
    newest = runs.listed(session, scenario.org_id, scenario_id=scenario.id, limit=1).items
    run = newest[0] if newest else None
    found = answer(session, run) if run else {}
    return {
        "id": scenario.id,
        "title": scenario.title,
        "version": scenario.version,
        "by": users.name_of(session, caller().org_id, scenario.created_by),
        "at": scenario.updated_at.isoformat(),
        "run": run
        and {"id": run.id, "state": run.state, "final": State(run.state).final, "share": run.share},
        "totals": found.get("totals") or {},
        "gave_way": [rule["rule"] for rule in found.get("rules") or [] if not rule.get("held", True)],
        "conflict": [rule["rule"] for rule in (found.get("conflict") or {}).get("rules", [])],
    }
