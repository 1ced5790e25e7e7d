"""A level: the rows of one priority, each over one row or one cell of the feasible set, and the price of missing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules import RuleBook
from solver import tolerances
from solver.engines.quadratic_program import Vector
from solver.model.matrices import Matrix, largest
from solver.model.program import NO_RULE
from solver.optimise.feasible_set import Placed

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Level:
    """Rows lower ≤ amount ≤ upper, amounts those of the feasible set's row or of the cell itself.

    A miss costs price · miss² / 2; price is weight / (|limit| · T), all in the same amounts.
    """

    rule: Index
    """(rows,)"""
    row: Index
    """(rows,) the row of the feasible set; NO_RULE for rows of one cell."""
    cell: Index
    """(rows,) the cell of a row of one cell; NO_RULE for the others."""
    lower: Vector
    """(rows,)"""
    upper: Vector
    """(rows,)"""
    price_lower: Vector
    """(rows,) of a miss below the lower limit."""
    price_upper: Vector
    """(rows,) of a miss above the upper limit."""


def level_of(book: RuleBook, placed: Sequence[Placed], scale: Vector) -> Level:
    """The level of these blocks; `scale` (cells,) is the company target of each cell. Rows without cells are left out."""
    parts = [_level(float(book.rules[each.block.rule].weight), each, scale) for each in placed]
    fields = ("rule", "row", "cell", "lower", "upper", "price_lower", "price_upper")
    return Level(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def _level(weight: float, placed: Placed, scale: Vector) -> Level:
    """One block's part: price = weight · first² / (|limit| · T), first the coefficient by which its rows are divided."""
    block = placed.block
    filled = np.flatnonzero(block.shape.entries > 0)
    cell = np.full(len(block.lower), NO_RULE, dtype=np.intp)
    cell[block.single] = block.cell
    size = sizes(block.matrix, scale)
    # Program rows are the rule's over their first coefficient, and so is a miss: its square is that of the
    # rule's over first².
    one, other = (
        weight * block.shape.first**2 / unit_squares(limit, size) for limit in (block.lower, block.upper)
    )
    # Dividing by a negative coefficient swaps the limits, and with them their prices.
    negated = block.shape.first < 0
    lower, upper = block.ends(filled)
    return Level(
        rule=np.full(len(filled), block.rule, dtype=np.intp),
        row=placed.row[filled],
        cell=cell[filled],
        lower=lower,
        upper=upper,
        price_lower=np.where(negated, other, one)[filled],
        price_upper=np.where(negated, one, other)[filled],
    )


def sizes(matrix: Matrix, scale: Vector) -> Vector:
    """(rows,) T of each row in its own unit: the largest company target among its cells times its largest coefficient."""
    wanted = Matrix((scale[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)
    # 1e-300: a row without cells has no size, and nothing is divided by zero.
    return np.maximum(largest(matrix) * largest(wanted), 1e-300)


def unit_squares(limit: Vector, size: Vector) -> Vector:
    """(rows,) |limit| · T: the square of the miss that costs weight / 2; one where there is no limit."""
    there = np.isfinite(limit)
    square = np.maximum(np.abs(np.where(there, limit, 0.0)), tolerances.SMALLEST_LIMIT * size) * size
    return np.where(there, square, 1.0)
