"""Work: what a search for repairs may do, counted and not timed, so that answers do not depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass

from solver.engines.quadratic_program import Engine, QuadraticProgram, Solution
from solver.infeasible.system import System

BUDGET = 5_000_000.0
"""Cells of systems and entries of programs, over one search: some five to ten seconds of interior-point steps."""


class OutOfWorkError(ArithmeticError):
    """A search has done all the work that was set aside for it."""


@dataclass
class Work:
    """A work budget."""

    left: float = BUDGET

    def spend(self, system: System) -> None:
        """Takes out the work of putting one system together. Raises OutOfWorkError where there is no more."""
        if self.left <= 0:
            raise OutOfWorkError
        self.left -= system.frame.size


class Metered:
    """An engine whose work is taken out of a budget: what is settled over few columns costs little."""

    def __init__(self, engine: Engine, work: Work) -> None:
        self.engine, self.work, self.name = engine, work, engine.name

    @property
    def version(self) -> str:
        """The engine's."""
        return self.engine.version

    def solve(self, problem: QuadraticProgram) -> Solution:
        """The engine's solution."""
        self.work.left -= problem.matrix.nnz
        return self.engine.solve(problem)
