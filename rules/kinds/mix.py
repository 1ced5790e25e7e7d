"""The mix."""

from typing import Self

from pydantic import Field, model_validator

from rules.cell_index import CellIndex
from rules.fields import MetricName
from rules.proportion import Proportion
from rules.rows import Rows, join


class Mix(Proportion):
    """One metric against others: at least or at most a share of their sum, per partner or together.

    Formula: share_min · Σ_of x[m] ≤ x ≤ share_max · Σ_of x[m]

    With `of` naming other metrics only, it is an attach rate: so many licences for so much revenue.

    Example:
        name: mostly recurring
        kind: mix
        metric: recurring
        of: [recurring, projects]
        share_min: 60%
    """

    of: tuple[MetricName, ...] = Field(min_length=1)
    """The metrics it is a share of; the metric itself may be one of them."""

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if set(self.of) <= {self.metric} or len(set(self.of)) < len(self.of):
            raise ValueError("of names other metrics, each once")
        return self

    def rows(self, frame: CellIndex) -> Rows:
        metrics = dict.fromkeys((self.one_metric, *self.of))
        sides = self.sides(part=self.metric in self.of)
        terms = [{m: own * (m == self.metric) + of * (m in self.of) for m in metrics} for own, of in sides]
        return join([self.balance(each, frame) for each in terms])
