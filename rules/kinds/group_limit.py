"""The group limit."""

from fractions import Fraction
from typing import Self

from pydantic import model_validator

from rules.cell_index import CellIndex
from rules.fields import GroupColumn, Money
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Share


class GroupLimit(Rule):
    """A part of the partners together: at least or at most an amount, or a share of the company target.

    Formula: total_min ≤ Σ_s x ≤ total_max, or share_min · T ≤ Σ_s x ≤ share_max · T; for each group with `by`; where
    `by` names a split, each x counts by the partner's share in the group

    Example:
        name: Europe counts
        kind: group_limit
        where: {territory_group: Europe}
        share_min: 23.5%
    """

    total_min: Money | None = None
    """At least this much together."""
    total_max: Money | None = None
    """At most this much together."""
    share_min: Share | None = None
    """At least this share of the company target."""
    share_max: Share | None = None
    """At most this share of the company target."""
    by: GroupColumn | None = None
    """One limit for each group of this column, instead of one for all together."""

    @model_validator(mode="after")
    def _limits_are_consistent(self) -> Self:
        if self.total_min is not None and self.share_min is not None:
            raise ValueError("say total_min or share_min, not both")
        if self.total_max is not None and self.share_max is not None:
            raise ValueError("say total_max or share_max, not both")
        limits = (self.total_min, self.share_min, self.total_max, self.share_max)
        if all(limit is None for limit in limits):
            raise ValueError("say at least one of total_min, total_max, share_min, share_max")
        for low, high in ((self.total_min, self.total_max), (self.share_min, self.share_max)):
            if low is not None and high is not None and low > high:
                raise ValueError("the least is above the most")
        return self

    @property
    def must_place(self) -> bool:
        """A least above zero does; with `by`, groups without partners are none."""
        return self.by is None and bool(self.total_min or self.share_min)

    def rows(self, frame: CellIndex) -> Rows:
        whole = frame.total(self.one_metric)
        return frame.together(
            {self.one_metric: 1},
            frame.who(self.where),
            lower=_limit(self.total_min, self.share_min, whole),
            upper=_limit(self.total_max, self.share_max, whole),
            by=self.by,
        )


def _limit(amount: Fraction | None, share: Fraction | None, whole: Fraction) -> Fraction | None:
    return share * whole if share is not None else amount
