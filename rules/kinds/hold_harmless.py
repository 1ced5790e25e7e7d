"""Hold harmless."""

from typing import Self

from pydantic import model_validator

from rules.fields import NumberColumn
from rules.frame import Frame
from rules.rows import Rows
from rules.rule import Rule
from scenarios.numbers import Share


class HoldHarmless(Rule):
    """Near the plan that was published: people have hired and bought on it.

    Formula: (1 − drop_max) · plan ≤ x ≤ (1 + rise_max) · plan

    Example:
        name: near the published plan
        kind: hold_harmless
        plan: plan_fy2027
        drop_max: 10%
        rise_max: 15%
    """

    plan: NumberColumn
    """What was published, in the metric's unit."""
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

    def rows(self, frame: Frame) -> Rows:
        plan = frame.column(self.plan)
        return frame.each(
            {self.one_metric: 1},
            frame.who(self.where),
            lower=None if self.drop_max is None else (1 - self.drop_max) * plan,
            upper=None if self.rise_max is None else (1 + self.rise_max) * plan,
        )
