"""The season."""

from collections.abc import Iterator
from fractions import Fraction

from rules.cell_index import CellIndex
from rules.proportion import Proportion
from rules.rows import Rows, join, widen
from rules.rule import RuleIssue


class Season(Proportion):
    """A part of the period against the whole: at least or at most a share of it, per partner or together.

    Formula: share_min · Σ_p x[p] ≤ x[period] ≤ share_max · Σ_p x[p]

    Without `period` it holds for each part.

    Example:
        name: no year hangs on December
        kind: season
        period: Q4
        share_max: 35%
    """

    def issues(self, frame: CellIndex) -> Iterator[RuleIssue]:
        if len(frame.periods) < 2:
            yield RuleIssue((), "there are no parts to compare", "Declare periods: [Q1, Q2] in the scenario.")

    def parts(self, frame: CellIndex) -> tuple[str, ...]:
        return super().parts(frame) or frame.periods

    def rows(self, frame: CellIndex) -> Rows:
        return join([self._side(frame, own, of) for own, of in self.sides(part=True)])

    def _side(self, frame: CellIndex, own: Fraction, of: Fraction) -> Rows:
        """The rows own · x[period] + of · Σ_p x[p] ≤ 0."""
        now = frame.period
        terms = [{self.one_metric: of + own * (part == now)} for part in range(frame.parts)]
        return widen([self.balance(t, frame.within(p)) for t, p in zip(terms, frame.periods, strict=True)])
