"""The ramp."""

from fractions import Fraction
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from rules.columns import TIER
from rules.fields import NumberColumn, TextColumn
from rules.frame import Frame
from rules.rows import Rows
from rules.rule import Rule
from scenarios.exact import Exact
from scenarios.numbers import Share

Steps = dict[Annotated[int, Field(ge=0)], Share]


class Ramp(Rule):
    """New partners grow into it: by months since start, a share of what is usual in their group.

    Formula: ramp_min[months] · M ≤ x ≤ ramp[months] · M, with M the median of the group's fair shares

    A step holds from its month until the next; the last one holds on.
    The median is that of the whole group, whoever the rule speaks of.

    Example:
        name: new partners grow into it
        kind: ramp
        where: {months_since_start: {max: 11}}
        months: months_since_start
        ramp: {0: 20%, 3: 40%, 6: 70%, 9: 90%}
    """

    months: NumberColumn
    """Months since the partner started."""
    ramp: Steps | None = None
    """The most, by months since start."""
    ramp_min: Steps | None = None
    """The least, by months since start."""
    by: TextColumn | None = TIER
    """The column that makes groups of like partners; null: all partners are one group."""

    @model_validator(mode="after")
    def _starts_at_the_start(self) -> Self:
        steps = [each for each in (self.ramp, self.ramp_min) if each is not None]
        if not steps:
            raise ValueError("say ramp or ramp_min or both")
        if any(0 not in each for each in steps):
            raise ValueError("the first step is month 0")
        if (
            self.ramp
            and self.ramp_min
            and any(_at(self.ramp_min, m) > _at(self.ramp, m) for m in {*self.ramp, *self.ramp_min})
        ):
            raise ValueError("ramp_min is above ramp")
        return self

    def rows(self, frame: Frame) -> Rows:
        usual = frame.median_share(self.one_metric, self.by)
        return frame.each(
            {self.one_metric: 1},
            frame.who(self.where),
            lower=None if self.ramp_min is None else self._step(self.ramp_min, frame) * usual,
            upper=None if self.ramp is None else self._step(self.ramp, frame) * usual,
        )

    def _step(self, steps: dict[int, Fraction], frame: Frame) -> Exact:
        """(partners,) the share that holds for each partner's months."""
        months, started = sorted(steps), frame.column(self.months)
        passed = np.sum([started >= month for month in months], axis=0)
        return Exact.of([steps[month] for month in months])[passed - 1]


def _at(steps: dict[int, Fraction], month: int) -> Fraction:
    return steps[max(step for step in steps if step <= month)]
