"""Standing: what was asked, done and due at every node of the cascade, and the state that this comes to.

A node's amounts are the sums of its partners'; ratios are taken of the sums, never a mean of ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex
from scenarios.actuals.actuals import Actuals
from scenarios.actuals.unassigned import Unassigned
from scenarios.forms import TrackForm
from scenarios.values.rational_array import Exact
from solver.cascade.level import Level, levels_of

Index = NDArray[np.intp]
State = Literal["met", "ahead", "on_track", "behind", "off_track", "missed", "not_due"]


@dataclass(frozen=True)
class Standing:
    """Where one node stands in one metric, amounts in its unit."""

    target: Fraction
    """X: asked in the whole period."""
    done: Fraction
    """Σ a: done so far."""
    expected: Fraction
    """E: due so far by the plan's own phasing, a running part by its days."""
    unassigned: Fraction
    """The part of what was done that no partner of the plan did."""

    @property
    def attainment(self) -> Fraction | None:
        """Σ a / X; None where nothing is asked."""
        return self.done / self.target if self.target else None

    @property
    def pace(self) -> Fraction | None:
        """Σ a / E; None where nothing was due."""
        return self.done / self.expected if self.expected else None

    @property
    def at_this_pace(self) -> Fraction | None:
        """X · pace: what the whole comes to if the rest goes as what was due has gone."""
        return None if self.pace is None else self.target * self.pace

    @property
    def rest(self) -> Fraction:
        """X − Σ a: what is still to be done; nothing once the target is met."""
        return max(Fraction(0), self.target - self.done)

    @property
    def required_pace(self) -> Fraction | None:
        """(X − Σ a) / (X − E): how the rest must go beside what is due in it; None where nothing more is due."""
        left = self.target - self.expected
        return self.rest / left if left > 0 else None

    def state(self, track: TrackForm) -> State:
        """The state by the bounds of pace; met and missed are for good."""
        # For good, and so before all states by pace; a target of zero is met from the start.
        if self.done >= self.target:
            return "met"
        # All of it is due: what is missing can come no more.
        if self.expected == self.target:
            return "missed"
        if self.pace is None:
            return "not_due"
        if self.pace >= track.ahead:
            return "ahead"
        if self.pace >= track.on_track:
            return "on_track"
        return "behind" if self.pace >= track.off_track else "off_track"


@dataclass(frozen=True, eq=False)
class StandingLayer:
    """A level with what its nodes come to; (metrics · nodes,) each."""

    level: Level
    target: Exact
    done: Exact
    expected: Exact
    unassigned: Exact

    def at(self, metric: int, node: int) -> Standing:
        """Where a node stands in a metric."""
        row = metric * len(self.level) + node
        columns = (self.target, self.done, self.expected, self.unassigned)
        return Standing(*(each.at(row) for each in columns))


def standings(
    frame: CellIndex, cascade: Sequence[str], targets: Exact, actuals: Actuals
) -> tuple[StandingLayer, ...]:
    """The layers of a cascade, from the company down to the partners.

    `targets` (cells,) in the frame's order.
    """
    levels = levels_of(frame.columns, cascade)
    shares = [Exact.full(frame.partners, share) for _ in frame.metrics for share in actuals.over]
    due = _products(targets, shares)
    layers = []
    for depth, level in enumerate(levels):
        sums = [_by_node(frame, level, each) for each in (targets, actuals.done, due)]
        others = _unassigned(frame, levels[: depth + 1], actuals.unassigned)
        # What others did counts as done but was no one's target: it has no part in what was due.
        layers.append(StandingLayer(level, sums[0], sums[1] + others, sums[2], others))
    return tuple(layers)


def _products(targets: Exact, shares: Sequence[Exact]) -> Exact:
    """(cells,) each target times the share of its part that is over."""
    size = len(shares[0])
    return Exact.join([targets[n * size : (n + 1) * size] * share.at(0) for n, share in enumerate(shares)])


def _by_node(frame: CellIndex, level: Level, amounts: Exact) -> Exact:
    """(metrics · nodes,) the sums over the parts and partners of each node."""
    credited, entries = level.credited(amounts), len(level.node)
    cell = np.arange(len(credited), dtype=np.intp)
    metric = cell // (frame.parts * entries)
    return credited.sum_by(metric * len(level) + level.node[cell % entries], len(frame.metrics) * len(level))


def _unassigned(frame: CellIndex, levels: Sequence[Level], found: Sequence[Unassigned]) -> Exact:
    """(metrics · nodes,) what was done outside the plan, at the nodes of the last level that its path leads to."""
    level = levels[-1]
    sums = [Fraction(0)] * (len(frame.metrics) * len(level))
    for each in found:
        node = node_at(levels, each.path)
        if node is not None:
            sums[each.metric * len(level) + node] += each.amount
    return Exact.of(sums)


def node_at(levels: Sequence[Level], path: Sequence[str]) -> int | None:
    """The node of the last level that a path leads to; None where it ends above, or leads nowhere."""
    node = 0
    for depth, level in enumerate(levels[1:]):
        if depth >= len(path):
            return None
        here = np.flatnonzero((level.parent == node) & (level.names == path[depth]))
        if not len(here):
            return None
        node = int(here[0])
    return node
