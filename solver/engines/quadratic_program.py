"""QuadraticProgram and Solution: the one shape in which every engine is asked and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vector = NDArray[np.float64]
Termination = Literal["optimal", "infeasible", "unbounded", "time_limit", "error"]


@dataclass(frozen=True, eq=False)
class QuadraticProgram:
    """Minimise Σ curvature · x² / 2 + cost · x, with row_lower ≤ A x ≤ row_upper and lower ≤ x ≤ upper."""

    curvature: Vector
    """(columns,) zero or more; all zero makes it a linear program."""
    cost: Vector
    """(columns,)"""
    matrix: sparse.csr_array
    """(rows, columns)"""
    row_lower: Vector
    """(rows,) -inf where there is none."""
    row_upper: Vector
    """(rows,) inf where there is none."""
    lower: Vector
    """(columns,)"""
    upper: Vector
    """(columns,)"""

    @property
    def linear(self) -> bool:
        """Whether it is a linear program."""
        return not self.curvature.any()

    def value(self, x: Vector) -> float:
        """The objective at `x` (columns,)."""
        return float(self.curvature @ (x * x) / 2 + self.cost @ x)


@dataclass(frozen=True, eq=False)
class Solution:
    """What an engine answered."""

    termination: Termination
    x: Vector
    """(columns,) empty unless optimal."""
    multipliers: Vector
    """(rows,) positive where a row is held up at its lower limit, negative at its upper; empty unless optimal."""


class Engine(Protocol):
    """A solver of problems."""

    name: str
    """As it stands in results."""

    @property
    def version(self) -> str:
        """The version of the library behind it."""
        ...

    def solve(self, problem: QuadraticProgram) -> Solution:
        """The solution; infeasible and unbounded are answers. Raises ValueError for a problem it cannot take."""
        ...


def nothing(termination: Termination) -> Solution:
    """An answer without numbers."""
    return Solution(termination, np.empty(0), np.empty(0))
