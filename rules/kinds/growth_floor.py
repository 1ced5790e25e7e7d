"""The growth floor."""

from rules.cell_index import CellIndex
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Percent


class GrowthFloor(Rule):
    """Each partner grows on its baseline by at least a percentage.

    Formula: x ≥ (1 + growth_min) · b

    Example:
        name: everyone grows
        kind: growth_floor
        growth_min: 3%
        priority: 1
    """

    growth_min: Percent
    """The least growth; -10% allows a fall of a tenth."""

    @property
    def uses_baseline(self) -> bool:
        """Growth is counted from the baseline."""
        return True

    def rows(self, frame: CellIndex) -> Rows:
        least = (1 + self.growth_min) * frame.baseline(self.one_metric)
        return frame.each({self.one_metric: 1}, frame.who(self.where), lower=least)
