"""The company target."""

from fractions import Fraction
from typing import Self

from pydantic import field_validator, model_validator

from rules.cell_index import CellIndex
from rules.fields import Money, no_percentage
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Percent


class CompanyTarget(Rule):
    """What is to be placed: a number, or a growth on the baseline, for all partners or a part of them.

    Formula: Σ_s x = total, or total_min ≤ Σ_s x ≤ total_max; with growth, total = (1 + growth) · Σ_s b

    A growth is placed to the nearest whole unit.

    Example:
        name: company target
        kind: company_target
        metric: revenue
        total: 40226000
    """

    total: Money | None = None
    """Exactly this much."""
    growth: Percent | None = None
    """Exactly the baseline of the partners it speaks of, grown by this much."""
    total_min: Money | None = None
    """At least this much."""
    total_max: Money | None = None
    """At most this much."""

    @field_validator("total", mode="before")
    @classmethod
    def _is_an_amount(cls, value: object) -> object:
        return no_percentage(value, remedy=f"Write growth: {value}, or the amount")

    @model_validator(mode="after")
    def _one_way_of_saying_it(self) -> Self:
        low, high = self.total_min, self.total_max
        ways = (self.total is not None, self.growth is not None, low is not None or high is not None)
        if sum(ways) != 1:
            raise ValueError("say either total, or growth, or total_min and/or total_max")
        if low is not None and high is not None and low > high:
            raise ValueError("total_min is above total_max")
        if self.growth is not None and self.growth < -1:
            raise ValueError("growth is below -100 %, and targets are never below zero")
        return self

    @property
    def uses_baseline(self) -> bool:
        """A growth is."""
        return self.growth is not None

    @property
    def exact(self) -> bool:
        """Whether it places one number, rather than at least or at most."""
        return self.total is not None or self.growth is not None

    def limits(self, frame: CellIndex) -> tuple[Fraction | None, Fraction | None]:
        """The least and the most that may be placed."""
        if self.growth is None:
            return (self.total, self.total) if self.total is not None else (self.total_min, self.total_max)
        unit = frame.metrics[self.one_metric].round_to
        grown = (1 + self.growth) * frame.baseline(self.one_metric)[frame.who(self.where)].sum()
        whole = round(grown / unit) * unit
        return whole, whole

    def rows(self, frame: CellIndex) -> Rows:
        low, high = self.limits(frame)
        return frame.together({self.one_metric: 1}, frame.who(self.where), lower=low, upper=high)
