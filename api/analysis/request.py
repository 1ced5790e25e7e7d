"""What is asked for, what it is asked of, and what an analysis may use to find out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, TypeVar

from api.output.document import Described
from api.output.progress import Progress, silent

T = TypeVar("T")
R = TypeVar("R")


class Request(Described):
    """What to find out; the same for the command line and HTTP."""

    as_of: date | None = None
    """Apply the adjustments that count on this day; today if left out."""


@dataclass(frozen=True)
class Sources:
    """The files that an analysis reads."""

    scenarios: tuple[Path, ...] = ()
    """Scenario files or their folders; to compare, also folders of earlier runs."""
    rules: tuple[Path, ...] = ()
    """Rule files: the old and the new ones; for rule tests the rules, and their cases if not beside them."""
    record: Path | None = None
    """The record of a run, or its folder."""
    beside: Path | None = None
    """To replay: the folder in which to look for what the run has read; the one above the record's if left out."""
    workbook: Path | None = None
    """The workbook of a run, with overrides filled in."""
    actuals: tuple[Path, ...] = ()
    """Files of actuals, later ones restating earlier ones."""


class Pool(Protocol):
    """Processes that work."""

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:
        """The answers in the order of the tasks; `what` is what progress calls them.

        The work may remember what it did before, as long as its answers do not depend on it.
        """


@dataclass(frozen=True)
class InProcess:
    """A pool that works in this process alone."""

    progress: Progress = silent

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:
        return list(self._answers(work, tasks, what))

    def _answers(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> Iterator[R]:
        for number, task in enumerate(tasks):
            self.progress(what, number / len(tasks))
            yield work(task)


@dataclass(frozen=True)
class Context:
    """What an analysis may use."""

    pool: Pool = field(default_factory=InProcess)
    progress: Progress = silent
