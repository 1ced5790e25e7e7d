"""The personal best."""

from fractions import Fraction
from functools import reduce

from pydantic import Field

from rules.cell_index import CellIndex
from rules.fields import NumberColumn
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Share
from scenarios.values.rational_array import Exact


class PersonalBest(Rule):
    """Something not yet attained: at least the best of past periods, and a margin more.

    Formula: x ≥ (1 + margin) · max(columns)

    Example:
        name: better than ever before
        kind: personal_best
        columns: [fy2018, fy2019, fy2020]
        margin: 2%
    """

    columns: tuple[NumberColumn, ...] = Field(min_length=1)
    """What the partner reached in past periods."""
    margin: Share = Fraction(0)
    """How much more than the best."""

    def rows(self, frame: CellIndex) -> Rows:
        best = reduce(Exact.maximum, [frame.column(column) for column in self.columns])
        return frame.each({self.one_metric: 1}, frame.who(self.where), lower=(1 + self.margin) * best)
