"""IncrementalModel: what each rule of a book asks, made anew only for rules that change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import CellIndex, Rows, Rule, RuleBook
from rules.tunable import revised
from solver.engines.quadratic_program import Vector
from solver.infeasible.feasibility import with_typical_shares
from solver.integer.unit_bounds import Range, Units
from solver.model.matrices import by_columns, largest
from solver.model.program import ConstraintBlock, Index, Mask, Program, assemble
from solver.model.shared_sums import SharedSums, with_shared_sums

_OVERLOOKED = 1e-6
"""Units: what a limit may be passed by before rounding counts it as passed."""
_COUNTABLE = 1e8
"""Units up to which floats tell one from the next with room to spare; larger limits are left as they are."""
_MOST_ENTRIES = 200_000
"""Entries of rows up to which common units are looked for; of more, hardly any row has one."""


@dataclass(frozen=True, eq=False)
class RulePart:
    """What one rule asks: bounds of single cells, and rows over several."""

    rows: Rows
    """As the rule states them, exact."""
    block: ConstraintBlock
    """The same in floats."""
    single: Mask
    """(rows,) those that are taken as bounds of their one cell."""
    units: Units
    """What a whole unit is, cell by cell."""
    stated: bool = True
    """Whether the limits in floats are those of the rows, so that the rows can prove what the floats suggest."""

    @classmethod
    def of(cls, book: RuleBook, number: int, rows: Rows) -> RulePart:
        """The part of a rule by its number in the book."""
        block = ConstraintBlock.of(number, rows, book.frame.size)
        return cls(rows, block, block.single, Units.of(book.frame))

    def restated(self, rows: Rows) -> RulePart:
        """The part as its rule states it now; where only limits have moved, with what is known of the left sides."""
        block = self.block
        if not _same_sides(self.rows, rows):
            block = ConstraintBlock.of(self.rule, rows, block.matrix.shape[1])
            return RulePart(rows, block, block.single, self.units)
        part = RulePart(rows, block.stating(rows), self.single, self.units)
        for known in ("cell", "several", "terms", "probe"):
            if known in self.__dict__:
                part.__dict__[known] = self.__dict__[known]
        return part

    def without_bounds(self) -> RulePart:
        """The same with every row taken as a row, so that each can be missed."""
        return replace(self, single=np.zeros(len(self.single), dtype=bool))

    def of_rule(self, number: int) -> RulePart:
        """The same under another number."""
        shape = replace(self.block.shape, rule=number)
        return replace(self, block=replace(self.block, shape=shape))

    def wider(self, amount: Vector) -> RulePart:
        """The same with limits that are wider by amounts (rows,)."""
        block = self.block.with_limits(self.block.lower - amount, self.block.upper + amount)
        return replace(self, block=block, stated=self.stated and not np.any(amount))

    @cached_property
    def cell(self) -> Index:
        """(bounds,) the cell of each."""
        return np.asarray(
            self.block.matrix.indices[self.block.matrix.indptr[:-1][self.single]], dtype=np.intp
        )

    @property
    def rule(self) -> int:
        """The rule's number in the book."""
        return self.block.rule

    @cached_property
    def several(self) -> Index:
        """(rows of several cells,) their numbers among the rule's rows."""
        return np.flatnonzero((self.block.shape.entries > 0) & ~self.single)

    @cached_property
    def terms(self) -> SharedSums:
        """The rows of several cells."""
        return with_shared_sums(sparse.csr_array(self.block.matrix[self.several]))

    @cached_property
    def probe(self) -> NDArray[np.float64]:
        """(rows of several cells, 2) the same for rows with the same coefficients on the same cells, in other rules too."""
        # Two random sums stand for a row, as keys do in `Shape`; a fixed seed keeps runs alike, and each certificate is
        # added up anyway.
        draw = np.random.default_rng(43).random((self.block.matrix.shape[1], 2))
        return np.asarray(self.block.matrix[self.several] @ draw)

    @property
    def lower(self) -> Vector:
        """(rows of several cells,)"""
        return np.asarray(self.block.lower[self.several])

    @property
    def upper(self) -> Vector:
        """(rows of several cells,)"""
        return np.asarray(self.block.upper[self.several])

    @cached_property
    def bounds(self) -> tuple[Vector, Vector]:
        """Two (bounds,) arrays: the least and the most of their cells."""
        return self.block.ends(self.single)

    @cached_property
    def implied_caps(self) -> tuple[Index, Vector]:
        """Cells, and what each can come to at most where rows that add up targets are at most something."""
        matrix, row = self.terms.cells, self._entry_row
        adds = np.bincount(row, matrix.data < 0, minlength=len(self.several)) == 0
        # A row over a shared sum has most of its cells in the sum's column, which says nothing of each.
        adds &= (np.diff(self.terms.sums.indptr) == 0) & np.isfinite(self.upper)
        chosen = adds[row] & (matrix.data > 0)
        return matrix.indices[chosen].astype(np.intp), self.upper[row[chosen]] / matrix.data[chosen]

    @property
    def _entry_row(self) -> Index:
        """(entries,) the row of each entry."""
        return np.repeat(np.arange(len(self.several)), np.diff(self.terms.cells.indptr))

    @cached_property
    def own_range(self) -> Range:
        """The whole units that its bounds leave each cell."""
        everything = Range.everything(len(self.units.metric))
        # Rows of one cell that are taken as rows bound nothing.
        return everything.within(self.rows, self.block, self.units) if self.single.any() else everything

    @property
    def plain(self) -> bool:
        """Whether its bounds are amounts of targets themselves, so that one without a whole unit stays at its bound."""
        return not self.single.any() or bool(self.rows.coefficient.equals(1).all())

    @property
    def unit(self) -> Vector:
        """(rows,) what a row moves by with one unit of one of its cells, at most."""
        return largest(by_columns(self.block.matrix, self.units.floats))

    @cached_property
    def odd(self) -> bool:
        """Whether a total of it is no whole number of units, so that some target carries what is left."""
        rows, block = self.rows, self.block
        if rows.lower is None or rows.upper is None or not rows.coefficient.equals(1).all():
            return False
        totals = np.flatnonzero(rows.lower.equals(rows.upper) & (block.shape.entries > 1))
        metric = self.units.metric[block.matrix.indices[block.matrix.indptr[totals]]]
        asked = zip(rows.lower[totals].tolist(), metric.tolist(), strict=True)
        return any(total % self.units.size[m] != 0 for total, m in asked)

    @cached_property
    def in_units(self) -> RulePart:
        """The part with limits brought to what whole units can come to: multiples of what all units in a row divide by.

        What lies beyond a limit by less than rounding overlooks does not move it (Gomory's cut: Chvátal 1973).
        """
        if len(self.rows.cell) > _MOST_ENTRIES:
            return self
        step = self.units.common(self.rows)
        room = _OVERLOOKED * (1 + self.block.shape.entries) * self.unit
        lower, upper = self.block.lower - room, self.block.upper + room
        # ⌈limit / step⌉ · step: a sum of units is a multiple of what they all divide by.
        up = (step > 0) & (np.abs(lower) < _COUNTABLE * step)
        down = (step > 0) & (np.abs(upper) < _COUNTABLE * step)
        lower[up] = np.ceil(lower[up] / step[up]) * step[up]
        upper[down] = np.floor(upper[down] / step[down]) * step[down]
        return replace(self, block=self.block.with_limits(lower, upper), stated=False)

    @cached_property
    def impossible(self) -> bool:
        """Whether a row without any cell asks for something."""
        empty = self.block.shape.entries == 0
        return bool(((self.block.lower[empty] > 0) | (self.block.upper[empty] < 0)).any())


