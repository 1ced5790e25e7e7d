"""The program of a scenario as bare arrays, from the rules' exact rows alone, for a model that knows no solver of ours."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import RuleBook
from solver import Allocation

Floats = NDArray[np.float64]
_BEYOND = 1e15
"""Limits from here on are none."""


@dataclass(frozen=True, eq=False)
class Program:
    """Rows of all rules as stated, hard ones with priority 0, and the answer to judge."""

    data: Floats
    indices: NDArray[np.intp]
    indptr: NDArray[np.intp]
    """With the two before it, the rows as a sparse matrix (rows, cells)."""
    lower: Floats
    """(rows,)"""
    upper: Floats
    """(rows,)"""
    priority: NDArray[np.intp]
    """(rows,)"""
    weight: Floats
    """(rows,)"""
    fair_share: Floats
    """(cells,) in the metric's unit."""
    scale: Floats
    """(cells,) the company target of the metric."""
    answer: Floats
    """(cells,) unrounded targets."""
    goals: NDArray[np.bool_]
    """(1,) whether goals come before the even spread."""
    unit: Floats
    """(cells,) the round_to of the metric."""
    beyond: Floats
    """(cells,) what the rounded target has beyond whole units."""
    kept: NDArray[np.bool_]
    """(cells,) cells whose bounds hold no whole unit: they stay at one."""
    totals: NDArray[np.intp]
    """(sorts of totals, cells) the number of the total that a cell counts in."""

    @property
    def matrix(self) -> sparse.csr_array:
        """(rows, cells)"""
        return sparse.csr_array(
            (self.data, self.indices, self.indptr), shape=(len(self.lower), len(self.answer))
        )

    @classmethod
    def of(cls, book: RuleBook, allocation: Allocation, totals: list[NDArray[np.intp]]) -> Program:
        """The rows of a book, the answer that an allocation gives, and the totals (cells,) that people read of it."""
        frame = book.frame
        parts = [(rule, rows, *rows.limits()) for rule, rows in zip(book.rules, book.rows, strict=True)]
        matrix = sparse.csr_array(sparse.vstack([rows.matrix(frame.size) for _, rows, *_ in parts]))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        lower, upper = (np.concatenate([part[side] for part in parts]) for side in (2, 3))
        scales = [float(total) or 1.0 for total in frame.totals.values()]
        return cls(
            matrix.data,
            matrix.indices,
            matrix.indptr,
            np.where(lower > -_BEYOND, lower, -np.inf),
            np.where(upper < _BEYOND, upper, np.inf),
            np.concatenate([np.full(len(rows), rule.priority or 0) for rule, rows, *_ in parts]),
            np.concatenate([np.full(len(rows), float(rule.weight)) for rule, rows, *_ in parts]),
            frame.fair_shares.floats,
            np.repeat(scales, frame.parts * frame.partners),
            allocation.unrounded,
            np.array([bool(allocation.goals)]),
            *_rounding(allocation),
            np.array(totals, dtype=np.intp).reshape(-1, frame.size),
        )

    def save(self, path: Path) -> None:
        """Writes an .npz file."""
        np.savez(path, **{each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Program:
        """Reads what `save` wrote."""
        with np.load(path) as held:
            return cls(**{each.name: held[each.name] for each in fields(cls)})


def _rounding(allocation: Allocation) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Three (cells,) arrays: the unit, what targets have beyond whole units, and which keep a bound."""
    assert allocation.rounded is not None
    frame = allocation.frame
    units = [
        metric.round_to for metric in frame.metrics.values() for _ in range(frame.parts * frame.partners)
    ]
    beyond = [target % unit for target, unit in zip(allocation.target.tolist(), units, strict=True)]
    return np.array(units, dtype=float), np.array(beyond, dtype=float), allocation.rounded.kept
