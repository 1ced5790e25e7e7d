"""Headroom."""

from rules.fields import NumberColumn
from rules.frame import Frame
from rules.rows import Rows
from rules.rule import Rule
from scenarios.numbers import Share


class Headroom(Rule):
    """At most a share of the partner's own business.

    Formula: x ≤ share_max · column

    Example:
        name: share of their own sales
        kind: headroom
        column: annual_sales
        share_max: 40%
    """

    column: NumberColumn
    """The partner's own business, in the metric's unit."""
    share_max: Share
    """The most that may be asked of it."""

    def rows(self, frame: Frame) -> Rows:
        most = self.share_max * frame.column(self.column)
        return frame.each({self.one_metric: 1}, frame.who(self.where), upper=most)
