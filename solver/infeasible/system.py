"""System: the bounds and rows of some rules, as one question of whether they can hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from rules import CellIndex
from solver.engines.quadratic_program import Vector
from solver.infeasible.incremental import RulePart
from solver.model.matrices import alike, by_columns, distinct, largest, lengths
from solver.model.program import NO_RULE, Index, Mask, scales
from solver.model.refutation import ExactRules

_SAME = 1e-12
"""A floor above its cap by less than this part of it is no conflict: floats cannot tell the two apart."""
KEPT = 2e-9
"""A row may be violated by this part of its length and limit, as engines of floats leave it."""
_BEYOND = 2.0
"""Company targets: no target is looked for beyond. It only bounds what is lost by multipliers that should be zero."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Floors and caps of cells, and the rule that sets each."""

    lower: Vector
    """(cells,) zero where no rule sets one."""
    upper: Vector
    """(cells,) infinite where no rule sets one."""
    lower_rule: Index
    """(cells,)"""
    upper_rule: Index
    """(cells,)"""

    @classmethod
    def of(cls, cells: int, parts: Sequence[RulePart], start: Bounds | None = None) -> Bounds:
        """The tightest bounds of all parts, and of those gathered before."""
        unruled = np.full(cells, NO_RULE, dtype=np.intp)
        found = start or cls(np.zeros(cells), np.full(cells, np.inf), unruled, unruled)
        lower, upper = found.lower.copy(), found.upper.copy()
        lower_rule, upper_rule = found.lower_rule.copy(), found.upper_rule.copy()
        for part in parts:
            if not len(part.cell):
                continue
            cell, (least, most) = part.cell, part.bounds
            np.maximum.at(lower, cell, least)
            np.minimum.at(upper, cell, most)
            # Only a part that tightens a bound sets it: of equals the first in the book keeps it.
            lower_rule[cell[(least == lower[cell]) & (least > found.lower[cell])]] = part.rule
            upper_rule[cell[(most == upper[cell]) & (most < found.upper[cell])]] = part.rule
            found = cls(lower.copy(), upper.copy(), lower_rule, upper_rule)
        return cls(lower, upper, lower_rule, upper_rule)

    @cached_property
    def gap(self) -> Vector:
        """(cells,) by how much each floor is above its cap; zero or less where it is not."""
        return np.asarray(self.lower - self.upper - _SAME * np.abs(self.lower))


