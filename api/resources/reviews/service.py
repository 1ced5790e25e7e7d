"""The review of one partner of a plan, by all that was uploaded and answered; for HTTP and for pages."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from sqlalchemy.orm import Session

from api.analysis.review.document import ReviewDocument
from api.analysis.review.receipts import FILE
from api.db.tables import responses
from api.db.tables.plans import Plan
from api.db.tables.responses import PlanResponse, ResponseState
from api.resources.actuals.service import plan_text, sources_of
from api.resources.analyses.sources import Sources
from api.resources.plans.visible import visible_plan
from api.resources.results.service import partner_of
from api.text.review import Section, review_sections
from api.web.context import service

_MOST = 100
"""Responses of the partner that a review has, the newest."""


def review_text(plan_id: str, partner: str, asked: Mapping[str, object]) -> str:
    """The document as text; raises NotFound, and HttpProblem where there is none."""
    with service().store.read() as session:
        plan = visible_plan(session, plan_id)
        sources = _sources(session, plan, partner)
        answers = responses.listed(session, plan.org_id, plan.id, partner=partner, limit=_MOST).items
    return plan_text("review", {**asked, "partner": partner, "responses": _answers(answers)}, sources)


def sections_of(review: ReviewDocument) -> list[Section]:
    """What else the review knows of the partner, as titles with lines."""
    return list(review_sections(review))


def _sources(session: Session, plan: Plan, partner: str) -> Sources:
    """What the standing is made of, and the partner's receipts; raises NotFound and HttpProblem."""
    sources = sources_of(session, plan)
    rows = partner_of(session, plan.org_id, plan.run_id, partner).receipts
    text = StringIO()
    lines = csv.DictWriter(text, ("partner", "metric", "item", "amount"), extrasaction="ignore")
    lines.writeheader()
    lines.writerows({**row, "partner": partner} for row in rows)
    sources.files[f"plan/{FILE}"] = text.getvalue().encode()
    return sources


def _answers(found: Sequence[PlanResponse]) -> list[dict[str, Any]]:
    """What the partner answered, oldest first, as a request has it."""
    return [
        {
            "partner": each.partner,
            "metric": each.metric,
            "period": each.period,
            "says": each.says,
            "target": each.target,
            "by": each.made_by,
            "on": each.made_on,
            "reason": each.reason,
        }
        for each in reversed(found)
        if each.state != ResponseState.REPLACED
    ]
