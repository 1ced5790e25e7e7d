"""Proposing a run as the plan of a period: what it would change comes first."""

from flask import request

from api.db.scopes import Scope
from api.pages.page import Data, page
from api.pages.run_page import answer, head, page_number
from api.resources.plans.changes import PlanChanges, changes_of
from api.web.context import service

NAME = "channel"
"""What the plan is called where an organisation has but one."""
ROWS = 50
"""Moves on one page."""


@page("/runs/<run_id>/publish", "publish.html", scope=Scope.PLANS_SUBMIT)
def proposal(run_id: str) -> Data:
    """What the run would change as a plan"""
    with service().store.read() as session:
        run, data = head(session, run_id)
        found = answer(session, run)
    period = request.args.get("period", "").strip()[:200] or (found.get("scenario") or {}).get("period", "")
    return {
        **data,
        "period": period,
        **moved(changes_of(run_id, name=NAME, period=period, most=page_number() * ROWS)),
        "totals": found.get("totals"),
    }


def moved(changes: PlanChanges) -> Data:
    """What templates show of the changes, one page of moves."""
    number = page_number()
    against = changes.compared.against_first[0].data() if changes.compared else None
    return {
        "before": changes.before,
        "against": against,
        "groups": changes.groups,
        "page": number,
        "pages": max(1, -(-against["moves_in_all"] // ROWS)) if against else 1,
        "first_row": (number - 1) * ROWS,
        "last_row": number * ROWS,
    }