@dataclass(frozen=True, eq=False)
class IncrementalModel:
    """A rule book with what each of its rules asks."""

    book: RuleBook
    parts: tuple[RulePart, ...]
    """One for each rule of the book, or of those that the model is restricted to."""

    @classmethod
    def of(cls, book: RuleBook) -> IncrementalModel:
        """What a book asks."""
        return cls(book, tuple(RulePart.of(book, number, rows) for number, rows in enumerate(book.rows)))

    def with_rule(self, rule: Rule) -> IncrementalModel:
        """The same with another rule of that name; of the others, those anew whose limits read a total that moves."""
        book, frame, number = revised(self.book, [rule]), self.book.frame, self.book.number(rule.name)
        moved = (book.frame.totals, book.frame.part_totals) != (frame.totals, frame.part_totals)
        # The old frame, equal to the new one, keeps what it has computed of columns and fair shares.
        if not moved:
            book = replace(book, frame=frame)
        # Company targets are what other rules may be shares of; all else a rule reads is its own.
        anew = {number} | (set(self.total_readers) if moved else set())
        return self._renewed(book, anew)

    def _renewed(self, book: RuleBook, numbers: set[int]) -> IncrementalModel:
        parts = tuple(
            part.restated(book.frame.rows_of(book.rules[part.rule])) if part.rule in numbers else part
            for part in self.parts
        )
        model = IncrementalModel(book, parts)
        if "total_readers" in self.__dict__:
            # Which rules read totals does not change with a number, and finding out makes every rule's rows
            # once more.
            model.__dict__["total_readers"] = self.total_readers
        return model

    @cached_property
    def total_readers(self) -> frozenset[int]:
        """The rules whose rows change with the company targets: shares of them, and of fair shares."""
        # A trial in place of knowledge about kinds: whoever reads a total has other rows when it doubles.
        doubled = _doubled(self.book.frame)
        rules = self.book.rules
        return frozenset(
            part.rule for part in self.parts if _differ(part.rows, doubled.rows_of(rules[part.rule]))
        )

    def only(self, numbers: Iterable[int]) -> list[RulePart]:
        """The parts of some rules."""
        wanted = set(numbers)
        return [part for part in self.parts if part.rule in wanted]

    def restricted(self, numbers: Iterable[int]) -> IncrementalModel:
        """The same book, of which some rules alone ask anything."""
        return replace(self, parts=tuple(self.only(numbers)))

    @cached_property
    def hard(self) -> list[RulePart]:
        """The parts of rules that may not be missed."""
        return [part for part in self.parts if self.book.rules[part.rule].hard]

    @property
    def blocks(self) -> list[ConstraintBlock]:
        """What every rule asks, in floats."""
        return [part.block for part in self.parts]

    @property
    def program(self) -> Program:
        """The program of the hard rules, every cell free."""
        return with_typical_shares(assemble(self.book.frame, [part.block for part in self.hard]))


def _doubled(frame: CellIndex) -> CellIndex:
    """The frame with every company target twice as large."""
    return replace(
        frame,
        totals={metric: 2 * total for metric, total in frame.totals.items()},
        part_totals={key: 2 * total for key, total in frame.part_totals.items()},
    )


def _differ(one: Rows, other: Rows) -> bool:
    """Whether two statements of a rule over the same cells have other limits or coefficients."""
    if len(one) != len(other) or len(one.cell) != len(other.cell):
        return True
    pairs = ((one.lower, other.lower), (one.upper, other.upper), (one.coefficient, other.coefficient))
    return any(
        mine is not None and theirs is not None and not bool(mine.equals(theirs).all())
        for mine, theirs in pairs
    )


def _same_sides(one: Rows, other: Rows) -> bool:
    """Whether two statements of a rule have the same cells with the same coefficients, whatever their limits."""
    return (
        len(one) == len(other)
        and np.array_equal(one.row, other.row)
        and np.array_equal(one.cell, other.cell)
        # As they are kept: equal numbers over another denominator are made anew, which costs time and no more.
        and one.coefficient.denominator == other.coefficient.denominator
        and np.array_equal(one.coefficient.numerators, other.coefficient.numerators)
    )
