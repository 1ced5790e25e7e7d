"""Catching up."""

from rules.cell_index import REST, CellIndex
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Part


class CatchUp(Rule):
    """Who missed makes up for a part of it: in a re-plan, the rest is raised by that share of the own miss.

    Formula: Σ_rest x ≥ Σ_rest p + share_min · max(0, Σ_done (p − a)), with p published and a done

    Example:
        name: makes up for half of its own miss
        kind: catch_up
        share_min: 50%
        priority: 2
    """

    share_min: Part
    """How much of the own miss the rest makes up for."""

    @property
    def needs_past(self) -> bool:
        """There is nothing to catch up with before a part is over."""
        return True

    def rows(self, frame: CellIndex) -> Rows:
        rest = frame.within(REST)
        asked = rest.published(self.one_metric) + rest.missed(self.one_metric) * self.share_min
        return rest.each({self.one_metric: 1}, frame.who(self.where), lower=asked)
