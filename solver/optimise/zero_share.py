"""Cells without a fair share: what rules force upon them, evenly, and no more than that.

A stage like that of a priority, after all of them: each such cell may pass its floor at the same price,
Σ (x - floor)² / (T²/n) within a metric. They stay at what that comes to, and the even spread is found among the others.
"""

from __future__ import annotations

import numpy as np

from solver.model.program import NO_RULE
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.priority_level import Level


def zero_share_level(region: FeasibleSet) -> Level:
    """The level that asks every open cell without a fair share to stay at its floor."""
    program = region.program
    cell = np.flatnonzero((program.fair_share == 0) & region.open)
    nothing = np.full(len(cell), NO_RULE, dtype=np.intp)
    # The width of a cell without a fair share is that of an average one: width² = T² / n.
    price = 1 / region.width[cell] ** 2
    return Level(
        rule=nothing,
        row=nothing,
        cell=cell,
        lower=np.full(len(cell), -np.inf),
        upper=program.lower[cell],
        price_lower=price,
        price_upper=price,
    )
