"""The tier minimum."""

from collections.abc import Iterator
from fractions import Fraction

from rules.cell_index import CellIndex
from rules.columns import TIER
from rules.fields import Money, TextColumn
from rules.rows import Rows
from rules.rule import Rule, RuleIssue
from scenarios import did_you_mean
from scenarios.values.rational_array import Exact


class TierMinimum(Rule):
    """The partner programme's minimum: at least so much, by tier.

    Formula: x ≥ minimum[tier]

    Example:
        name: programme minimum
        kind: tier_minimum
        minimum: {Platinum: 12000, Gold: 8000, Silver: 4000, Registered: 2000}
    """

    minimum: dict[str, Money]
    """The least by tier, in the metric's unit."""
    tier: TextColumn = TIER
    """The column that holds the tier."""

    def issues(self, frame: CellIndex) -> Iterator[RuleIssue]:
        _, found = frame.groups(self.tier, frame.who(self.where))
        for tier in found:
            if tier and tier not in self.minimum:
                message = f"minimum says nothing of {self.tier} {tier!r}"
                yield RuleIssue(("minimum",), message, "Add it; 0 means none.")
        _, known = frame.columns.groups(self.tier)
        for tier in self.minimum:
            if tier not in known:
                message, remedy = f"no partner has {self.tier} {tier!r}", did_you_mean(tier, known)
                path = ("minimum", tier)
                yield RuleIssue(path, message, remedy or "Check the spelling.", "where-nobody", "warning")

    def rows(self, frame: CellIndex) -> Rows:
        group, tiers = frame.columns.groups(self.tier)
        least = Exact.of([self.minimum.get(tier, Fraction(0)) for tier in tiers])[group]
        return frame.each({self.one_metric: 1}, frame.who(self.where), lower=least)
