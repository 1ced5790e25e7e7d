"""What can be asked about a goal whose returns diminish, and the answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.analysis.request import Request
from api.output.conflict_document import ConflictPart
from api.output.document import Amount, Document
from api.output.partner_names import PartnerPart
from api.output.solve_state import State

Held = Literal["floor", "cap", "rule"]


class ReturnsRequest(Request):
    """What a goal with diminishing returns brings: in all, by partner, and what one more unit would bring where."""

    goal: int | None = Field(default=None, ge=1)
    """Which goal of the scenario, counted from 1; the first with `half_at` if left out."""


class PartnerReturn(PartnerPart):
    """What the target of one partner brings."""

    metric: str
    target: Amount
    """Of the whole period."""
    returns: Amount
    """What it brings; to six decimals, as all that follows."""
    marginal: Amount
    """What one more unit of the metric would bring."""
    most: Amount
    """What no target could bring more than."""
    half_at: Amount
    """The target that brings half of that."""
    held_by: Held | None
    """What holds it: its floor, its cap, or a rule over several targets; null where nothing does but the total, and
    marginal returns are alike."""


class MetricReturn(Document):
    """What a metric with diminishing returns brings."""

    metric: str
    unit: str
    target: Amount
    """Of all partners."""
    returns: Amount
    least_marginal: Amount | None
    """Of partners whom no limit holds, before rounding; null where there are none."""
    most_marginal: Amount | None
    """The same, the most; the two differ where `give_up` leaves something for an even spread."""


class ReturnsDocument(Document):
    """What a goal with diminishing returns brings."""

    scenario: str
    title: str
    state: State
    reason: str | None
    """Why the solve failed."""
    conflict: ConflictPart | None
    """Why there are no targets."""
    goal: str | None
    """What is sought; null where there are no targets."""
    give_up: Amount | None
    """How much of the best might be given up for an even spread, as a part of it."""
    best: Amount | None
    """What the best targets bring, before rounding."""
    bound: Amount | None
    """What no targets bring more than, proved in exact arithmetic; null where nothing bounds them."""
    reached: Amount | None
    """What the targets bring, the linear part of the goal too; computed exactly."""
    metrics: tuple[MetricReturn, ...]
    by_partner: tuple[PartnerReturn, ...]
    """By metric, the highest marginal return first."""
