"""Ours, the stages alone: from rows to unrounded targets and their certificates, as peers are timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.arrays import Vector
from rules.load import load as read
from solver.engines.piqp import Piqp
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: the model from exact rows, its stages and the even spread."""
    book = read(folder).book

    def work() -> Vector:
        return solve_elastic(book, blocks_of(book), Piqp()).spread.x

    return work
