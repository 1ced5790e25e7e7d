"""Concentration."""

from rules.cell_index import CellIndex
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Share


class Concentration(Rule):
    """No partner is too large: at most a share of the company target.

    Formula: x ≤ share_max · T

    Example:
        name: nobody too large
        kind: concentration
        share_max: 1.5%
    """

    share_max: Share
    """The largest share of the company target one partner may have."""

    def rows(self, frame: CellIndex) -> Rows:
        most = self.share_max * frame.total(self.one_metric)
        return frame.each({self.one_metric: 1}, frame.who(self.where), upper=most)
