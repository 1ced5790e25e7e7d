"""A goal whose returns diminish: the best of it, its proof, and the rows that keep what may not be given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex, Rows
from rules.rows import join
from scenarios import Goal
from scenarios.values.rational_array import Exact
from solver.engines.quadratic_program import Engine, Vector
from solver.model.program import Program
from solver.optimise.diminishing import Answer, Best, best_of, evenly
from solver.optimise.returns import Returns
from solver.optimise.returns_bound import proven_bound

_LOOSE = 1e-9
"""Of the best: what is always given up, so that what keeps it leaves floats an inside."""
_DIGITS = 12
"""Of slopes and limits of rows that keep a goal: a row of any slopes is true, these make it a tangent."""
_PINNED = 1e-9
"""Of a target and its half: how far what is the only best may move."""


@dataclass(frozen=True, eq=False)
class ReachedReturns:
    """What a goal with diminishing returns has reached."""

    returns: Returns
    best: float
    """What the best targets bring."""
    kept: float
    """What the even spread has to keep of it."""
    bound: Decimal | None
    """What no targets bring more than, proved; None where nothing bounds them."""
    rows: Rows
    """Those that keep it, as far as is known."""

    def short(self, targets: Vector) -> bool:
        """Whether targets (cells,) bring less than was to be kept."""
        return self.returns.value(targets) < self.kept - _LOOSE * abs(self.best)

    def tangent_at(self, targets: Vector) -> Rows:
        """The tangent at targets (cells,), which all that bring enough lie above."""
        return _tangent(self.returns, targets, self.kept)


def reach_returns(
    goal: Goal, frame: CellIndex, program: Program, answer: Answer, quadratic: Engine
) -> ReachedReturns:
    """What the goal can reach in a program. Raises ArithmeticError where nothing limits it."""
    returns = Returns.of(goal, frame)
    best = best_of(program, returns, answer, quadratic)
    value = returns.value(best.x)
    kept = value - float(goal.give_up) * abs(value) - _LOOSE * abs(value)
    bound = proven_bound(program, returns, best.x, best.multipliers)
    rows = _keeping(best, program.fair_share, kept, quadratic) if goal.give_up else _only(best, kept)
    return ReachedReturns(returns, value, kept, bound, rows)


def _keeping(best: Best, fair_share: Vector, kept: float, quadratic: Engine) -> Rows:
    """A tangent where the even spread that keeps enough will be; whoever has no fair share keeps its best."""
    returns = best.lifted.returns
    without = (returns.sums @ fair_share) == 0
    lifted = replace(best.lifted, program=_held(best, fair_share == 0))
    rows = _tangent(returns, evenly(replace(best, lifted=lifted), kept, quadratic), kept)
    return join([rows, *_pins(best, without)])


def _held(best: Best, zero_share: NDArray[np.bool_]) -> Program:
    """The program with some cells (cells,) at the best."""
    program = best.lifted.program
    return program.with_bounds(
        np.where(zero_share, best.x, program.lower), np.where(zero_share, best.x, program.upper)
    )


def _only(best: Best, kept: float) -> Rows:
    """The best itself, which is the only one in what diminishes, and a row for the rest of the goal.

    A tangent there would not do: marginal returns are equal, so that along the company's total it is flat.
    """
    returns = best.lifted.returns
    rows = _pins(best, returns.curves.most > 0)
    # What linear metrics must bring beside the pinned curves; among them the even spread may choose.
    if returns.linear.any():
        curved = float(returns.curves.values(returns.amounts(best.x)).sum())
        rows.append(_row(returns.linear, kept - curved))
    return join(rows)


def _pins(best: Best, units: NDArray[np.bool_]) -> list[Rows]:
    """Rows that hold some units (units,) at the best."""
    returns, rows = best.lifted.returns, list[Rows]()
    of_metric = np.split(np.arange(len(units)), len(returns.metrics))
    for metric, unit in zip(returns.metrics, of_metric, strict=True):
        amount = (returns.sums @ best.x)[unit]
        room = _PINNED * (amount + returns.curves.half[unit])
        lower, upper = _exact(np.maximum(amount - room, 0)), _exact(amount + room)
        rows.append(returns.frame.each({metric: 1}, units[unit], lower=lower, upper=upper))
    return [each.both() for each in rows]


def _tangent(returns: Returns, targets: Vector, kept: float) -> Rows:
    """Σ slope · target ≥ kept - Σ intercept, slopes those at the targets (cells,)."""
    slopes = _exact(returns.curves.slopes(returns.amounts(targets))).floats()
    intercepts = returns.curves.exact_intercepts(slopes)
    coefficients = returns.linear + returns.sums.T @ slopes
    return _row(coefficients, kept - float(intercepts) - float(slopes @ returns.done))


def _row(coefficients: Vector, lower: float) -> Rows:
    """Σ coefficient (cells,) · target ≥ lower."""
    used = np.flatnonzero(coefficients)
    nobody = np.array([-1], dtype=np.intp)
    return Rows(
        row=np.zeros(len(used), dtype=np.intp),
        cell=used,
        coefficient=_exact(coefficients[used]),
        lower=Exact.of([_rounded(lower)]),
        upper=None,
        partner=nobody,
    ).both()


def _exact(values: Vector) -> Exact:
    """The values to so many digits of the largest."""
    scale = 10 ** max(0, _DIGITS - _magnitude(float(np.abs(values).max(initial=0))))
    return Exact(np.rint(values * scale).astype(np.int64), scale).reduced()


def _rounded(value: float) -> Fraction:
    scale = 10 ** max(0, _DIGITS - _magnitude(abs(value)))
    return Fraction(round(value * scale), scale)


def _magnitude(value: float) -> int:
    return floor(log10(value)) + 1 if value > 0 else 0
