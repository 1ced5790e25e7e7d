"""Violation: the least by which limits of some rules are passed where others hold, as a linear program.

The elastic program of Chinneck (2008, Feasibility and Infeasibility in Optimization): every limit of the rules that
give way may be missed at a cost of one for each unit of its metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy import sparse

from rules import CellIndex
from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, QuadraticProgram, Solution, Vector
from solver.infeasible.incremental import RulePart
from solver.infeasible.question import Question
from solver.infeasible.system import System
from solver.model.matrices import absolute, times
from solver.model.program import Index

_EQUAL: Mapping[int, float] = MappingProxyType({})
_SEEN = 1e-7
"""A miss below this part of the largest is what an interior-point method leaves of none."""


_EVEN = 1e-3
"""Of what misses cost: the part that grows with their square, so that of misses that cost the same in all even ones
are found. Larger, and dearer misses would be taken for their evenness; smaller, and interior points stall."""


@dataclass(frozen=True, eq=False)
class Violation:
    """By how much limits are passed."""

    rule: Index
    """(misses,) whose limit each is."""
    row: Index
    """(misses,) its row among the rule's."""
    amount: Vector
    """(misses,) in the unit of the row."""
    multipliers: Mapping[int, Vector]
    """Rule to (rows,) what one unit of each row's limit is worth; empty where the engine does not tell."""
    targets: Vector
    """(cells,) targets that pass limits by so much."""

    def of(self, rule: int) -> float:
        """The sum over one rule."""
        return float(self.amount[self.rule == rule].sum())


@dataclass(frozen=True, eq=False)
class ElasticQuestion:
    """What is asked of an engine: a system some of whose rows may be missed, below and above, at a cost."""

    question: Question
    missed: Index
    """(misses,) the asked rows that may be missed."""
    size: Vector
    """(misses,) the amount of one scaled miss."""
    price: Vector
    """(misses,) what an amount of one costs."""

    @classmethod
    def of(
        cls,
        frame: CellIndex,
        hard: Sequence[RulePart],
        elastic: Sequence[RulePart],
        prices: Mapping[int, float],
    ) -> ElasticQuestion | None:
        """The question; None where bounds that must hold are crossed."""
        system = System.of(frame, [*hard, *(part.without_bounds() for part in elastic)])
        if (system.bounds.gap > 0).any():
            return None
        question = Question.of(system, frozenset(part.rule for part in elastic))
        rule = system.rule[question.rows]
        missed = np.flatnonzero(np.isin(rule, list(question.moving)))
        price = np.array([prices.get(int(each), 1.0) for each in rule[missed]])
        return cls(question, missed, 1 / question.length[question.row[missed]], price)

    @property
    def sides(self) -> tuple[Index, Index]:
        """The misses below, and those above: rows without a limit on a side are never missed there."""
        program, rows = self.question.program, self._row
        below, above = np.isfinite(program.row_lower[rows]), np.isfinite(program.row_upper[rows])
        return np.flatnonzero(below), np.flatnonzero(above)

    @property
    def _row(self) -> Index:
        """(misses,) the program's rows."""
        return self.question.row[self.missed]

    @property
    def cost(self) -> Vector:
        """(misses,) what one scaled miss costs, the dearest one."""
        cost = self.size * self.price
        # Over the dearest: an engine's tolerances are absolute, and costs of amounts of money would make
        # them nothing.
        return np.asarray(cost / max(cost.max(initial=0.0), 1e-300))

    def solved(self, program: QuadraticProgram, engine: Engine) -> Violation | None:
        """By an engine, or where it loses its way and there is no curvature, by a simplex."""
        solution = engine.solve(program)
        # GLOP takes no curvature: an even question stays with the engine that was asked.
        if solution.termination != "optimal" and program.linear:
            solution = OrTools().solve(program)
        if solution.termination != "optimal":
            return None
        question, columns = self.question, len(self.question.program.lower)
        misses = np.bincount(
            np.concatenate(self.sides), np.maximum(solution.x[columns:], 0.0), len(self.missed)
        )
        amount = misses * self.size
        amount[amount <= _SEEN * amount.max(initial=0.0)] = 0.0
        rows, system = question.rows[self.missed], question.system
        worth = _worth(question, solution, self.size)
        targets = question.targets(solution.x[:columns])
        return Violation(system.rule[rows], system.row[rows], amount, worth, targets)

    @property
    def least(self) -> QuadraticProgram:
        """The least sum of what misses cost."""
        return _elastic(self.question.program, self._row, self.sides, self.cost)

    @property
    def even(self) -> QuadraticProgram:
        """The same, of equal costs the one whose misses are even as parts of what their rows come to at fair shares."""
        system, rows = self.question.system, self.question.rows[self.missed]
        typical = np.concatenate([system.typical, system.members @ system.typical])
        limit = times(absolute(system.matrix), typical)[rows]
        # ½ bend m² is ½ _EVEN · price · amount² / limit: misses of one price then end in proportion to
        # their limits.
        bend = _EVEN * self.cost * self.size / limit
        none = np.zeros(len(self.question.program.lower))
        curvature = np.concatenate([none, *(bend[side] for side in self.sides)])
        return replace(self.least, curvature=curvature)


def least_violation(
    frame: CellIndex,
    hard: Sequence[RulePart],
    elastic: Sequence[RulePart],
    engine: Engine,
    prices: Mapping[int, float] = _EQUAL,
) -> Violation | None:
    """The least sum of misses of the elastic parts beside the hard ones; None where no engine finds it.

    `prices` says what a unit of a rule's limits costs, one where it does not.
    """
    asked = ElasticQuestion.of(frame, hard, elastic, prices)
    return None if asked is None else asked.solved(asked.least, engine)


def _worth(question: Question, solution: Solution, cost: Vector) -> dict[int, Vector]:
    """Rule to (rows of several cells,) multipliers, scaled so that one unit of a miss costs one."""
    y = solution.multipliers[: len(question.length)] * cost.max(initial=0.0)
    return dict(question.certificate(y).rows)


def _elastic(
    program: QuadraticProgram, rows: Index, sides: tuple[Index, Index], cost: Vector
) -> QuadraticProgram:
    """The program with a column for each side on which some rows (rows,) may be missed, at a cost (rows chosen,)."""
    side, columns = np.concatenate(sides), len(program.lower)
    # A miss below lifts its row, a miss above lowers it.
    sign = np.repeat((1.0, -1.0), [len(each) for each in sides])
    shape = (program.matrix.shape[0], len(side))
    misses = sparse.csr_array((sign, (rows[side], np.arange(len(side)))), shape=shape)
    return replace(
        program,
        curvature=np.zeros(columns + len(side)),
        cost=np.concatenate([np.zeros(columns), cost[side]]),
        matrix=sparse.csr_array(sparse.hstack([program.matrix, misses])),
        lower=np.concatenate([program.lower, np.zeros(len(side))]),
        upper=np.concatenate([program.upper, np.full(len(side), np.inf)]),
    )
