"""The feasible set: what the stages so far leave open, with a point that keeps it.

A stage tightens the set to the face on which its misses are least: cells that a multiplier holds at a bound stay there,
rows with a multiplier become equations, and every limit is taken at the one point that the stage found. That point
keeps all of it to the last digit, so that rounding makes no later stage's set empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import Vector
from solver.model.matrices import times
from solver.model.program import NO_RULE, ConstraintBlock, Limits, Program

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Placed:
    """Where a block's rows lie in a program: rows of several cells, bounds of one."""

    block: ConstraintBlock
    row: Index
    """(rows,) the program's row over the same cells; NO_RULE for rows of one cell or of none."""

    @cached_property
    def several(self) -> Index:
        """The block's rows of several cells."""
        return np.flatnonzero(self.row != NO_RULE)

    @cached_property
    def single(self) -> Index:
        """The block's rows of one cell."""
        return np.flatnonzero(self.block.single)

    def tighten(self, bounds: Limits, limits: Limits, block: ConstraintBlock | None = None) -> None:
        """Takes in the block's limits, or those of `block` over the same rows; changes both."""
        asked = block or self.block
        bounds.tighten(asked, self.single, asked.cell)
        limits.tighten(asked, self.several, self.row[self.several])


@dataclass(frozen=True, eq=False)
class FeasibleSet:
    """A program, and what of it the stages have decided."""

    program: Program
    """Every row of several cells that any stage has; those of stages to come without limits yet."""
    point: Vector
    """(cells,) targets that keep the program; before the first stage, those to start from."""
    fixed: Mask
    """(cells,) cells that have no choice any more: they stay at the point."""
    raised_by: Index
    """(cells,) for such a cell, the rule that pulls it up most; NO_RULE for the others."""
    lowered_by: Index
    """(cells,) for such a cell, the rule that pulls it down most; NO_RULE for the others."""
    equation: Mask
    """(rows,) rows that stay at what they come to at the point."""

    @classmethod
    def of(cls, program: Program, point: Vector) -> FeasibleSet:
        """What a program leaves open, before any stage."""
        none = np.full(len(point), NO_RULE, dtype=np.intp)
        return cls(
            program=program,
            point=point,
            fixed=np.zeros(len(point), dtype=np.bool_),
            raised_by=none,
            lowered_by=none,
            equation=np.zeros(program.matrix.shape[0], dtype=np.bool_),
        )

    @cached_property
    def amount(self) -> Vector:
        """(rows,) what each row comes to at the point."""
        return times(self.program.matrix, self.point)

    @cached_property
    def open(self) -> Mask:
        """(cells,) the cells that have a choice."""
        return np.asarray((self.program.lower < self.program.upper) & ~self.fixed, dtype=np.bool_)

    @property
    def row_lower(self) -> Vector:
        """(rows,)"""
        return np.where(self.equation, self.amount, self.program.row_lower)

    @property
    def row_upper(self) -> Vector:
        """(rows,)"""
        return np.where(self.equation, self.amount, self.program.row_upper)

    @cached_property
    def width(self) -> Vector:
        """(cells,) √(r T), in which distances are measured; that of an average cell at least."""
        scale = self.program.scale
        # T / n is an average share: without it a cell of next to no share would have no unit, and rows no
        # scale.
        return np.sqrt(np.maximum(self.program.fair_share, scale / max(1, len(scale))) * scale)

    def tightened(self, placed: Sequence[Placed], blocks: Sequence[ConstraintBlock]) -> FeasibleSet:
        """The set under these blocks too, each over the rows of its place."""
        bounds, limits = self.program.bounds.copy(), self.program.limits.copy()
        for place, block in zip(placed, blocks, strict=True):
            place.tighten(bounds, limits, block)
        return replace(self, program=replace(self.program, bounds=bounds.closed(), limits=limits.closed()))

    def at(self, point: Vector) -> FeasibleSet:
        """The set with a point that may break its limits by rounding: they are taken at it."""
        amount, program = times(self.program.matrix, point), self.program
        limits = replace(
            program.limits,
            lower=np.minimum(program.row_lower, amount),
            upper=np.maximum(program.row_upper, amount),
        )
        bounds = replace(
            program.bounds, lower=np.minimum(program.lower, point), upper=np.maximum(program.upper, point)
        )
        return replace(self, program=replace(program, limits=limits, bounds=bounds), point=point)

    def decided(self, fixed: Mask, raised_by: Index, lowered_by: Index, equation: Mask) -> FeasibleSet:
        """The set in which these cells (cells,) have no choice, for a rule each, and these rows (rows,) stay."""
        # The first stage that holds a cell is the one that its receipt names.
        new = fixed & ~self.fixed
        return replace(
            self,
            fixed=self.fixed | fixed,
            raised_by=np.where(new, raised_by, self.raised_by),
            lowered_by=np.where(new, lowered_by, self.lowered_by),
            equation=self.equation | equation,
        )

    @property
    def numeric(self) -> Program:
        """The program with what is decided written as bounds and equations."""
        program = self.program
        lower, upper = (np.where(self.fixed, self.point, bound) for bound in (program.lower, program.upper))
        limits = replace(program.limits, lower=self.row_lower, upper=self.row_upper)
        return replace(program.with_bounds(lower, upper), limits=limits)
