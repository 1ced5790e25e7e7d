"""The lock."""

from rules.cell_index import CellIndex
from rules.fields import Money
from rules.rows import Rows
from rules.rule import Rule


class Lock(Rule):
    """A target decided by people, kept as given.

    Formula: x = target

    Example:
        name: opens a second store
        kind: lock
        where: {partner_id: AW00000006}
        target: 120000
    """

    target: Money
    """The target of every partner it speaks of."""

    def rows(self, frame: CellIndex) -> Rows:
        who = frame.who(self.where)
        return frame.each({self.one_metric: 1}, who, lower=self.target, upper=self.target)
