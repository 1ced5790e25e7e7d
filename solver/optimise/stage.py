"""One stage: the least misses of one priority over what the stages before it left open.

minimise Σ weight · miss² / (2 · |limit| · T), convex, and strictly so in the misses: they are unique. The proximal
point method (Rockafellar 1976, Monotone operators and the proximal point algorithm) adds a vanishing distance from
the last point; what remains falls to semismooth Newton steps. Where they do not arrive from nothing, engines bring
them near, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from solver.engines.clarabel import Clarabel
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.priority_level import Level
from solver.optimise.proximal_point import (
    FROM_NEAR,
    FROM_NOTHING,
    QUICK,
    THOROUGH,
    WARM,
    from_engine,
    proximal,
)
from solver.optimise.refinement import refine, refine_in_fixed_point, refine_point, refiners
from solver.optimise.scale_stage import scale_stage
from solver.optimise.scaled_stage import ScaledStage
from solver.optimise.stage_solution import StageCertificate, StageMemory, StageSolution, clean, judged, rank

_MORE = 1
"""Attempts after one that is exact but not clean: a second may be, and a third has not been seen to win."""
_NEARER, _IN_VAIN = 0.5, 3
"""An attempt that leaves more than this part of what the best so far does is in vain; after so many of them in a row none is
made any more. Of random stages nine in ten are clean after the first refinement; where sets are so thin that it takes
more, those which come nearer take turns with one or two that do not."""
_SUSPECT = 1e-10
"""A stage's cost below which it may be zero: engines end where it is that of misses of 1e-5 of their unit or less."""
_STRESS = 1e4
"""Of the objective, in a further look: misses of 1e-4 of their unit weigh like whole ones. Neither it nor the look before
it believes a multiplier: where rows depend on each other an engine's can be of any size and hide misses in their
rounding."""
_STRESS_OF_LITTLE = 1e7
"""The same where all that is missed is below `_SUSPECT` and something must be: misses of 1e-7 of their unit."""

_FIXED_STRESS = (1.0, 2.0**13)
"""The same in fixed point, one after the other: powers of two, which leave the program as it is."""


class TimeUpError(Exception):
    """Time was up before a stage was proved."""


def least_misses(
    region: FeasibleSet,
    level: Level,
    engines: Sequence[Engine],
    start: StageMemory | None = None,
    *,
    deadline: float = np.inf,
) -> StageSolution:
    """The first exact solution from a memory, from nothing, and from each engine's answer; else the best of them.

    Raises TimeUpError where none is exact by the `deadline`, in seconds of perf_counter.
    """
    scaled = scale_stage(region, level)
    best, more, in_vain = None, _MORE, 0
    for found in _attempts(region, level, scaled, engines, start, deadline):
        in_vain = 0 if best is None or rank(found) < _NEARER * rank(best) else in_vain + 1
        best = found if best is None else min(best, found, key=rank)
        # What is exact may be published; clean is for the stages that build on it, and worth one attempt
        # more.
        if clean(best) or (best.certificate.exact and more == 0):
            break
        more -= best.certificate.exact
        # Only between attempts: one that is exact is kept even when it is late, one that is not proves
        # nothing.
        if perf_counter() > deadline:
            if best.certificate.exact:
                break
            raise TimeUpError
        if in_vain == _IN_VAIN:
            break
    assert best is not None
    best = best if best.certificate.exact else _in_fixed_point(best, deadline)
    if not best.certificate.exact and perf_counter() > deadline:
        raise TimeUpError
    return best


def _attempts(
    region: FeasibleSet,
    level: Level,
    scaled: ScaledStage,
    engines: Sequence[Engine],
    start: StageMemory | None,
    deadline: float,
) -> Iterator[StageSolution]:
    """The stage from a memory, from nothing, and from each engine's answer, in the order of what they cost."""
    # A generator: what stands further down is not begun once something before it is clean.
    warm, quick, thorough = (replace(each, deadline=deadline) for each in (WARM, QUICK, THOROUGH))
    zero = np.zeros(len(scaled.polytope.row_lower))
    lower, upper = scaled.polytope.lower, scaled.polytope.upper
    # Of a memory only the sizes are compared: one of other rows costs steps, and never the truth of the
    # certificate.
    if start is not None and (len(start.rows), len(start.own)) == (len(region.equation), len(level.rule)):
        v = np.clip((start.point - region.point)[scaled.cells] / scaled.width, lower, upper)
        y = np.concatenate([start.rows[scaled.hard], start.own[scaled.soft]])
        yield proximal(scaled, v, scaled.polytope.feasible_sign(y), FROM_NEAR, warm)
    # From nothing before any engine: in the usual case Newton steps end at the optimum itself, and engines
    # only near it.
    yield proximal(scaled, np.zeros(len(scaled.cells)), zero, FROM_NOTHING, quick)
    for engine in (*engines, Clarabel(deadline - perf_counter())):
        # Weight zero, so that misses alone are least; engines bear cells without a cost, Newton steps do
        # not.
        solution = engine.solve(scaled.as_program(0.0))
        if solution.termination == "optimal":
            yield (found := _refined(scaled, solution.x, solution.multipliers))
            unheld = np.zeros_like(solution.multipliers)
            if found.certificate.cost >= _SUSPECT:
                for stress in (1.0, _STRESS):
                    yield (found := _refined(scaled, solution.x, unheld, stress))
            if found.certificate.cost < _SUSPECT:
                yield from _all_kept(scaled, found.v)
                # Or next to nothing must be missed, which shows only beside amounts of its own size.
                yield _refined(scaled, solution.x, unheld, _STRESS_OF_LITTLE)
            yield from_engine(scaled, solution, thorough)


def _refined(scaled: ScaledStage, x: Vector, y: Vector, stress: float = 1.0) -> StageSolution:
    """The stage at an engine's answer, refined."""
    found = refine(scaled.as_program(0.0), x, y, refiners(), stress=stress)
    return judged(scaled, found.x[: len(scaled.cells)], found.y[: len(scaled.polytope.row_lower)], 0)


def _in_fixed_point(best: StageSolution, deadline: float) -> StageSolution:
    """The best solution, refined beyond what doubles tell apart as far as time allows."""
    scaled, (columns, rows) = best.scaled, (len(best.v), len(best.y))
    program, start = scaled.bounded_program(best.v), scaled.in_program(best.v, best.y)
    for stress in _FIXED_STRESS:
        near, gap = refine_in_fixed_point(program, *start, refiners(), stress=stress, deadline=deadline)
        v = near.x[:columns]
        proof = StageCertificate(scaled.cost(v), gap, near.broken, best.certificate.steps)
        best = min(best, StageSolution(scaled, v, near.y[:rows], proof), key=rank)
        if best.certificate.exact:
            break
    return best


def _all_kept(scaled: ScaledStage, v: Vector) -> Iterator[StageSolution]:
    """The stage at the point nearest to v (columns,) at which nothing is missed, where an engine finds one.

    Least squares that should be zero end at the root of what floats resolve; a question without squares does not.
    """
    hard, nothing = scaled.as_hard, np.zeros(len(scaled.polytope.row_lower))
    nearest = QuadraticProgram(
        np.ones(len(v)), -v, hard.rows, hard.row_lower, hard.row_upper, hard.lower, hard.upper
    )
    for engine in refiners():
        solution = engine.solve(nearest)
        if solution.termination == "optimal":
            x = refine_point(nearest, solution.x, solution.multipliers, refiners()).x
            yield judged(scaled, x, nothing, 0)
