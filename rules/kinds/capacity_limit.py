"""The capacity limit."""

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, Self

from pydantic import Field, model_validator

from rules.cell_index import CellIndex
from rules.fields import Empty, MetricName, NumberColumn
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Amount
from scenarios.values.rational_array import Exact


class CapacityLimit(Rule):
    """What a partner can carry, over all metrics together; and, where it is said, what must keep it busy.

    Formula: Σ_columns load_min[c] · column[c] ≤ Σ_metrics uses[m] · x[m] ≤ Σ_columns capacity[c] · column[c]

    Example:
        name: people to sell it
        kind: capacity_limit
        uses: {revenue: 1}
        capacity: {employees: 25000}
    """

    metric_needed: ClassVar[bool] = False
    metric_unit: ClassVar[bool] = False

    uses: dict[MetricName, Amount] = Field(min_length=1)
    """What one unit of each metric takes."""
    capacity: dict[NumberColumn, Amount] | None = Field(default=None, min_length=1)
    """What one unit of each column gives: at most so much is used."""
    load_min: dict[NumberColumn, Amount] | None = Field(default=None, min_length=1)
    """What one unit of each column asks for: at least so much is used."""
    empty: Empty | None = None
    """What an empty cell means: `no_limit`; left out, it is a finding."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.capacity is None and self.load_min is None:
            raise ValueError("say capacity or load_min or both")
        if self.empty and self.load_min is not None:
            raise ValueError("empty speaks of capacity alone; ask for load_min in a rule of its own")
        return self

    @property
    def unlimited(self) -> tuple[str, ...]:
        """Whoever has no limit is not limited, where that is declared."""
        return tuple(self.capacity or ()) if self.empty else ()

    def rows(self, frame: CellIndex) -> Rows:
        least, most = (_sum(each, frame) for each in (self.load_min, self.capacity))
        return frame.each(self.uses, self.who(frame), lower=least, upper=most)


def _sum(rates: Mapping[str, Fraction] | None, frame: CellIndex) -> Exact | None:
    """(partners,) Σ rate · column."""
    if rates is None:
        return None
    return sum((rate * frame.column(c) for c, rate in rates.items()), frame.nothing)
