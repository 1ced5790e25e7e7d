"""What is exchanged about reviews."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.analysis.review.document import ReviewDocument
from api.resources.actuals.schemas import CountedQuery
from api.web.schemas import with_example

_EXAMPLE: dict[str, object] = {
    "partner": "acme",
    "name": "Acme",
    "tier": "Gold",
    "scenario": "fy2027",
    "title": "FY2027",
    "as_of": "2027-06-30",
    "parts": [{"name": "H1", "last_day": "2027-06-30", "over": "1"}],
    "metrics": {},
    "responses": [],
    "firsts": {},
    "next_tier": None,
    "earns": None,
    "returns": [],
    "key_results": [],
    "commitments": ["a joint campaign in March"],
    "findings": [],
}


class ReviewView(ReviewDocument):
    """One partner's review: the document that `cascade review` prints with --json."""

    model_config = with_example(_EXAMPLE)


class ReviewQuery(CountedQuery):
    """Of which day, and what was agreed."""

    commitment: list[Annotated[str, StringConstraints(min_length=1, max_length=500)]] = Field(
        default_factory=list, max_length=3, description="What was agreed; may be given three times."
    )
