"""The most that targets can bring where returns diminish: tangents in a linear program, then Newton's last digits.

maximise linear · x + Σ most · θ over the program, θ ≤ intercept(p) + p z for tangents of slopes p, z = target / half.
Tangents lie above their curves, so the program's optimum is above the best; what its targets do bring is below it.
Each round adds tangents where the targets are and where the price of a unit is the slope (Kelley 1960, The
cutting-plane method). From a gap of a thousandth on, quadratic models of the curves do what is left (Newton's method).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.infeasible.feasibility import origin, problem_of, widths, with_typical_shares
from solver.model.matrices import by_columns, lengths
from solver.model.program import Program
from solver.optimise.refinement import Refined, refine, refiners
from solver.optimise.returns import Returns

Answer = Callable[[QuadraticProgram], Vector]
"""Solves a linear program. Raises ArithmeticError for one without an end."""
_FIRST = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Targets, in halves, at which every curve has its first tangents."""
_NEAR = 1e-3
"""Of the best: the gap from which on Newton's method is quicker than tangents."""
_TANGENT_ROUNDS, _NEWTON_STEPS, _HALVINGS = 60, 30, 40
"""Far more than are needed: what a step cannot better ends them before, and the gap that is left is proved."""
_STILL = 1e-15
"""Of the best: a gain that floats cannot tell from none."""
_NOISE = 1e-14
"""Of the best: rounding of a sum of many returns."""
_SETTLED = 1e-12
"""Of the largest target: a step that ends the search for the even targets."""
_NO_CURVE = 1e-12
"""Least curvature of a unit in the model of a step, of the steepest: it keeps programs solvable, and no more."""


@dataclass(frozen=True, eq=False)
class Lifted:
    """The program in columns v | z: cells as engines see them, and each unit's target in halves."""

    program: Program
    returns: Returns

    @cached_property
    def base(self) -> QuadraticProgram:
        """Rows of the program over v alone."""
        return problem_of(self.program)

    @cached_property
    def width(self) -> Vector:
        """(cells,) what a v of one is in the metric's unit."""
        return widths(self.program)

    @cached_property
    def start(self) -> Vector:
        """(cells,) where v is zero."""
        return origin(self.program)

    @property
    def cells(self) -> int:
        """How many v there are."""
        return len(self.start)

    @property
    def units(self) -> int:
        """How many z there are."""
        return len(self.returns.curves.half)

    @cached_property
    def worth(self) -> float:
        """By which the objective is divided: the most that curves could bring, or that one v of linear value does."""
        steady = float(np.abs(self.returns.linear * self.width).max(initial=0))
        # 1e-300: a goal that brings nothing at all divides by next to nothing, not by zero.
        return max(float(self.returns.curves.most.max(initial=0)), steady, 1e-300)

    @cached_property
    def linear(self) -> Vector:
        """(cells,) what a v of one is worth, of `worth`."""
        return self.returns.linear * self.width / self.worth

    @cached_property
    def most(self) -> Vector:
        """(units,) what a whole curve is worth, of `worth`."""
        return self.returns.curves.most / self.worth

    @cached_property
    def with_units(self) -> QuadraticProgram:
        """The rows of the program, then those that make each z what its cells come to."""
        base, curves = self.base, self.returns.curves
        scaled = by_columns(self.returns.sums, self.width)
        made = sparse.diags_array(1 / curves.half) @ scaled
        at = self.returns.amounts(self.start) / curves.half
        empty = sparse.csr_array((base.matrix.shape[0], self.units))
        blocks = [[base.matrix, empty], [-made, sparse.eye_array(self.units)]]
        return QuadraticProgram(
            curvature=np.zeros(self.cells + self.units),
            cost=np.zeros(self.cells + self.units),
            matrix=sparse.csr_array(sparse.block_array(blocks)),
            row_lower=np.concatenate([base.row_lower, at]),
            row_upper=np.concatenate([base.row_upper, at]),
            lower=np.concatenate([base.lower, np.zeros(self.units)]),
            upper=np.concatenate([base.upper, np.full(self.units, np.inf)]),
        )

    @cached_property
    def nearness(self) -> Vector:
        """(cells,) the weight of v² / 2 in the distance from the fair shares."""
        return self.width**2 / (self.program.fair_share * self.program.scale)

    def targets(self, answer: Vector) -> Vector:
        """(cells,) of an answer in columns."""
        x = self.start + self.width * answer[: self.cells]
        return np.clip(x, self.program.lower, self.program.upper)


