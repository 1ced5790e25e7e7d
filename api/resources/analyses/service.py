"""Asking an analysis about files, in a process of its own; for HTTP and for pages."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from api.analysis.answer import Answered, Question, answer
from api.analysis.compare.variants import VariantQuestion, VariantSolver
from api.analysis.registry import ANALYSES
from api.output.document import Document
from api.processes.pool import ANALYSE, TRY
from api.processes.work_process import TooMuch
from api.resources.analyses.sources import Sources
from api.resources.scenarios.draft import refusal
from api.resources.scenarios.uploads import laid_out
from api.web.context import caller, service
from api.web.problems import Detail, HttpProblem, pointer, retry_after


def document_of(analysis: str, request: Mapping[str, Any], sources: Sources) -> Document:
    """The document of the analysis; raises HttpProblem where there is none, or where it takes too much."""
    question = sources.question(analysis, request)
    try:
        return ANALYSES[analysis].document.model_validate_json(document_text(question, sources))
    except TooMuch as fault:
        raise HttpProblem("too-long", str(fault)) from None


def document_text(question: Question, sources: Sources) -> str:
    """The document as text; raises HttpProblem where there is none, TooMuch where it is better made a run."""
    return _text(_answered(question, sources.files), sources.files)


def variant_solver() -> VariantSolver:
    """What the processes of a server try other numbers with."""
    return VariantSolver()


def variant_text(question: VariantQuestion, files: Callable[[], Mapping[str, bytes]]) -> str:
    """The comparison of a variant with its run, as text; the files are asked for where they are not known yet.

    Raises HttpProblem where there is none, or where it takes too much.
    """
    with service().wait_slots.slot(caller().org_id) as room:
        if not room:
            raise _busy()
        try:
            answered, found = _tried(question), dict[str, bytes]()
            if answered is None:
                found.update(files())
                answered = _tried_on(question, found)
        except TooMuch as fault:
            raise HttpProblem("too-long", str(fault)) from None
    return _text(answered, found)


def _tried(question: VariantQuestion, folder: Path | None = None) -> Answered | None:
    found: Answered | None = service().pool.call(TRY, caller().org_id, service().variants, question, folder)
    return found


def _tried_on(question: VariantQuestion, files: Mapping[str, bytes]) -> Answered:
    with laid_out(files) as (folder, _):
        answered = _tried(question, folder)
    assert answered is not None, "with the files there is an answer"
    return answered


def _text(answered: Answered, files: Mapping[str, bytes]) -> str:
    if answered.findings:
        raise refusal(answered.findings, files)
    if answered.mistakes:
        details = [Detail(pointer(*one.field), one.message, "invalid") for one in answered.mistakes]
        where = f"{details[0].pointer}: " if details[0].pointer else ""
        raise HttpProblem("invalid", f"{where}{details[0].detail}", errors=details)
    assert answered.text is not None, "without findings and mistakes there is a document"
    return answered.text


def _answered(question: Question, files: Mapping[str, bytes]) -> Answered:
    """What the analysis answers, in a process of its own; raises TooMuch."""
    with service().wait_slots.slot(caller().org_id) as room, laid_out(files) as (folder, _):
        if not room:
            raise _busy()
        return service().pool.call(ANALYSE, caller().org_id, answer, folder, question)


def _busy() -> HttpProblem:
    return retry_after("busy", "Too many analyses are under way already.", 5)
