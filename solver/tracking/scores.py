"""Scores of key results, 0 to 1: at every node of what its partners come to together, never a mean of ratios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rules import CellIndex
from rules.key_results import Measure
from scenarios.actuals.actuals import Actuals
from scenarios.values.rational_array import Exact
from solver.cascade.level import Level
from solver.tracking.standing import node_at

_NOTHING, _ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Reading:
    """Where a key result stands at one node."""

    start: Fraction
    now: Fraction
    to: Fraction
    due: Fraction | None = None
    """Where it was due to be on the day; None where no plan says it."""

    @property
    def score(self) -> Fraction | None:
        """clip((now − from) / (to − from), 0, 1); None where there is nowhere to go.

        Source: Google re:Work, grade OKRs. Clipped at each node and never before a sum.
        """
        return self._score(self.now)

    @property
    def due_score(self) -> Fraction | None:
        """The score that was due on the day."""
        return None if self.due is None else self._score(self.due)

    def _score(self, at: Fraction) -> Fraction | None:
        if self.to == self.start:
            return None
        return min(_ALL, max(_NOTHING, (at - self.start) / (self.to - self.start)))


def weighted_mean(scores: Iterable[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """Σ w s / Σ w over pairs of weight and score, those without a score left out; None where no weight is left."""
    known = [(weight, score) for weight, score in scores if score is not None]
    total = sum((weight for weight, _ in known), _NOTHING)
    return sum((weight * score for weight, score in known), _NOTHING) / total if total else None


@dataclass(frozen=True, eq=False)
class Readings:
    """What a key result comes to at the nodes of a level; (nodes,) each."""

    level: Level
    partners: tuple[int, ...]
    """How many it is about."""
    start: Exact
    now: Exact
    to: Exact
    due: Exact

    def at(self, node: int) -> Reading | None:
        """Where it stands at a node; None where it is about no partner there."""
        if not self.partners[node]:
            return None
        return Reading(*(each.at(node) for each in (self.start, self.now, self.to, self.due)))


def readings(
    frame: CellIndex,
    measure: Measure,
    levels: Sequence[Level],
    targets: Exact,
    actuals: Actuals,
    *,
    others: bool,
) -> tuple[Readings, ...]:
    """What a measured key result comes to on each level; each node is the sum of its partners.

    `targets` (cells,) in the frame's order. With `others`, what partners outside the plan did counts above the
    partners, where the path of the levels leads, if the key result is about everybody.
    """
    who = np.flatnonzero(measure.who)
    cells = frame.whole.cells(measure.metric)[list(measure.parts)][:, who]
    shares = [actuals.over[part] for part in measure.parts]
    due = Exact.join([targets[row] * share for row, share in zip(cells, shares, strict=True)])
    amounts = (_start(frame, measure)[who], actuals.done[cells.ravel()], targets[cells.ravel()], due)
    found = []
    for depth, level in enumerate(levels):
        node = level.node[who]
        start, now, to, asked = (
            each.sum_by(np.tile(node, len(each) // len(who)), len(level)) for each in amounts
        )
        if others and measure.is_of_all:
            now = now + _of_others(frame, measure, levels[: depth + 1], actuals)
        counts = np.bincount(node, minlength=len(level))
        found.append(Readings(level, tuple(counts.tolist()), start, now, to, asked))
    return tuple(found)


def _start(frame: CellIndex, measure: Measure) -> Exact:
    """(partners,) where each begins: at zero, or where it was before in these parts."""
    if not measure.from_baseline:
        return frame.nothing
    if len(measure.parts) == frame.parts:
        return frame.whole.baseline(measure.metric)
    parts = (frame.within(frame.periods[part]).baseline(measure.metric) for part in measure.parts)
    return sum(parts, frame.nothing)


def _of_others(frame: CellIndex, measure: Measure, levels: Sequence[Level], actuals: Actuals) -> Exact:
    """(nodes,) what was done by partners who are not in the plan, at the nodes that their rows lead to."""
    sums = [_NOTHING] * len(levels[-1])
    metric = list(frame.metrics).index(measure.metric)
    for each in actuals.unassigned:
        node = node_at(levels, each.path)
        if each.metric == metric and each.part in measure.parts and node is not None:
            sums[node] += each.amount
    return Exact.of(sums)
