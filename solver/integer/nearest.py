"""Nearest: a program for whole units that keep rows and lie nearest to given numbers, by the sum of distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.engines.mixed_integer import MixedIntegerProgram
from solver.engines.quadratic_program import Vector
from solver.integer.at_stake import IntegerRows
from solver.model.matrices import Matrix, times


@dataclass(frozen=True, eq=False)
class Nearest:
    """Three columns for each number: the unit above it, those beyond, and those below; so costs and units stay whole."""

    program: MixedIntegerProgram
    down: Vector
    """(numbers,) the whole units from which the columns count."""

    @classmethod
    def of(cls, rows: IntegerRows, given: Vector, room: Vector) -> Nearest:
        """The program of rows over numbers of units from none to their room (numbers,); `given` lie within it."""
        down, up = np.floor(given), np.ceil(given)
        matrix, base, size = rows.matrix, times(rows.matrix, down), len(given)
        program = MixedIntegerProgram(
            cost=np.concatenate([1 - 2 * (given - down), np.ones(2 * size)]),
            matrix=Matrix(sparse.hstack([matrix, matrix, -matrix])),
            row_lower=rows.lower - base,
            row_upper=rows.upper - base,
            lower=np.zeros(3 * size),
            upper=np.concatenate([up - down, room - up, down]),
            whole=np.ones(3 * size, dtype=bool),
            plain=bool(rows.whole.all()),
        )
        return cls(program, down)

    def units(self, x: Vector) -> Vector:
        """(numbers,) the units of a solution, whose first columns are those of the program."""
        above, beyond, below = np.split(np.round(x[: 3 * len(self.down)]), 3)
        return np.asarray(self.down + above + beyond - below)
