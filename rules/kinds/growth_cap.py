"""The growth cap."""

from fractions import Fraction

from rules.cell_index import CellIndex
from rules.fields import Money
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Percent


class GrowthCap(Rule):
    """No target beyond reach: at most a growth on the baseline, or an allowance where that is more.

    Formula: x ≤ max((1 + growth_max) · b, allowance)

    Example:
        name: within reach
        kind: growth_cap
        growth_max: 35%
        allowance: 40000
    """

    growth_max: Percent
    """The most growth."""
    allowance: Money = Fraction(0)
    """What may be asked of anybody, also of a partner with little or no baseline."""

    @property
    def uses_baseline(self) -> bool:
        """Growth is counted from the baseline."""
        return True

    def rows(self, frame: CellIndex) -> Rows:
        most = ((1 + self.growth_max) * frame.baseline(self.one_metric)).maximum(self.allowance)
        return frame.each({self.one_metric: 1}, frame.who(self.where), upper=most)
