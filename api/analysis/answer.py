"""Any analysis, from its name and JSON to its text: what a process that works for the service calls."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.analysis.errors import InvalidRequest
from api.analysis.registry import ANALYSES
from api.analysis.request import Context, Sources
from scenarios import Finding, Refused


@dataclass(frozen=True)
class Question:
    """What is asked, of which files of a folder."""

    analysis: str
    """A name in ANALYSES."""
    request: Mapping[str, Any]
    """The fields of its request, as JSON has them."""
    scenarios: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    workbook: str | None = None
    actuals: tuple[str, ...] = ()
    record: str | None = None


@dataclass(frozen=True)
class Mistake:
    """A field of a request that cannot be."""

    field: tuple[str | int, ...]
    message: str


@dataclass(frozen=True)
class Answered:
    """The document, or why there is none."""

    text: str | None = None
    findings: tuple[Finding, ...] = ()
    mistakes: tuple[Mistake, ...] = field(default=())


_SECONDS_PER_SOLVE = 0.1
"""Of a scenario of a few hundred partners (docs/explanation/speed.md), on one core."""
_SECONDS_PER_BYTE = 1.6e-6
"""Of CSV, besides: 100,000 partners in 6 MB are read, solved and written in about 10 s."""


def solves_needed(question: Question) -> int:
    """About how many solves the answer takes; 0 if there is none."""
    analysis = ANALYSES[question.analysis]
    try:
        return analysis.solves(analysis.request.model_validate(question.request), _sources(question))
    except (ValidationError, InvalidRequest):
        return 0


def seconds_needed(question: Question, weight: float) -> float:
    """About how many seconds the answer takes, about files as heavy as so many bytes of CSV; 0 if there is none."""
    return solves_needed(question) * (_SECONDS_PER_SOLVE + _SECONDS_PER_BYTE * weight)


def answer(folder: Path, question: Question, context: Context | None = None) -> Answered:
    """The answer to a question about files of the folder, named in it as they are seen from the folder.

    The folder is the process's while it works, so nothing else may run in it.
    """
    analysis = ANALYSES[question.analysis]
    try:
        request = analysis.request.model_validate(question.request)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return Answered(mistakes=tuple(Mistake(tuple(one["loc"]), one["msg"]) for one in details))
    try:
        with chdir(folder):
            return Answered(analysis.run(_sources(question), request, context or Context()).text())
    except Refused as refused:
        return Answered(findings=refused.findings)
    except InvalidRequest as invalid:
        return Answered(mistakes=(Mistake((invalid.field,) if invalid.field else (), invalid.message),))


def _sources(question: Question) -> Sources:
    return Sources(
        scenarios=tuple(map(Path, question.scenarios)),
        rules=tuple(map(Path, question.rules)),
        workbook=Path(question.workbook) if question.workbook else None,
        actuals=tuple(map(Path, question.actuals)),
        record=Path(question.record) if question.record else None,
        beside=Path(),
    )
