"""One stage: the least misses of one priority over what the stages before it left open.

minimise Σ weight · miss² / (2 · |limit| · T), convex, and strictly so in the misses: they are unique. The proximal
point method (Rockafellar 1976, Monotone operators and the proximal point algorithm) adds a vanishing distance from
the last point; what remains falls to semismooth Newton steps. Where they do not arrive from nothing, engines bring
them near, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from solver import tolerances
from solver.engines.clarabel import Clarabel
from solver.engines.quadratic_program import Engine, QuadraticProgram, Solution, Vector
from solver.model.program import NO_RULE
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.priority_level import Level
from solver.optimise.proximal_multipliers import project_by_multipliers
from solver.optimise.refinement import refine, refine_in_fixed_point, refine_point, refiners
from solver.optimise.scale_stage import scale_stage
from solver.optimise.scaled_stage import ScaledStage
from solver.optimise.semismooth_newton import Polytope, Projection, project

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_FROM_NOTHING = (1e-2, 1e-4, 1e-6, 1e-8)
"""Weights of the proximal distance, one after the other: large ones take few steps, small ones end nearer."""
_FROM_NEAR = (1e-4, 1e-6, 1e-8, 1e-10, 1e-10)
"""The same from a point that an engine or another solve found."""

_MORE = 1
"""Attempts after one that is exact but not clean: a second may be, and a third has not been seen to win."""
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


@dataclass(frozen=True)
class _Effort:
    """How much is tried from one start."""

    steps: int
    """Newton steps in all."""
    patience: int
    """Newton steps without progress."""
    thorough: bool
    """Whether projections that Newton steps do not find are looked for by easier ones."""
    deadline: float = np.inf
    """In seconds of perf_counter: no Newton step is begun after it."""


_QUICK = _Effort(30, tolerances.QUICK_PATIENCE, thorough=False)
"""Where an engine stands ready to do better."""
_WARM = _Effort(40, tolerances.PATIENCE, thorough=False)
"""From where a stage like it ended."""
_THOROUGH = _Effort(tolerances.NEWTON_STEPS, tolerances.PATIENCE, thorough=True)


@dataclass(frozen=True)
class StageCertificate:
    """The proof that a priority misses no more than it must."""

    cost: float
    """½ Σ weight · (miss / unit)²."""
    gap: float
    """The cost less the dual's bound on it."""
    violation: float
    """The most by which a scaled row that must hold is broken."""
    steps: int
    """Newton steps taken."""
    priority: int | None = None
    """Whose misses they are; None: what cells without a fair share get beyond their floors."""

    @property
    def relative_gap(self) -> float:
        """The gap as a part of the cost; of misses below 1e-9 of their unit none is said."""
        # A cost of zero is no measure: below the floor a gap of KEPT is just exact.
        return abs(self.gap) / max(self.cost, tolerances.KEPT / tolerances.STAGE_EXACT)

    @property
    def exact(self) -> bool:
        """Whether the misses are least, and so unique, to the last digits of floats."""
        return self.relative_gap <= tolerances.STAGE_EXACT and self.violation <= tolerances.STAGE_EXACT


@dataclass(frozen=True, eq=False)
class StageSolution:
    """Where a stage ended."""

    scaled: ScaledStage
    v: Vector
    """(columns,)"""
    y: Vector
    """(rows,) multipliers, in the measure of what misses cost."""
    certificate: StageCertificate


@dataclass(frozen=True, eq=False)
class StageMemory:
    """Where a stage ended, for one like it to start from."""

    point: Vector
    """(cells,) targets."""
    rows: Vector
    """(set's rows,) multipliers of rows that must hold."""
    own: Vector
    """(level's rows,) multipliers of the level's rows."""


def remember(region: FeasibleSet, level: Level, found: StageSolution) -> StageMemory:
    """The memory of a stage."""
    scaled, rows, own = found.scaled, np.zeros(len(region.equation)), np.zeros(len(level.rule))
    rows[scaled.hard] = found.y[: len(scaled.hard)]
    own[scaled.soft] = found.y[len(scaled.hard) :]
    return StageMemory(_targets(region, found), rows, own)


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
    best, more = None, _MORE
    for found in _attempts(region, level, scaled, engines, start, deadline):
        if best is None or _rank(found) < _rank(best):
            best = found
        # What is exact may be published; clean is for the stages that build on it, and worth one attempt
        # more.
        if _clean(best) or (best.certificate.exact and more == 0):
            break
        more -= best.certificate.exact
        # Only between attempts: one that is exact is kept even when it is late, one that is not proves
        # nothing.
        if perf_counter() > deadline:
            if best.certificate.exact:
                break
            raise TimeUpError
    assert best is not None
    return best if best.certificate.exact else _in_fixed_point(best)


def _clean(found: StageSolution) -> bool:
    """Whether it is so near that the stages after it will not notice: what one leaves open, the next must bear."""
    proof = found.certificate
    return proof.relative_gap <= tolerances.STAGE_CLEAN and proof.violation <= tolerances.CLEAN


