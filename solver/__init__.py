"""How it is solved: rows to targets, with receipts, an audit and, where rules are in conflict, the conflict."""

from importlib import import_module
from typing import TYPE_CHECKING

from solver.allocate import Engines, Progress
from solver.allocation import Allocation
from solver.explain.effects import Effect
from solver.explain.receipts import Receipts
from solver.library import Answer, allocate

if TYPE_CHECKING:
    from solver.infeasible.conflict import Conflict, Conflicts
    from solver.questions.series import Series
    from solver.questions.what_if import Instead, Way, Without, at_work, instead, ways, why

__all__ = [
    "Allocation",
    "Answer",
    "Conflict",
    "Conflicts",
    "Effect",
    "Engines",
    "Instead",
    "Progress",
    "Receipts",
    "Series",
    "Way",
    "Without",
    "allocate",
    "at_work",
    "instead",
    "ways",
    "why",
]

_LATER = {
    "infeasible.conflict": ("Conflict", "Conflicts"),
    "questions.series": ("Series",),
    "questions.what_if": ("Instead", "Way", "Without", "at_work", "instead", "ways", "why"),
}
"""Module to what it gives: imported when it is asked for, which a solve seldom does."""


def __getattr__(name: str) -> object:
    module = next((module for module, names in _LATER.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
