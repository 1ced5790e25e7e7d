"""The weighted limit."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import Field, model_validator

from rules.cell_index import Amount, CellIndex
from rules.fields import GroupColumn, MetricName, Money, Value
from rules.rows import Rows, join
from rules.rule import Rule, RuleIssue
from rules.values import check_values, value_of
from scenarios.values.number_fields import Share


class WeightedLimit(Rule):
    """A weighted sum of targets: a budget that they may cost, a margin that they must bring.

    Formula: total_min ≤ V ≤ total_max, or share_min · Σ_s x[of] ≤ V ≤ share_max · Σ_s x[of], with
    V = Σ_s Σ_m values[m] · x[m]; for each group with `by`

    Example:
        name: margin holds
        kind: weighted_limit
        values: {revenue: margin_rate, licences: 35}
        of: revenue
        share_min: 22%
    """

    metric_needed: ClassVar[bool] = False
    metric_unit: ClassVar[bool] = False

    values: dict[MetricName, Value] = Field(min_length=1)
    """What one unit of each metric counts: a column, or one number for all."""
    total_min: Money | None = None
    """At least this much together."""
    total_max: Money | None = None
    """At most this much together."""
    share_min: Share | None = None
    """At least this share of the targets of `of`."""
    share_max: Share | None = None
    """At most this share of the targets of `of`."""
    of: MetricName | None = None
    """The metric whose targets a share is taken of; left out, the one in `values`."""
    by: GroupColumn | None = None
    """One limit for each group of this column, instead of one for all together."""

    @model_validator(mode="after")
    def _limits_are_consistent(self) -> Self:
        totals, shares = (self.total_min, self.total_max), (self.share_min, self.share_max)
        if (totals == (None, None)) == (shares == (None, None)):
            raise ValueError("say total_min and/or total_max, or share_min and/or share_max")
        if any(low is not None and high is not None and low > high for low, high in (totals, shares)):
            raise ValueError("the least is above the most")
        if totals != (None, None) and self.of is not None:
            raise ValueError("of goes with share_min or share_max")
        if shares != (None, None) and self.of is None and len(self.values) > 1:
            raise ValueError("say of which metric's targets the share is: of")
        return self

    def issues(self, frame: CellIndex) -> Iterator[RuleIssue]:
        yield from check_values(self.values, ("values",), frame)

    def rows(self, frame: CellIndex) -> Rows:
        terms = {metric: value_of(value, frame) for metric, value in self.values.items()}
        if self.total_min is not None or self.total_max is not None:
            return self._together(terms, frame, self.total_min, self.total_max)
        of = self.of or next(iter(terms))
        beyond = [
            {**terms, of: terms.get(of, 0) - s} for s in (self.share_min, self.share_max) if s is not None
        ]
        ends = [(0, None)] * (self.share_min is not None) + [(None, 0)] * (self.share_max is not None)
        sides = [self._together(each, frame, *end) for each, end in zip(beyond, ends, strict=True)]
        return join([side.both() for side in sides]) if len(sides) > 1 else sides[0]

    def _together(
        self, terms: dict[str, Amount], frame: CellIndex, least: Amount | None, most: Amount | None
    ) -> Rows:
        rows = frame.together(terms, frame.who(self.where), lower=least, upper=most, by=self.by)
        return rows.upright()
