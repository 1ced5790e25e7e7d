"""The adoption."""

from fractions import Fraction

from rules.cell_index import CellIndex
from rules.fields import NumberColumn
from rules.proportion import Proportion
from rules.rows import Rows
from scenarios.values.rational_array import Exact


class Adoption(Proportion):
    """A launch without history: a share of something the partners have already, per partner or together.

    Formula: share_min · column ≤ x ≤ share_max · column; together, Σ_s x against Σ_s column

    Example:
        name: the installed base takes it up
        kind: adoption
        metric: cloud
        column: licences_fy2026
        share_min: 5%
        per: together
        by: region
    """

    column: NumberColumn
    """What the partners have: the installed base, customers, last year of another metric."""

    def rows(self, frame: CellIndex) -> Rows:
        own, who, base = {self.one_metric: 1}, frame.who(self.where), frame.column(self.column)
        if self.per == "partner":
            return frame.each(
                own, who, lower=_share(self.share_min, base), upper=_share(self.share_max, base)
            )
        group, names = frame.groups(self.by, who)
        whole = base[who].sum_by(group[who], len(names))
        lower, upper = _share(self.share_min, whole), _share(self.share_max, whole)
        return frame.together(own, who, lower=lower, upper=upper, by=self.by)


def _share(share: Fraction | None, base: Exact) -> Exact | None:
    return None if share is None else share * base