@dataclass(frozen=True, eq=False)
class Tangents:
    """θ ≤ intercept + slope · z, each of one unit."""

    unit: np.ndarray
    slope: Vector

    @classmethod
    def first(cls, lifted: Lifted) -> Tangents:
        """The same few for every unit."""
        shape = lifted.returns.curves.shape
        slopes = shape.slope(np.array(_FIRST))
        return cls(np.tile(np.arange(lifted.units), len(slopes)), np.repeat(slopes, lifted.units))

    def more(self, lifted: Lifted, slopes: Vector) -> Tangents:
        """With one more for each unit, of slopes (units,)."""
        return Tangents(
            np.concatenate([self.unit, np.arange(lifted.units)]), np.concatenate([self.slope, slopes])
        )

    def added_to(self, lifted: Lifted) -> QuadraticProgram:
        """The program in columns v | z | θ."""
        inner, shape = lifted.with_units, lifted.returns.curves.shape
        touch = shape.touch(self.slope)
        intercept = shape.value(touch) - self.slope * touch
        count, units = len(self.unit), lifted.units
        rows = np.arange(count)
        of_z = sparse.csr_array((-self.slope, (rows, self.unit)), shape=(count, units))
        of_theta = sparse.csr_array((np.ones(count), (rows, self.unit)), shape=(count, units))
        blocks = [
            [inner.matrix, sparse.csr_array((inner.matrix.shape[0], units))],
            [sparse.hstack([sparse.csr_array((count, lifted.cells)), of_z]), of_theta],
        ]
        return QuadraticProgram(
            curvature=np.concatenate([inner.curvature, np.zeros(units)]),
            cost=np.concatenate([-lifted.linear, np.zeros(units), -lifted.most]),
            matrix=sparse.csr_array(sparse.block_array(blocks)),
            row_lower=np.concatenate([inner.row_lower, np.full(count, -np.inf)]),
            row_upper=np.concatenate([inner.row_upper, intercept]),
            lower=np.concatenate([inner.lower, np.zeros(units)]),
            # θ ≤ 1 = f(∞): the tangent of slope zero, which no point touches.
            upper=np.concatenate([inner.upper, np.ones(units)]),
        )


@dataclass(frozen=True, eq=False)
class Best:
    """Targets that bring the most."""

    x: Vector
    """(cells,)"""
    multipliers: Vector
    """(rows,) of the program, per unit of the row in the goal's measure; positive at a lower limit."""
    lifted: Lifted
    tangents: Tangents


def best_of(program: Program, returns: Returns, answer: Answer, quadratic: Engine) -> Best:
    """The best. Raises ArithmeticError where there is none."""
    lifted = Lifted(with_typical_shares(program), returns)
    x, tangents = _by_tangents(lifted, answer)
    x, multipliers = _by_newton(lifted, x, quadratic)
    return Best(x, multipliers, lifted, tangents)


def _by_tangents(lifted: Lifted, answer: Answer) -> tuple[Vector, Tangents]:
    """Targets near the best, and the tangents that show it."""
    tangents, returns = Tangents.first(lifted), lifted.returns
    shape, best, most = returns.curves.shape, -np.inf, lifted.start
    offset = float(returns.linear @ lifted.start) / lifted.worth
    for _ in range(_TANGENT_ROUNDS):
        problem = tangents.added_to(lifted)
        found = answer(problem)
        above = offset - float(problem.cost @ found)
        x = lifted.targets(found)
        value = returns.value(x) / lifted.worth
        # The bound falls with every round, the value need not: the best so far is kept.
        if value > best:
            best, most = value, x
        if above - best <= _NEAR * abs(above):
            break
        # Curves begin at zero.
        at = np.maximum(returns.amounts(x) / returns.curves.half, 0)
        tangents = tangents.more(lifted, shape.slope(at))
    return most, tangents


def _by_newton(lifted: Lifted, x: Vector, engine: Engine) -> tuple[Vector, Vector]:
    """The best from targets near it, and the multipliers of the program's rows."""
    returns, multipliers = lifted.returns, np.zeros(lifted.program.matrix.shape[0])
    for _ in range(_NEWTON_STEPS):
        step = _step(lifted, x, engine)
        if step is None:
            break
        towards, multipliers = step
        before = returns.value(x)
        x = _further(returns, x, towards)
        if returns.value(x) - before <= _STILL * abs(before):
            break
    return x, multipliers


def _further(returns: Returns, x: Vector, towards: Vector) -> Vector:
    """The whole step, or the first of its halves that brings more.

    Values near the best differ in digits that floats do not have; the step still wins digits of the targets.
    """
    value = returns.value(x)
    for halving in range(_HALVINGS):
        tried = x + 0.5**halving * (towards - x)
        if returns.value(tried) > value - _NOISE * abs(value):
            return tried
    return x


