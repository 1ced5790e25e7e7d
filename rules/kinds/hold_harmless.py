"""Hold harmless."""

from typing import Self

from pydantic import model_validator

from rules.cell_index import CellIndex
from rules.fields import NumberColumn
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Share

PUBLISHED = "published"
"""What stands for the published plan in place of a column."""


class HoldHarmless(Rule):
    """Near the plan that was published: people have hired and bought on it.

    In a re-plan, `plan: published` is the published plan itself, and `period: rest` what is left of it; who is not in
    that plan is not spoken of.

    Formula: (1 − drop_max) · plan ≤ x ≤ (1 + rise_max) · plan

    Example:
        name: near the published plan
        kind: hold_harmless
        plan: plan_fy2027
        drop_max: 10%
        rise_max: 15%
    """

    plan: NumberColumn
    """What was published, in the metric's unit; `published` in a re-plan."""
    drop_max: Share | None = None
    """How far below it a target may fall."""
    rise_max: Share | None = None
    """How far above it a target may rise."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.drop_max is None and self.rise_max is None:
            raise ValueError("say drop_max or rise_max or both")
        if self.drop_max is not None and self.drop_max > 1:
            raise ValueError("drop_max is above 100 %, and targets are never below zero")
        return self

    @property
    def needs_past(self) -> bool:
        """The published plan is a re-plan's."""
        return super().needs_past or self.plan == PUBLISHED

    @property
    def supplied(self) -> frozenset[str]:
        """The published plan is no column."""
        return frozenset({PUBLISHED})

    def rows(self, frame: CellIndex) -> Rows:
        published = self.plan == PUBLISHED and frame.past is not None
        plan = frame.published(self.one_metric) if published else frame.column(self.plan)
        who = frame.who(self.where)
        return frame.each(
            {self.one_metric: 1},
            who & frame.was_published(self.one_metric) if published else who,
            lower=None if self.drop_max is None else (1 - self.drop_max) * plan,
            upper=None if self.rise_max is None else (1 + self.rise_max) * plan,
        )
