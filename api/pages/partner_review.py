"""A partner in a published plan, for its page: standing, parts, earlier years and what else a review knows."""

from api.analysis.review.document import ReviewDocument, ReviewMetric
from api.db import NotFound
from api.pages.page import Data
from api.pages.pictures.years import years
from api.resources.reviews.service import review_text, sections_of
from api.web.problems import HttpProblem


def partner_review(plan_id: str, period: str, partner: str) -> Data | None:
    """The partner's review with a picture of its years, by metric; None where there is none to be made."""
    try:
        found = ReviewDocument.model_validate_json(review_text(plan_id, partner, {}))
    except (HttpProblem, NotFound):
        return None
    return {
        "plan": plan_id,
        **found.model_dump(mode="json", include={"as_of", "metrics"}),
        "sections": [{"title": title, "lines": lines} for title, lines in sections_of(found)],
        "pictures": {metric: _picture(each, period) for metric, each in found.metrics.items()},
    }


def _picture(found: ReviewMetric, period: str) -> Data | None:
    before = [(each.year, float(each.done)) for each in found.before]
    return years(before, period, float(found.standing.target))
