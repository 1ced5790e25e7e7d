"""Proximal steps on the multipliers: a projection whose multipliers are hard to find, made up of easy ones.

Each step adds a small distance from the last multipliers to the dual, which damps every row; for polyhedral programs
the steps end after finitely many (Rockafellar 1976, Augmented Lagrangians and applications of the proximal point
algorithm in convex programming).
"""

from __future__ import annotations

from dataclasses import replace

from solver.engines.quadratic_program import Vector
from solver.optimise.polytope import Polytope
from solver.optimise.semismooth_newton import Projection, judge, project

_DAMPINGS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6, 1e-7, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12)
"""How far a change of one in a multiplier lets a scaled row be missed, step by step."""


def project_by_multipliers(polytope: Polytope, start: Vector) -> Projection:
    """The best of the projections that proximal steps from multipliers `start` (rows,) come to; it may not be sharp."""
    y, steps = polytope.feasible_sign(start), 0
    best = judge(polytope, y, steps)
    for damping in _DAMPINGS:
        # amount = limit - damping · (y' - y), with y the last multipliers: a limit moved by damping · y,
        # and a damped row.
        shifted = replace(
            polytope,
            row_lower=polytope.row_lower + damping * y,
            row_upper=polytope.row_upper + damping * y,
            damping_lower=polytope.damping_lower + damping,
            damping_upper=polytope.damping_upper + damping,
        )
        done = project(shifted, y, shortest=False)
        y, steps = done.multipliers, steps + done.steps
        now = judge(polytope, y, steps)
        # Judged without the damping: that of the shifted program proves nothing about this one.
        best = now if now.error < best.error else best
        if best.sharp:
            break
    return best
