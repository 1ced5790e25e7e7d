"""The ramp."""

from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from rules.cell_index import CellIndex
from rules.columns import TIER
from rules.fields import DateColumn, NumberColumn, TextColumn
from rules.months import check_steps, months_of, shares_at
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.days import Day
from scenarios.values.number_fields import Share, Whole
from scenarios.values.rational_array import Exact

Steps = dict[Annotated[Whole, Field(ge=0)], Share]


class Ramp(Rule):
    """New partners grow into it: by months since start, a share of what is usual in their group.

    Formula: ramp_min[months] · M ≤ x ≤ ramp[months] · M, with M the median of the group's fair shares

    A step holds from its month until the next; the last one holds on. Months are those of a column, or whole
    months from the day in `since` to the day `on`.
    The median is that of the whole group, whoever the rule speaks of.

    Example:
        name: new partners grow into it
        kind: ramp
        where: {months_since_start: {max: 11}}
        months: months_since_start
        ramp: {0: 20%, 3: 40%, 6: 70%, 9: 90%}
    """

    months: NumberColumn | None = None
    """Months since the partner started."""
    since: DateColumn | None = None
    """The day on which the partner started, in place of `months`."""
    on: Day | None = None
    """The day up to which months since the start are counted: the first of the plan."""
    ramp: Steps | None = None
    """The most, by months since start."""
    ramp_min: Steps | None = None
    """The least, by months since start."""
    by: TextColumn | None = TIER
    """The column that makes groups of like partners; null: all partners are one group."""

    @model_validator(mode="after")
    def _starts_at_the_start(self) -> Self:
        check_steps(self.ramp, self.ramp_min)
        if (self.months is None) == (self.since is None) or (self.since is None) != (self.on is None):
            raise ValueError("say months, or since and on: the day up to which months are counted")
        return self

    def rows(self, frame: CellIndex) -> Rows:
        usual = frame.median_share(self.one_metric, self.by)
        return frame.each(
            {self.one_metric: 1},
            frame.who(self.where),
            lower=None if self.ramp_min is None else self._step(self.ramp_min, frame) * usual,
            upper=None if self.ramp is None else self._step(self.ramp, frame) * usual,
        )

    def _step(self, steps: dict[int, Fraction], frame: CellIndex) -> Exact:
        """(partners,) the share that holds for each partner's months."""
        return shares_at(steps, months_of(frame, self.months, self.since, self.on))
