"""The capacity limit."""

from typing import ClassVar

from pydantic import Field

from rules.fields import MetricName, NumberColumn
from rules.frame import Frame
from rules.rows import Rows
from rules.rule import Rule
from scenarios.numbers import Amount


class CapacityLimit(Rule):
    """What a partner can carry, over all metrics together.

    Formula: Σ_metrics uses[m] · x[m] ≤ Σ_columns capacity[c] · column[c]

    Example:
        name: people to sell it
        kind: capacity_limit
        uses: {revenue: 1}
        capacity: {employees: 25000}
    """

    metric_needed: ClassVar[bool] = False

    uses: dict[MetricName, Amount] = Field(min_length=1)
    """What one unit of each metric takes."""
    capacity: dict[NumberColumn, Amount] = Field(min_length=1)
    """What one unit of each column gives."""

    def rows(self, frame: Frame) -> Rows:
        carries = sum((rate * frame.column(c) for c, rate in self.capacity.items()), frame.nothing)
        return frame.each(self.uses, frame.who(self.where), upper=carries)
