"""The program: every rule's rows as one sparse matrix, rows of one cell as bounds that remember their rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import Frame, RuleBook, Rows
from solver.engines.problem import Vector

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

NOBODY = -1
"""The rule of a bound that no rule set."""
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Demand:
    """One rule's rows in floats, with the limits that are asked of it at this stage."""

    rule: int
    """The rule's number in the book."""
    matrix: sparse.csr_array
    """(rows, cells)"""
    lower: Vector
    """(rows,)"""
    upper: Vector
    """(rows,)"""

    @classmethod
    def of(cls, rule: int, rows: Rows, cells: int) -> Demand:
        """The rows of a rule as it states them."""
        matrix = rows.matrix(cells)
        matrix.eliminate_zeros()
        return cls(rule, matrix, *rows.limits())

    @cached_property
    def single(self) -> Mask:
        """(rows,) rows of one cell."""
        return np.diff(self.matrix.indptr) == 1

    @cached_property
    def cell(self) -> Index:
        """(single rows,) their cell."""
        return np.asarray(self.matrix.indices[self.matrix.indptr[:-1][self.single]], dtype=np.intp)

    @cached_property
    def coefficient(self) -> Vector:
        """(single rows,) the coefficient of that cell."""
        return np.asarray(self.matrix.data[self.matrix.indptr[:-1][self.single]], dtype=np.float64)

    def bounds(self) -> tuple[Vector, Vector]:
        """Two (single rows,) arrays: the least and the most of the cell."""
        one, other = self.lower[self.single] / self.coefficient, self.upper[self.single] / self.coefficient
        return np.minimum(one, other), np.maximum(one, other)

    def given_by(self, asked: Demand) -> Vector:
        """(rows,) by how much these limits are wider than those asked."""
        wider = np.zeros(len(self.lower))
        np.subtract(asked.lower, self.lower, out=wider, where=np.isfinite(asked.lower))
        over = np.zeros(len(self.lower))
        np.subtract(self.upper, asked.upper, out=over, where=np.isfinite(asked.upper))
        return np.maximum(wider, 0) + np.maximum(over, 0)

    def with_limits(self, lower: Vector, upper: Vector) -> Demand:
        """The same rows with other limits, (rows,) each."""
        return replace(self, lower=lower, upper=upper)


@dataclass(frozen=True, eq=False)
class Program:
    """Targets near their fair shares, within bounds and rows; amounts in each metric's unit."""

    fair_share: Vector
    """(cells,)"""
    scale: Vector
    """(cells,) the company target of the cell's metric."""
    lower: Vector
    """(cells,) floors, zero where no rule sets one."""
    upper: Vector
    """(cells,) caps, infinite where no rule sets one."""
    floor_rule: Index
    """(cells,) the rule that set the floor, or NOBODY."""
    cap_rule: Index
    """(cells,) the rule that set the cap, or NOBODY."""
    matrix: sparse.csr_array
    """(rows, cells)"""
    row_lower: Vector
    """(rows,)"""
    row_upper: Vector
    """(rows,)"""
    row_rule: Index
    """(rows,) the rule of each row."""
    row_number: Index
    """(rows,) its number among the rows of its rule."""

    @cached_property
    def crossed(self) -> Index:
        """The cells whose floor is above their cap."""
        return np.flatnonzero(self.lower > self.upper)

    @cached_property
    def least(self) -> Vector:
        """(rows,) the least each row can come to within the bounds."""
        return _extreme(self.matrix, self.lower, self.upper)

    @cached_property
    def most(self) -> Vector:
        """(rows,) the most each row can come to within the bounds."""
        return -_extreme(-self.matrix, self.lower, self.upper)


def demands_of(book: RuleBook) -> list[Demand]:
    """Every rule's demand, as stated."""
    return [Demand.of(number, rows, book.frame.size) for number, rows in enumerate(book.rows)]


def scales(frame: Frame) -> Vector:
    """(cells,) the company target of each cell's metric, by which amounts of metrics are compared."""
    totals = [float(frame.totals[metric]) or 1.0 for metric in frame.metrics]
    return np.repeat(totals, frame.parts * frame.partners)


def assemble(frame: Frame, demands: Sequence[Demand], fair_share: Vector | None = None) -> Program:
    """The program of these demands; `fair_share` (cells,) stands in for the frame's where given."""
    lower, upper = np.zeros(frame.size), np.full(frame.size, np.inf)
    floor_rule = np.full(frame.size, NOBODY, dtype=np.intp)
    cap_rule = floor_rule.copy()
    for demand in demands:
        least, most = demand.bounds()
        _raise(lower, floor_rule, demand, least)
        _reduce(upper, cap_rule, demand, most)
    close = (lower > upper) & (lower <= upper + _SAME * np.abs(lower))
    lower[close] = upper[close]
    rows = [np.flatnonzero(~d.single & (np.diff(d.matrix.indptr) > 0)) for d in demands]
    return Program(
        fair_share=frame.fair_shares.floats if fair_share is None else fair_share,
        scale=scales(frame),
        lower=lower,
        upper=upper,
        floor_rule=floor_rule,
        cap_rule=cap_rule,
        matrix=_stack([d.matrix[r] for d, r in zip(demands, rows, strict=True) if len(r)], frame.size),
        row_lower=_concat([d.lower[r] for d, r in zip(demands, rows, strict=True)]),
        row_upper=_concat([d.upper[r] for d, r in zip(demands, rows, strict=True)]),
        row_rule=_concat([np.full(len(r), d.rule) for d, r in zip(demands, rows, strict=True)]).astype(np.intp),
        row_number=_concat(rows).astype(np.intp),
    )


def _raise(lower: Vector, floor_rule: Index, demand: Demand, least: Vector) -> None:
    higher = least > lower[demand.cell]
    lower[demand.cell[higher]] = least[higher]
    floor_rule[demand.cell[higher]] = demand.rule


def _reduce(upper: Vector, cap_rule: Index, demand: Demand, most: Vector) -> None:
    smaller = most < upper[demand.cell]
    upper[demand.cell[smaller]] = most[smaller]
    cap_rule[demand.cell[smaller]] = demand.rule


def _stack(matrices: list[sparse.csr_array], cells: int) -> sparse.csr_array:
    return sparse.csr_array(sparse.vstack(matrices)) if matrices else sparse.csr_array((0, cells))


def _concat(parts: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    return np.concatenate(parts) if len(parts) else np.empty(0)


def _extreme(matrix: sparse.csr_array, lower: Vector, upper: Vector) -> Vector:
    at = np.where(matrix.data > 0, lower[matrix.indices], upper[matrix.indices])
    return np.add.reduceat(np.append(matrix.data * at, 0.0), matrix.indptr[:-1]) if matrix.shape[0] else np.empty(0)
