"""Ours: from the rule book to targets that are rounded, receipted and audited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.arrays import Vector
from rules.load import load as read
from solver import allocate


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: allocate()."""
    asked = read(folder)

    def work() -> Vector:
        allocation = allocate(asked.scenario, asked.book)
        if allocation.state != "succeeded" or allocation.elastic is None:
            raise RuntimeError(f"{folder.name} has {allocation.state}: {allocation.reason}")
        return allocation.elastic.spread.x

    return work