def _rank(found: StageSolution) -> float:
    """How far it is from clean, at most one where it is."""
    proof = found.certificate
    return max(proof.relative_gap / tolerances.STAGE_CLEAN, proof.violation / tolerances.CLEAN)


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
    warm, quick, thorough = (replace(each, deadline=deadline) for each in (_WARM, _QUICK, _THOROUGH))
    zero = np.zeros(len(scaled.polytope.row_lower))
    lower, upper = scaled.polytope.lower, scaled.polytope.upper
    # Of a memory only the sizes are compared: one of other rows costs steps, and never the truth of the
    # certificate.
    if start is not None and (len(start.rows), len(start.own)) == (len(region.equation), len(level.rule)):
        v = np.clip((start.point - region.point)[scaled.cells] / scaled.width, lower, upper)
        y = np.concatenate([start.rows[scaled.hard], start.own[scaled.soft]])
        yield _proximal(scaled, v, scaled.polytope.feasible_sign(y), _FROM_NEAR, warm)
    # From nothing before any engine: in the usual case Newton steps end at the optimum itself, and engines
    # only near it.
    yield _proximal(scaled, np.zeros(len(scaled.cells)), zero, _FROM_NOTHING, quick)
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
            yield _from_engine(scaled, solution, thorough)


def _refined(scaled: ScaledStage, x: Vector, y: Vector, stress: float = 1.0) -> StageSolution:
    """The stage at an engine's answer, refined."""
    found = refine(scaled.as_program(0.0), x, y, refiners(), stress=stress)
    return _judged(scaled, found.x[: len(scaled.cells)], found.y[: len(scaled.polytope.row_lower)], 0)


def _in_fixed_point(best: StageSolution) -> StageSolution:
    """The best solution, refined beyond what doubles tell apart."""
    scaled, (columns, rows) = best.scaled, (len(best.v), len(best.y))
    program, start = scaled.bounded_program(best.v), scaled.in_program(best.v, best.y)
    for stress in _FIXED_STRESS:
        near, gap = refine_in_fixed_point(program, *start, refiners(), stress=stress)
        v = near.x[:columns]
        proof = StageCertificate(scaled.cost(v), gap, near.broken, best.certificate.steps)
        best = min(best, StageSolution(scaled, v, near.y[:rows], proof), key=_rank)
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
            yield _judged(scaled, x, nothing, 0)


def _from_engine(scaled: ScaledStage, solution: Solution, effort: _Effort) -> StageSolution:
    """The stage by proximal steps from an engine's answer."""
    base = scaled.polytope
    near = np.clip(solution.x[: len(scaled.cells)], base.lower, base.upper)
    y = scaled.complementary(near, solution.multipliers[: len(base.row_lower)])
    return _proximal(scaled, near, y, _FROM_NEAR, effort)


def _proximal(
    scaled: ScaledStage, v: Vector, y: Vector, weights: Sequence[float], effort: _Effort
) -> StageSolution:
    """Proximal steps of falling weight from a point and multipliers, in a limited number of Newton steps in all."""
    found, steps, last = _judged(scaled, v, y, 0), 0, np.inf
    if _settled(found):
        return found
    for weight in weights:
        # The projection seeks y / weight: a large y over a small weight would drown what changes in its own
        # rounding.
        known = np.where(np.abs(y) > tolerances.KNOWN * weight, y, 0.0)
        polytope = scaled.proximal(v, weight, known)
        done = _projected(polytope, (y - known) / weight, effort, steps)
        v, y, steps = done.point, known + weight * done.multipliers, steps + done.steps
        now = _judged(scaled, v, y, steps)
        found = now if _rank(now) <= _rank(found) else found
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


def _projected(polytope: Polytope, start: Vector, effort: _Effort, taken: int) -> Projection:
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
    done = project(scaled.as_hard, start, limit=_QUICK.steps, shortest=False)
    v = np.clip(done.point, scaled.polytope.lower, scaled.polytope.upper)
    found = _judged(scaled, v, np.zeros(len(start)), steps + done.steps)
    return found if found.certificate.exact and found.certificate.cost <= tolerances.KEPT else None


def _judged(scaled: ScaledStage, v: Vector, y: Vector, steps: int) -> StageSolution:
    """A point (columns,) and multipliers (rows,) with the certificate that they come to."""
    cost = scaled.cost(v)
    # No multipliers at all prove that misses cost nothing or more.
    proof = StageCertificate(cost, min(cost, scaled.gap(y, v)), scaled.violation(v), steps)
    return StageSolution(scaled, v, y, proof)