@dataclass(frozen=True, eq=False)
class System:
    """The rules of some parts over all cells."""

    frame: CellIndex
    parts: tuple[RulePart, ...]
    bounds: Bounds

    @classmethod
    def of(cls, frame: CellIndex, parts: Sequence[RulePart]) -> System:
        """The question of whether these parts can hold."""
        return cls(frame, tuple(parts), Bounds.of(frame.size, parts))

    @cached_property
    def exact(self) -> ExactRules | None:
        """The rules as fractions, which judge what floats suggest; None where some limit is not as its rule states it."""
        if not all(part.stated for part in self.parts):
            return None
        return ExactRules({part.rule: part.rows for part in self.parts}, self.frame.size)

    @cached_property
    def scale(self) -> Vector:
        """(cells,) the company target of each cell's metric, by which amounts are compared."""
        return scales(self.frame)

    @cached_property
    def typical(self) -> Vector:
        """(cells,) the fair share of each; where it has none, an average."""
        return np.maximum(self.frame.fair_shares.floats, self.scale / max(1, len(self.scale)))

    @cached_property
    def reach(self) -> Vector:
        """(cells,) the most each cell can come to by a cap or one row; twice its company target where none says."""
        caps = np.minimum(self.bounds.upper, _BEYOND * self.scale)
        for part in self.parts:
            cells, most = part.implied_caps
            np.minimum.at(caps, cells, np.maximum(most, 0.0))
        # A cap that a rule sets stays as it is, for the proof names that rule; rows only stand in where
        # there is none.
        return np.where(np.isfinite(self.bounds.upper), self.bounds.upper, caps)

    @cached_property
    def rule(self) -> Index:
        """(rows,) whose each row of several cells is."""
        return np.concatenate(
            [np.full(len(part.several), part.rule, dtype=np.intp) for part in self.parts] or [_NONE]
        )

    @cached_property
    def row(self) -> Index:
        """(rows,) its number among the rule's rows."""
        return np.concatenate([part.several for part in self.parts] or [_NONE])

    @cached_property
    def lower(self) -> Vector:
        """(rows,) of rows over several cells."""
        return np.concatenate([part.lower for part in self.parts] or [np.empty(0)])

    @cached_property
    def upper(self) -> Vector:
        """(rows,) of rows over several cells."""
        return np.concatenate([part.upper for part in self.parts] or [np.empty(0)])

    @cached_property
    def members(self) -> sparse.csr_array:
        """(sums, cells) the cells of each shared sum, part by part."""
        blocks = [part.terms.members for part in self.parts if part.terms.members.shape[0]]
        return sparse.csr_array(sparse.vstack(blocks)) if blocks else sparse.csr_array((0, self.frame.size))

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """(rows, cells + sums) the rows over several cells; a sum is a column of its own."""
        cells = [part.terms.cells for part in self.parts]
        sums = [part.terms.sums for part in self.parts]
        if not cells:
            return sparse.csr_array((0, self.frame.size))
        left = sparse.vstack(cells)
        if not self.members.shape[0]:
            return sparse.csr_array(left)
        return sparse.csr_array(sparse.hstack([left, sparse.block_diag(sums)]))

    @cached_property
    def column_lower(self) -> Vector:
        """(cells + sums,) floors; of a sum, those of its cells together."""
        return np.concatenate([self.bounds.lower, self.members @ self.bounds.lower])

    @cached_property
    def column_upper(self) -> Vector:
        """(cells + sums,) caps; of a sum, those of its cells together."""
        return np.concatenate([self.bounds.upper, self.members @ self.bounds.upper])

    @cached_property
    def least(self) -> Vector:
        """(rows,) the least each row can come to within the bounds."""
        return activity(self.matrix, self.column_lower, self.column_upper)

    @cached_property
    def most(self) -> Vector:
        """(rows,) the most each row can come to within the bounds."""
        return activity(self.matrix, self.column_upper, self.column_lower)

    @cached_property
    def size(self) -> Vector:
        """(rows,) what the amounts of each row are compared with: its limits and the amounts it adds up."""
        ends = [np.where(np.isfinite(each), np.abs(each), 0.0) for each in (self.lower, self.upper)]
        reach = [np.where(np.isfinite(each), np.abs(each), 0.0) for each in (self.least, self.most)]
        # 1e-300: a row of zeros is compared with next to nothing, and nothing is divided by zero.
        found: Vector = np.maximum.reduce([*ends, *reach, np.full(len(self.lower), 1e-300)])
        return found

    @cached_property
    def row_gap(self) -> Vector:
        """(rows,) by how much each row's limits are out of reach of the bounds, or of each other."""
        apart = np.maximum(self.lower - self.most, self.least - self.upper)
        below, above = self.tightest
        # 1e-9 of what is compared: sums of a million floats lose less, and a smaller gap is left to the
        # certificate.
        return np.maximum(apart, self.lower[below] - self.upper[above]) - 1e-9 * self.size

    @cached_property
    def tightest(self) -> tuple[Index, Index]:
        """Two (rows,) arrays: of rows with the same left side, that of the largest lower and of the least upper limit."""
        kind = alike(np.concatenate([part.probe for part in self.parts] or [np.empty((0, 2))]))[1]
        return _first_of(kind, -self.lower), _first_of(kind, self.upper)

    @cached_property
    def row_scale(self) -> Vector:
        """(rows,) the largest company target among each row's cells."""
        scale = np.concatenate([self.scale, self.members @ self.scale])
        amounts = (scale[self.matrix.indices], self.matrix.indices, self.matrix.indptr)
        return np.maximum(largest(sparse.csr_array(amounts, shape=self.matrix.shape)), 1e-300)

    @cached_property
    def asked(self) -> tuple[Index, sparse.csr_array]:
        """The rows that bounds alone do not keep, and those rows with what defines the sums in them."""
        # Rows that bounds keep are left out: they would only tell cells apart that are alike in all that
        # matters.
        asking = np.flatnonzero((self.least < self.lower) | (self.most > self.upper))
        cells, matrix = self.frame.size, self.matrix[asking]
        used = distinct(matrix.indices[matrix.indices >= cells]) - cells
        definitions = sparse.hstack(
            [-self.members[used], sparse.eye_array(self.members.shape[0], format="csr")[used]]
        )
        return asking, sparse.csr_array(sparse.vstack([matrix, definitions]))

    @cached_property
    def apart(self) -> bool:
        """Whether no cell is in two of the asked rows, and each is within reach of its bounds: then all can hold."""
        asking, rows = self.asked
        if np.bincount(rows.indices).max(initial=0) > 1:
            return False
        beyond = np.maximum(self.lower - self.most, self.least - self.upper)
        return bool((np.maximum(beyond, self.lower - self.upper)[asking] <= 0).all())

    @cached_property
    def shares(self) -> Vector:
        """(cells + sums,) a typical amount of each."""
        return np.concatenate([self.typical, self.members @ self.typical])

    def broken(self, targets: Vector, give: Vector | float = 0.0) -> Mask:
        """(asked rows,) those that targets (cells,) break, where limits give way by `give` (2, asked rows), if at all."""
        rows, matrix = self.asked[0], self._asked_rows
        down, up = np.broadcast_to(give, (2, len(rows)))
        amount = matrix @ np.concatenate([targets, self.members @ targets])
        # The room of a row of length one in columns of their widths.
        room = KEPT * (self._lengths + np.abs(amount))
        short, over = self.lower[rows] - down - amount, amount - self.upper[rows] - up
        return np.asarray(np.maximum(short, over) > room, dtype=bool)

    def kept_by(self, targets: Vector) -> bool:
        """Whether targets (cells,), brought within their bounds, keep all rules."""
        if self.impossible or (self.bounds.gap > 0).any():
            return False
        return not self.broken(np.clip(targets, self.bounds.lower, self.bounds.upper)).any()

    @cached_property
    def _asked_rows(self) -> sparse.csr_array:
        """(asked rows, cells + sums)"""
        asking, rows = self.asked
        return rows[: len(asking)]

    @cached_property
    def _lengths(self) -> Vector:
        """(asked rows,) their lengths in columns of their widths."""
        scale = np.concatenate([self.scale, self.members @ self.scale])
        return lengths(by_columns(self._asked_rows, np.sqrt(self.shares * scale)))

    @property
    def impossible(self) -> RulePart | None:
        """A rule that asks something of no one."""
        return next((part for part in self.parts if part.impossible), None)


_NONE = np.empty(0, dtype=np.intp)


def _first_of(kind: Index, values: Vector) -> Index:
    """(rows,) the row of the least value among those of the same kind (rows,); of equals the first."""
    order = np.lexsort((np.arange(len(kind)), values, kind))
    starts = np.flatnonzero(np.diff(kind[order], prepend=-1))
    return np.asarray(order[starts][kind], dtype=np.intp)


def activity(matrix: sparse.csr_array, rising: Vector, falling: Vector) -> Vector:
    """(rows,) each row with its columns at `rising` where it rises with them, at `falling` where it falls."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    at = np.where(matrix.data > 0, rising[matrix.indices], falling[matrix.indices])
    return np.bincount(row, matrix.data * at, minlength=matrix.shape[0]).astype(np.float64, copy=False)
