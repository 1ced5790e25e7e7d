"""Reviews: one partner of a plan on one page, as HTML, PDF or JSON."""

import base64
import csv
import hashlib
from collections.abc import Sequence
from io import StringIO
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from api.analysis.review.document import ReviewDocument
from api.analysis.review.receipts import FILE
from api.db.scopes import Scope
from api.db.tables import responses
from api.db.tables.plans import Plan
from api.db.tables.responses import PlanResponse, ResponseState
from api.output.errors import OutputError
from api.output.pdf import pdf_of
from api.processes.work_process import TooMuch
from api.resources.actuals.service import sources_of
from api.resources.analyses.service import document_text
from api.resources.analyses.sources import Sources
from api.resources.plans.schemas import PlanPartnerPath
from api.resources.plans.visible import visible_plan
from api.resources.results.service import partner_of
from api.resources.reviews.schemas import ReviewQuery, ReviewView
from api.text.review_page import STYLE, review_html
from api.web.attachments import attachment
from api.web.context import service
from api.web.offload import read_within_limits
from api.web.problems import HttpProblem
from api.web.request import JSON
from api.web.routing import Routes

HTML, PDF = "text/html", "application/pdf"
OFFERS = (HTML, PDF, JSON)
_MOST = 100
"""Responses of the partner that a review has, the newest."""
_HEAVY = 1_000_000
"""How heavy a page of PDF is to make, in bytes of CSV to read: a tenth of a second and more."""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"

routes = Routes("reviews", "One partner of a plan on one page.")


@routes.get(
    "/plans/<plan_id>/reviews/<path:partner>",
    scope=Scope.PLANS_READ,
    answers={200: ReviewView},
    problems=("findings", "no-result", "no-actuals", "too-long"),
    offers=OFFERS,
)
def get_review(path: PlanPartnerPath, query: ReviewQuery) -> Response:
    """Fetch a partner's review: one page to be talked over

    Target, done, pace and what is needed, the forecast with its interval, what the target is made of, what the
    partner answered and what was agreed. HTML that stands alone, with `Accept: application/pdf` the same as one
    page to print, with `application/json` the document that `cascade review` prints with --json.
    """
    text = _text(path, query)
    best = request.accept_mimetypes.best_match(OFFERS) if "Accept" in request.headers else HTML
    if best == JSON:
        return Response(text, content_type=JSON)
    html = review_html(ReviewDocument.model_validate_json(text))
    if best == PDF:
        return attachment(_pdf(html), PDF, "review.pdf")
    return Response(html, content_type=f"{HTML}; charset=utf-8", headers={"Content-Security-Policy": _POLICY})


def _pdf(html: str) -> bytes:
    try:
        return read_within_limits(_HEAVY, pdf_of, html)
    except OutputError as error:
        raise HttpProblem("not-acceptable", str(error)) from None


def _text(path: PlanPartnerPath, query: ReviewQuery) -> str:
    with service().store.read() as session:
        plan = visible_plan(session, path.plan_id)
        sources = _sources(session, plan, path.partner)
        answers = responses.listed(session, plan.org_id, plan.id, partner=path.partner, limit=_MOST).items
    fields = {
        **query.counted(),
        "partner": path.partner,
        "responses": _answers(answers),
        "commitments": query.commitment,
    }
    try:
        return document_text(sources.question("review", fields), sources)
    except TooMuch as fault:
        raise HttpProblem("too-long", str(fault)) from None


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
