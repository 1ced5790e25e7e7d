"""Reviews: one partner of a plan on one page, as HTML, PDF or JSON."""

import base64
import hashlib

from flask import Response, request

from api.analysis.review.document import ReviewDocument
from api.db.scopes import Scope
from api.output.errors import OutputError
from api.output.pdf import pdf_of
from api.resources.plans.schemas import PlanPartnerPath
from api.resources.reviews.schemas import ReviewQuery, ReviewView
from api.resources.reviews.service import review_text
from api.text.review_page import STYLE, review_html
from api.web.attachments import attachment
from api.web.offload import read_within_limits
from api.web.problems import HttpProblem
from api.web.request import JSON
from api.web.routing import Routes

HTML, PDF = "text/html", "application/pdf"
OFFERS = (HTML, PDF, JSON)
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
    text = review_text(path.plan_id, path.partner, {**query.counted(), "commitments": query.commitment})
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
