"""A partner in a published plan, for its page: standing, parts, earlier years and what else a review knows."""

from api.analysis.review.document import ReviewDocument, ReviewMetric
from api.db import NotFound
from api.db.tables.plans import Plan
from api.pages.page import Data
from api.pages.pictures.years import years
from api.resources.actuals.schemas import CountedQuery
from api.resources.results.targets_table import targets_table
from api.resources.reviews.service import review_text, sections_of
from api.web.problems import HttpProblem


def partner_review(plan: Plan, partner: str, counted: CountedQuery) -> Data:
    """The partner's review with a picture of its years, by metric; where there is none `refused` says why."""
    known = {"plan": plan.id, "period": plan.period, "done": counted.done}
    try:
        found = ReviewDocument.model_validate_json(review_text(plan.id, partner, counted.counted()))
    except NotFound:
        why = HttpProblem("not-found", f"The plan of {plan.period} has no such partner.")
        return {**known, "refused": why.document(""), "parts": []}
    except HttpProblem as problem:
        parts = [] if problem.code == "no-actuals" else list(targets_table(plan.run_id).periods)
        return {**known, "refused": problem.document(""), "parts": parts}
    return {
        **known,
        "refused": None,
        **found.model_dump(mode="json", include={"as_of", "metrics"}),
        "sections": [{"title": title, "lines": lines} for title, lines in sections_of(found)],
        "pictures": {metric: _picture(each, plan.period) for metric, each in found.metrics.items()},
    }


def _picture(found: ReviewMetric, period: str) -> Data | None:
    before = [(each.year, float(each.done)) for each in found.before]
    return years(before, period, float(found.standing.target))
