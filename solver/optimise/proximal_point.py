"""Proximal point steps: a stage with a vanishing distance from the last point added, which semismooth Newton steps solve.

Rockafellar 1976, Monotone operators and the proximal point algorithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from solver import tolerances
from solver.engines.quadratic_program import Solution, Vector
from solver.optimise.polytope import Polytope
from solver.optimise.proximal_multipliers import project_by_multipliers
from solver.optimise.scaled_stage import ScaledStage
from solver.optimise.semismooth_newton import Projection, project
from solver.optimise.stage_solution import StageSolution, judged, rank

FROM_NOTHING = (1e-2, 1e-4, 1e-6, 1e-8)
"""Weights of the proximal distance, one after the other: large ones take few steps, small ones end nearer."""
FROM_NEAR = (1e-4, 1e-6, 1e-8, 1e-10, 1e-10)
"""The same from a point that an engine or another solve found."""


@dataclass(frozen=True)
class Effort:
    """How much is tried from one start."""

    steps: int
    """Newton steps in all."""
    patience: int
    """Newton steps without progress."""
    thorough: bool
    """Whether projections that Newton steps do not find are looked for by easier ones."""
    deadline: float = np.inf
    """In seconds of perf_counter: no Newton step is begun after it."""


QUICK = Effort(30, tolerances.QUICK_PATIENCE, thorough=False)
"""Where an engine stands ready to do better."""
WARM = Effort(40, tolerances.PATIENCE, thorough=False)
"""From where a stage like it ended."""
THOROUGH = Effort(tolerances.NEWTON_STEPS, tolerances.PATIENCE, thorough=True)


def from_engine(scaled: ScaledStage, solution: Solution, effort: Effort) -> StageSolution:
    """The stage by proximal steps from an engine's answer."""
    base = scaled.polytope
    near = np.clip(solution.x[: len(scaled.cells)], base.lower, base.upper)
    y = scaled.complementary(near, solution.multipliers[: len(base.row_lower)])
    return proximal(scaled, near, y, FROM_NEAR, effort)


def proximal(
    scaled: ScaledStage, v: Vector, y: Vector, weights: Sequence[float], effort: Effort
) -> StageSolution:
    """Proximal steps of falling weight from a point and multipliers, in a limited number of Newton steps in all."""
    found, steps, last = judged(scaled, v, y, 0), 0, np.inf
    if _settled(found):
        return found
    for weight in weights:
        # The projection seeks y / weight: a large y over a small weight would drown what changes in its own
        # rounding.
        known = np.where(np.abs(y) > tolerances.KNOWN * weight, y, 0.0)
        polytope = scaled.proximal(v, weight, known)
        done = _projected(polytope, (y - known) / weight, effort, steps)
        v, y, steps = done.point, known + weight * done.multipliers, steps + done.steps
        now = judged(scaled, v, y, steps)
        found = now if rank(now) <= rank(found) else found
        # A smaller weight is the harder projection: where this one did not end, the next will not.
        if _settled(found) or done.residual > tolerances.STAGE_EXACT or steps >= effort.steps:
            return found
        # A cost that is zero at the best is only approached, weight by weight; a projection that may miss
        # nothing arrives.
        fading = now.certificate.cost < tolerances.FADING * last < np.inf
        if fading and (kept := _kept(scaled, y / weight, steps)) is not None:
            return kept
        last = now.certificate.cost
    return found


def _projected(polytope: Polytope, start: Vector, effort: Effort, taken: int) -> Projection:
    """The projection from multipliers (rows,), by easier ones where Newton steps do not find it."""
    done = project(
        polytope,
        start,
        limit=effort.steps - taken,
        patience=effort.patience,
        shortest=False,
        deadline=effort.deadline,
    )
    if done.residual <= tolerances.STAGE_EXACT or not effort.thorough or perf_counter() > effort.deadline:
        return done
    return min(done, project_by_multipliers(polytope, start), key=lambda each: each.residual)


def _settled(found: StageSolution) -> bool:
    proof = found.certificate
    return proof.relative_gap <= tolerances.STAGE_GAP and proof.violation <= tolerances.EXACT


def _kept(scaled: ScaledStage, start: Vector, steps: int) -> StageSolution | None:
    """The stage at a point where nothing is missed, near multipliers (rows,); None where there is none at hand."""
    done = project(scaled.as_hard, start, limit=QUICK.steps, shortest=False)
    v = np.clip(done.point, scaled.polytope.lower, scaled.polytope.upper)
    found = judged(scaled, v, np.zeros(len(start)), steps + done.steps)
    return found if found.certificate.exact and found.certificate.cost <= tolerances.KEPT else None
