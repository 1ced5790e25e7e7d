"""Headroom."""

from rules.cell_index import CellIndex
from rules.fields import Empty, NumberColumn
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Share


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

    empty: Empty | None = None
    """What an empty cell means: `no_limit`; left out, it is a finding."""

    @property
    def unlimited(self) -> tuple[str, ...]:
        """Whoever has no limit is not limited, where that is declared."""
        return (self.column,) if self.empty else ()

    def rows(self, frame: CellIndex) -> Rows:
        most = self.share_max * frame.column(self.column)
        return frame.each({self.one_metric: 1}, self.who(frame), upper=most)
