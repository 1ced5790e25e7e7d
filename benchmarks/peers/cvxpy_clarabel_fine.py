"""cvxpy with Clarabel asked for twelve digits: not a contender, a judge of the others' answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.arrays import Vector
from benchmarks.peers import cvxpy_clarabel


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: build and solve."""
    return cvxpy_clarabel.ready(folder, tolerance=1e-12)
