"""Proportions: what the kinds have in common that keep a target at a share of something else."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Self

from pydantic import model_validator

from rules.cell_index import Amount, CellIndex
from rules.fields import GroupColumn, Per
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Share


class Proportion(Rule, ABC):
    """At least or at most a share of something, for each partner, for all together, or for each group."""

    share_min: Share | None = None
    """At least this share."""
    share_max: Share | None = None
    """At most this share."""
    per: Per = "partner"
    """Whether each partner keeps the share, or all partners together."""
    by: GroupColumn | None = None
    """With `per: together`: each group of this column keeps the share."""

    @model_validator(mode="after")
    def _says_a_share(self) -> Self:
        if self.share_min is None and self.share_max is None:
            raise ValueError("say share_min or share_max or both")
        if self.share_min is not None and self.share_max is not None and self.share_min > self.share_max:
            raise ValueError("share_min is above share_max")
        if self.by is not None and self.per == "partner":
            raise ValueError("by goes with per: together")
        return self

    def sides(self, *, part: bool) -> Iterator[tuple[Fraction, Fraction]]:
        """(own, of) for each limit that says something: it holds where own · x + of · whole ≤ 0.

        `part` tells that x is itself a part of the whole, so that no share of all or more limits it.
        """
        if self.share_min:
            yield Fraction(-1), self.share_min
        if self.share_max is not None and not (part and self.share_max >= 1):
            yield Fraction(1), -self.share_max

    def balance(self, terms: Mapping[str, Amount], frame: CellIndex) -> Rows:
        """The rows Σ coefficient[metric] · target ≤ 0, for whom the rule speaks of."""
        who = frame.who(self.where)
        if self.per == "partner":
            return frame.each(terms, who, upper=0)
        return frame.together(terms, who, upper=0, by=self.by)