def decide(region: FeasibleSet, level: Level, found: StageSolution) -> FeasibleSet:
    """The set in which no miss of the level grows: on the face that the multipliers show, at the point found."""
    point = _targets(region, found)
    bare = region.at(point)
    # Nothing is missed, so all multipliers are zero at the optimum: what floats show of them would hold
    # free cells.
    if found.certificate.cost <= tolerances.KEPT:
        return bare
    cells, held = found.scaled.cells, np.zeros(len(point), dtype=np.bool_)
    held[cells] = _held(found)
    raised_by, lowered_by = np.full((2, len(point)), NO_RULE, dtype=np.intp)
    raised_by[cells], lowered_by[cells] = _pullers(level, found, rules_of(region, level, found))
    equation = np.zeros(len(region.equation), dtype=np.bool_)
    # Rows of one cell are NO_RULE here, which would index the last row: `_clear` never names one.
    equation[_rows(level, found)[_clear(found)]] = True
    return bare.decided(held, raised_by, lowered_by, equation)


def _targets(region: FeasibleSet, found: StageSolution) -> Vector:
    """(cells,) the point in amounts, on the spot where it stands at a bound."""
    scaled, v, x = found.scaled, found.v, region.point.copy()
    lower, upper = region.program.lower[scaled.cells], region.program.upper[scaled.cells]
    moved = np.clip(x[scaled.cells] + scaled.width * v, lower, upper)
    # point + width · v misses a bound by a rounding, and a cell beside its bound would count as free in the
    # next stage.
    moved = np.where(v <= scaled.polytope.lower, lower, np.where(v >= scaled.polytope.upper, upper, moved))
    x[scaled.cells] = moved
    return x


def _rows(level: Level, found: StageSolution) -> Index:
    """(rows,) the set's row behind each row of the stage; NO_RULE for rows of one cell."""
    return np.concatenate([found.scaled.hard, level.row[found.scaled.soft]])


def _clear(found: StageSolution) -> Mask:
    """(rows,) rows of several cells whose multiplier is no noise."""
    y, scaled = np.abs(found.y), found.scaled
    several = np.diff(scaled.polytope.rows.indptr) > 1
    return np.asarray(
        (y > max(tolerances.CLEAR * y.max(initial=0.0), _doubt(found))) & several, dtype=np.bool_
    )


def _doubt(found: StageSolution) -> float:
    """A multiplier above this is proved to hold: what it holds can give no more than the gap over the multiplier."""
    return abs(found.certificate.gap) / tolerances.PINNED


def _held(found: StageSolution) -> Mask:
    """(columns,) cells that a multiplier holds at a bound, or at what a priced floor or cap reached."""
    scaled, v = found.scaled, found.v
    base, (up, down) = scaled.polytope, scaled.multipliers(v)
    contribution = scaled.contribution(found.y, v)
    # What pulls a cell both ways is known only to the roundings of both, not to those of the difference.
    around = abs(base.columns) @ np.abs(found.y)
    around[base.floors.column] += up
    around[base.caps.column] += down
    # At a bound by a contribution that points out of it: the complementary slackness that makes the face.
    outward = (v <= base.lower) & (contribution < 0) | (v >= base.upper) & (contribution > 0)
    doubt = _doubt(found)
    held = outward & (np.abs(contribution) > np.maximum(tolerances.CLEAR * around, doubt))
    largest = max(up.max(initial=0.0), down.max(initial=0.0), np.abs(found.y).max(initial=0.0))
    held[base.floors.column[up > max(tolerances.CLEAR * largest, doubt)]] = True
    held[base.caps.column[down > max(tolerances.CLEAR * largest, doubt)]] = True
    return np.asarray(held, dtype=np.bool_)


def rules_of(region: FeasibleSet, level: Level, found: StageSolution) -> Index:
    """(rows,) the rule behind each row of the stage: of rows that must hold, the one of the side to which it pulls."""
    scaled, y = found.scaled, np.zeros(region.program.matrix.shape[0])
    y[scaled.hard] = found.y[: len(scaled.hard)]
    return np.concatenate([region.program.row_rule(y)[scaled.hard], level.rule[scaled.soft]])


def _pullers(level: Level, found: StageSolution, rules: Index) -> tuple[Index, Index]:
    """Two (columns,) arrays: the rule that pulls each cell up most, and down most; NO_RULE for none."""
    scaled, base = found.scaled, found.scaled.polytope
    up, down = scaled.multipliers(found.v)
    entries = base.columns
    column = np.concatenate([
        np.repeat(np.arange(len(scaled.cells)), np.diff(entries.indptr)), base.floors.column, base.caps.column
    ])  # fmt: skip
    rule = np.concatenate([rules[entries.indices], level.rule[scaled.floor_row], level.rule[scaled.cap_row]])
    force = np.concatenate([entries.data * found.y[entries.indices], up, -down])
    return tuple(_strongest(len(scaled.cells), column, rule, sign * force) for sign in (1, -1))  # type: ignore[return-value]


def _strongest(columns: int, column: Index, rule: Index, force: Vector) -> Index:
    """(columns,) the rule of the largest positive force on each column."""
    strongest = np.full(columns, NO_RULE, dtype=np.intp)
    # Of several assignments to one column NumPy keeps the last: in rising order that is the strongest
    # force.
    order = np.argsort(force, kind="stable")
    order = order[force[order] > 0]
    strongest[column[order]] = rule[order]
    return strongest
