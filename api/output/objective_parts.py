"""Objectives and their key results as parts of documents, with the grades of their scores."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Literal

from pydantic import Field

from api.output.document import Amount, Document
from scenarios.objectives import Commitment

Grade = Literal["green", "yellow", "red"]
"""How good a score is."""
_BOUNDS: dict[Commitment, tuple[Fraction, Fraction]] = {
    "committed": (Fraction(1), Fraction(7, 10)),
    "aspirational": (Fraction(7, 10), Fraction(4, 10)),
}
"""From which score on it is green, and yellow; of aspirations as Google re:Work grades them."""


def grade_of(score: Fraction | None, kind: Commitment, due: Fraction | None = None) -> Grade | None:
    """The grade of a score; None where there is none, and before anything is `due` or done."""
    if score is None or (score == 0 and due == 0):
        return None
    green, yellow = _BOUNDS[kind]
    return "green" if score >= green else "yellow" if score >= yellow else "red"


class CheckInPart(Document):
    """A number, and who said it when."""

    on: date | None
    """Null where no day is stated."""
    now: Amount
    by: str | None
    note: str


class KeyResultPart(Document):
    """A key result as it stands for all that it is about; numbers to six decimals."""

    name: str
    of: str | None
    """The target or rule of the scenario that it is; null where it states its own numbers."""
    metric: str | None
    unit: str | None
    """What the numbers count; `%` of those written as percentages; null where it is not said."""
    kind: Commitment
    weight: Amount
    start: Amount = Field(alias="from")
    now: Amount | None
    """The sum of the actuals, or the last check-in by the day; null where there is none by then."""
    to: Amount
    due: Amount | None
    """Where it was due to be on the day, by the plan's own phasing; null where no plan says it."""
    score: Amount | None
    """0 to 1; null without `now`, or where nothing is asked."""
    due_score: Amount | None
    """The score that was due on the day; null like due."""
    grade: Grade | None
    """Null without a score, and before anything is due or done."""
    by: str | None
    """Who answers for it."""
    check_ins: tuple[CheckInPart, ...]
    """By the day, oldest first; none where the actuals say it."""


class ObjectivePart(Document):
    """An objective as it stands for the company."""

    name: str
    period: str
    why: str
    by: str | None
    """Who answers for it."""
    kind: Commitment
    score: Amount | None
    """The mean of the scores by weight; null where no key result has one."""
    grade: Grade | None
    """Null without a score, and before anything is due or done."""
    key_results: tuple[KeyResultPart, ...]
