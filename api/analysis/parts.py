"""An analysis in parts: its tasks done by several processes, each in a run of its own, and put together by one more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from api.analysis.request import InProcess
from api.analysis.sweep.document import GridPoint
from api.output.document import Document, json_text
from api.output.progress import Progress, silent

T = TypeVar("T")
R = TypeVar("R")

ANSWERS: Mapping[str, type[Document]] = {"sweep": GridPoint}
"""The analyses that can be done in parts: those that ask their pool once, and what it answers per task."""


class PartDone(Exception):  # noqa: N818
    """The part's tasks are done; what the analysis would do with the answers of all is for another process."""

    def __init__(self, answers: Sequence[Document]) -> None:
        self.text = json_text({"answers": [answer.data() for answer in answers]})


@dataclass(frozen=True)
class PartPool:
    """Does the tasks of one part, and leaves the analysis with PartDone."""

    number: int
    """From 0."""
    parts: int
    progress: Progress = silent

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:
        first, last = (len(tasks) * n // self.parts for n in (self.number, self.number + 1))
        answers = InProcess(self.progress).each(work, tasks[first:last], what)
        raise PartDone(cast("Sequence[Document]", answers))


@dataclass(frozen=True)
class JoinedPool:
    """Answers with what the parts have found."""

    model: type[Document]
    texts: Sequence[str]
    """Of the parts, in their order."""

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:  # noqa: ARG002
        parts = [json.loads(text)["answers"] for text in self.texts]
        found: list[Any] = [self.model.model_validate(one) for part in parts for one in part]
        if len(found) != len(tasks):
            raise ValueError(f"{len(found)} answers for {len(tasks)} tasks")
        return found
