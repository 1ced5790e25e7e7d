"""The tier minimum."""

import numpy as np

from rules.columns import TIER
from rules.frame import Frame
from rules.rows import Rows
from rules.rule import Rule, TextColumn
from scenarios.exact import Exact
from scenarios.numbers import Amount


class TierMinimum(Rule):
    """The partner programme's minimum: at least so much, by tier.

    Formula: x ≥ minimum[tier]

    Example:
        name: programme minimum
        kind: tier_minimum
        minimum: {Platinum: 12000, Gold: 8000, Silver: 4000, Registered: 2000}
    """

    minimum: dict[str, Amount]
    """The least by tier, in the metric's unit."""
    tier: TextColumn = TIER
    """The column that holds the tier."""

    def rows(self, frame: Frame) -> Rows:
        tiers = list(self.minimum)
        amounts = Exact.of([*self.minimum.values(), 0])
        group = np.array([tiers.index(t) if t in self.minimum else -1 for t in frame.columns.text(self.tier)])
        return frame.each({self.one_metric: 1}, frame.who(self.where), lower=amounts[group])