def _step(lifted: Lifted, x: Vector, engine: Engine) -> tuple[Vector, Vector] | None:
    """Where the quadratic model at targets (cells,) is best, and the multipliers there; None where no engine says."""
    curves = lifted.returns.curves
    z = lifted.returns.amounts(x) / curves.half
    # The model -b z'² / 2 + (f' + b z) z' has the curve's slope f' and bend b at z.
    bend = lifted.most * np.maximum(curves.shape.bend(z), _NO_CURVE)
    slope = lifted.most * curves.shape.slope(z) + bend * z
    problem = replace(
        lifted.with_units,
        curvature=np.concatenate([np.zeros(lifted.cells), bend]),
        cost=np.concatenate([-lifted.linear, -slope]),
    )
    refined = _refined(problem, engine)
    if refined is None:
        return None
    rows = lifted.base.matrix.shape[0]
    # A scaled row's multiplier over its length, times what the objective was divided by, is the row's own.
    length = 1 / np.maximum(lengths(by_columns(lifted.program.matrix, lifted.width)), 1e-300)
    return lifted.targets(refined.x), refined.y[:rows] * length * lifted.worth


def evenly(best: Best, kept: float, quadratic: Engine) -> Vector:
    """(cells,) the targets closest to their fair shares that bring at least `kept`, near enough for a tangent."""
    x, price = _evenly_by_tangents(best, kept, quadratic)
    for _ in range(_NEWTON_STEPS):
        step = _even_step(best.lifted, x, price, kept, quadratic)
        if step is None:
            break
        moved = float(np.abs(step[0] - x).max(initial=0))
        x, price = step
        if moved <= _SETTLED * float(np.abs(x).max(initial=0)):
            break
    return x


def _evenly_by_tangents(best: Best, kept: float, quadratic: Engine) -> tuple[Vector, float]:
    """Targets near them, and the price of one more of what is kept, of the lifted objective."""
    lifted, tangents, returns = best.lifted, best.tangents, best.lifted.returns
    x, price = best.x, 0.0
    for _ in range(_TANGENT_ROUNDS):
        problem = tangents.added_to(lifted)
        # The cost is the objective with its sign turned, in the same columns.
        keeps = sparse.csr_array(-problem.cost[None, :])
        found = quadratic.solve(_nearest(lifted, problem, keeps, kept, np.zeros(2 * lifted.units), 0.0))
        if found.termination != "optimal":
            break
        x, price = lifted.targets(found.x), float(found.multipliers[-1])
        # A millionth of what is kept: from there Newton's steps double the digits.
        if returns.value(x) >= kept - _NEAR * _NEAR * abs(kept):
            break
        at = np.maximum(returns.amounts(x) / returns.curves.half, 0)
        tangents = tangents.more(lifted, returns.curves.shape.slope(at))
    return x, price


def _even_step(
    lifted: Lifted, x: Vector, price: float, kept: float, engine: Engine
) -> tuple[Vector, float] | None:
    """Newton's step from targets (cells,) for the curves at a price, within the tangent there; None where there is none."""
    returns, curves = lifted.returns, lifted.returns.curves
    z = returns.amounts(x) / curves.half
    slope, bend = lifted.most * curves.shape.slope(z), max(price, 0.0) * lifted.most * curves.shape.bend(z)
    keeps = sparse.csr_array(np.concatenate([lifted.linear, slope])[None, :])
    curved = float(curves.values(returns.amounts(x)).sum()) / lifted.worth - float(slope @ z)
    found = _refined(_nearest(lifted, lifted.with_units, keeps, kept, bend, curved, -bend * z), engine)
    return None if found is None else (lifted.targets(found.x), float(found.y[-1]))


def _nearest(
    lifted: Lifted,
    problem: QuadraticProgram,
    keeps: sparse.csr_array,
    kept: float,
    bend: Vector,
    constant: float,
    tilt: Vector | None = None,
) -> QuadraticProgram:
    """The problem of least distance from the fair shares, with a row of what must be kept; `bend` of further columns."""
    share, near = (lifted.program.fair_share - lifted.start) / lifted.width, lifted.nearness
    aim = (kept - float(lifted.returns.linear @ lifted.start)) / lifted.worth - constant
    return replace(
        problem,
        curvature=np.concatenate([near, bend]),
        cost=np.concatenate([-near * share, np.zeros(len(bend)) if tilt is None else tilt]),
        matrix=sparse.csr_array(sparse.vstack([problem.matrix, keeps])),
        row_lower=np.append(problem.row_lower, aim),
        row_upper=np.append(problem.row_upper, np.inf),
    )


def _refined(problem: QuadraticProgram, engine: Engine) -> Refined | None:
    """The solution to the last digits; None where the engine has none."""
    near = engine.solve(problem)
    if near.termination != "optimal":
        return None
    return refine(problem, near.x, near.multipliers, refiners())
