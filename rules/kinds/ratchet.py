"""The ratchet."""

from typing import ClassVar

from rules.cell_index import CellIndex
from rules.fields import NumberColumn
from rules.rows import Rows
from rules.rule import Rule


class Ratchet(Rule):
    """The bar is not lowered after a miss: who missed the last target is asked for at least as much again.

    Formula: x ≥ last_target where last_actual < last_target

    Example:
        name: the bar stays after a miss
        kind: ratchet
        last_target: target_fy2026
        last_actual: revenue_fy2026
    """

    spares: ClassVar[str] = "who reached the last target"

    last_target: NumberColumn
    """What was asked for, in the metric's unit."""
    last_actual: NumberColumn
    """What was reached."""

    def rows(self, frame: CellIndex) -> Rows:
        asked, reached = frame.column(self.last_target), frame.column(self.last_actual)
        missed = frame.who(self.where) & (reached < asked)
        return frame.each({self.one_metric: 1}, missed, lower=asked)
