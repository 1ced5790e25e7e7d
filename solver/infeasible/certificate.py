"""Certificate: multipliers of rows and bounds that prove rules cannot hold together (Farkas 1902).

Rows times their multipliers add up to one row. Where the least that their limits ask of it is more than the most
that floors and caps let it come to, no targets keep them all. Multipliers that are not the best prove less, never
something wrong: a certificate can be read with other limits, and tells up to where it refutes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from solver.engines.quadratic_program import Vector
from solver.infeasible.incremental import RulePart
from solver.infeasible.system import Bounds, System
from solver.model.program import NO_RULE, Index, Mask

_NOISE = 1e-7
"""A multiplier of a cell, as a part of what adds up to it, that an engine has left where zero should be. It counts
with the most that the cell can come to, so that the proof stays one; the rule of that cap is not named."""
_SMALL = 1e-6
"""Cells with multipliers below this part of the largest are not reported."""
_PROOF = 1e-11
"""A proof must be larger than this part of the amounts it adds up: a thousand times what adding floats may lose."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Multipliers by rule; positive ones push a row up to its lower limit, negative ones down to its upper."""

    rows: Mapping[int, Vector]
    """Rule to (rows of several cells,) multipliers; rules that are not named have none."""
    crossing: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    """Cells whose floor is held against their own cap."""
    _read: dict[int, tuple[RulePart, float, Vector]] = field(default_factory=dict, repr=False)

    def stretched(self, rule: int, factor: float) -> Certificate | None:
        """The same with the multipliers of a rule times a factor; None where it has none."""
        if rule not in self.rows:
            return None
        return Certificate({**self.rows, rule: factor * self.rows[rule]}, self.crossing)

    def proof(self, system: System) -> Proof:
        """What it proves of a system."""
        combined, noise = np.zeros(system.frame.size), np.zeros(system.frame.size)
        asked: dict[int, float] = {}
        for part in system.parts:
            if (read := self._of(part)) is not None:
                asked[part.rule], gradient = read
                combined += gradient
                noise = np.maximum(noise, np.abs(gradient))
        # What several rules add up to where they should cancel; beside the largest of them it is an
        # engine's rounding.
        near_zero = np.abs(combined) <= _NOISE * noise
        return Proof(asked, -combined, noise, near_zero, self.crossing, system)

    def refutes(self, system: System) -> bool:
        """Whether it proves that a system cannot hold: in fractions where its limits are as rules state them.

        Sums of floats come first, for they are quick: of what they are sure is no proof, no fraction is added up. Where
        limits were moved, so that there are only floats, theirs is the last word.
        """
        proof, exact = self.proof(system), system.exact
        # Sums that are clearly below zero stay so in fractions; the others are decided there.
        if exact is None or not proof.near:
            return proof.holds
        if bool((exact.floors > exact.caps)[self.crossing].any()):
            return True
        return exact.refuted_by({
            part.rule: _everywhere(part, y)
            for part in system.parts
            if (y := self.rows.get(part.rule)) is not None and len(y) == len(part.several)
        })  # fmt: skip

    def _of(self, part: RulePart) -> tuple[float, Vector] | None:
        """What a part's limits come to, and (cells,) its rows added up; kept, because most parts are read again."""
        y = self.rows.get(part.rule)
        if y is None or len(y) != len(part.several) or not y.any():
            return None
        known = self._read.get(part.rule)
        # By identity: one rule changes at a time, and the parts of all others are the same objects.
        if known is None or known[0] is not part:
            limits = np.where(y > 0, part.lower, part.upper)
            # 0 · ∞ is no number: rows without a multiplier may lack the limit.
            amount = float((y * np.where(y == 0, 0.0, limits)).sum())
            known = self._read[part.rule] = (part, amount, part.terms.transposed(y))
        return known[1:]


@dataclass(frozen=True, eq=False)
class Proof:
    """What rows and bounds add up to; they cannot all hold where that is above zero."""

    asked: Mapping[int, float]
    """Rule to its rows' limits times their multipliers."""
    bound_multipliers: Vector
    """(cells,) the multiplier of the cell's bound: positive on its floor, negative on its cap."""
    gradient: Vector
    """(cells,) the largest multiplier that the rows of one rule have for it."""
    near_zero: Mask
    """(cells,) where the multiplier is what an engine has left of zero, so that its rule is not named."""
    crossing: Index
    system: System

    @property
    def bounds(self) -> Bounds:
        """Floors and caps."""
        return self.system.bounds

    @cached_property
    def of_bounds(self) -> Vector:
        """(cells,) bounds times their multipliers."""
        at = np.where(self.bound_multipliers > 0, self.bounds.lower, self.system.reach)
        # A cap counts with the most that its cell can reach: where no rule sets one, rows or the company
        # target do.
        amount: Vector = self.bound_multipliers * np.where(self.bound_multipliers == 0, 0.0, at)
        amount[self.crossing] += (self.bounds.lower - self.bounds.upper)[self.crossing]
        return amount

    @property
    def of_rules(self) -> dict[int, float]:
        """Rule to what its rows and bounds add: above zero where it asks, below where it allows no more."""
        at_floor, amount = self.bound_multipliers > 0, self.of_bounds
        owner = np.where(at_floor, self.bounds.lower_rule, self.bounds.upper_rule)
        sums = dict(self.asked)
        for rule in sorted(self.rules):
            mine = (owner == rule) & ~self.near_zero
            sums[rule] = sums.get(rule, 0.0) + float(amount[mine].sum())
        return sums

    @property
    def cells(self) -> Index:
        """The cells that its rows and bounds speak of."""
        weighed = np.abs(self.gradient) + np.abs(self.bound_multipliers)
        return np.flatnonzero(weighed > _SMALL * weighed.max(initial=0.0))

    @cached_property
    def amount(self) -> float:
        """By how much the limits ask more than they allow."""
        return sum(self.asked.values()) + float(self.of_bounds.sum())

    @property
    def size(self) -> float:
        """The amounts that were added up."""
        of_bounds = np.abs(self.of_bounds)
        return sum(map(abs, self.asked.values())) + float(of_bounds[np.isfinite(of_bounds)].sum())

    @property
    def holds(self) -> bool:
        """Whether it is a proof, as far as floats can tell."""
        return self.amount > _PROOF * self.size

    @property
    def near(self) -> bool:
        """Whether it is one, or may be one that floats cannot tell from none."""
        return self.amount > -_PROOF * self.size

    @property
    def rules(self) -> frozenset[int]:
        """The rules whose limits it adds up."""
        multiplier = np.where(self.near_zero, 0.0, self.bound_multipliers)
        floors = self.bounds.lower_rule[np.concatenate([np.flatnonzero(multiplier > 0), self.crossing])]
        caps = self.bounds.upper_rule[np.concatenate([np.flatnonzero(multiplier < 0), self.crossing])]
        return frozenset({*self.asked, *np.unique(floors).tolist(), *np.unique(caps).tolist()} - {NO_RULE})


def _everywhere(part: RulePart, y: Vector) -> Vector:
    """(rule's rows,) multipliers of those of several cells, zero for the others."""
    found = np.zeros(len(part.block.lower))
    found[part.several] = y
    return found
