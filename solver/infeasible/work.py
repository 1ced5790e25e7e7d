"""Work: what a search for repairs may do, counted and not timed, so that answers do not depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass

from solver.infeasible.system import System

BUDGET = 5_000_000.0
"""Cells and entries of rows, over all verdicts of one search: some five to ten seconds of interior-point steps."""


class OutOfWorkError(ArithmeticError):
    """A search has done all the work that was set aside for it."""


@dataclass
class Work:
    """A work budget."""

    left: float = BUDGET

    def spend(self, system: System) -> None:
        """Takes out the work of one verdict. Raises OutOfWorkError where there is no more."""
        if self.left <= 0:
            raise OutOfWorkError
        self.left -= system.frame.size + system.matrix.nnz
