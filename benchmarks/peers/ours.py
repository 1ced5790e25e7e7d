"""Ours: from the rule book to targets that are rounded, receipted and audited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from api.asking import read
from benchmarks.arrays import Vector
from solver import allocate


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: allocate()."""
    asked = read(folder)

    def work() -> Vector:
        allocation = allocate(asked.scenario, asked.book)
        if allocation.state != "succeeded" or allocation.settlement is None:
            raise RuntimeError(f"{folder.name} has {allocation.state}: {allocation.reason}")
        return allocation.settlement.spread.x

    return work
