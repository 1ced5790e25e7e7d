"""What the process of a run calls: from files to a reply, and to a result ready to be stored."""

import json
from collections.abc import Callable, Mapping
from math import inf
from time import perf_counter
from typing import Any

import piqp  # noqa: F401 - once, before the fork; small scenarios, as the one to warm up with, do without

from api.analysis.answer import Answered, Question, answer
from api.analysis.parts import ANSWERS, JoinedPool, PartDone, PartPool
from api.analysis.request import Context, InProcess, Pool
from api.output import result_bundle
from api.output.bundling import pack
from api.output.findings import finding_parts
from api.output.result_bundle import Packed
from api.output.result_json import Circumstances, result_document, versions
from api.output.write import hashes_of, table_texts
from api.processes.messages import PARTS_FOLDER, RESULT_FOLDER, Progress, Report, SolveReply, SolveRequest
from rules.load import load
from scenarios import Refused
from solver import Allocation, allocate

_SEARCH = 0.7
"""Part of a run's time limit after which the search ends; rounding, receipts and files have the rest."""


def solve(request: SolveRequest, report: Report) -> SolveReply:
    """How the scenario in the request's folder, or what is asked about its files, comes out.

    The result is in RESULT_FOLDER then.
    """
    if request.question is not None:
        return analyse(request, json.loads((request.folder / request.question).read_bytes()), report)
    report(Progress(stage="read", share=0.0))
    begun = perf_counter()
    try:
        loaded = load(request.folder)
    except Refused as refused:
        found = tuple(part.data() for part in finding_parts(refused.findings))
        return SolveReply(state="failed", termination="error", reason="findings", findings=found)
    seconds = {"read": round(perf_counter() - begun, 6)}
    allocation = allocate(
        loaded.scenario,
        loaded.book,
        progress=lambda stage, share: report(Progress(stage=stage, share=0.1 + 0.8 * share)),
        time_limit=_until_rounding(request, perf_counter() - begun),
    )
    report(Progress(stage="write", share=0.9))
    _write(request, allocation, Circumstances(loaded.findings, seconds=seconds))
    return SolveReply(
        state=allocation.state,
        termination=allocation.termination,
        reason="solve_failed" if allocation.state == "failed" else None,
        findings=tuple(part.data() for part in finding_parts(loaded.findings)),
        versions={**versions(), **allocation.engines},
        has_result=allocation.state != "failed",
    )


def _until_rounding(request: SolveRequest, spent: float) -> float:
    """Seconds that the search for targets may still take, so that what it proves is written before the process is ended."""
    return inf if request.time_limit_s is None else max(0.0, _SEARCH * request.time_limit_s - spent)


def analyse(request: SolveRequest, question: Mapping[str, Any], report: Report) -> SolveReply:
    """What the answer to the question, or a part of it, comes to; its document is in RESULT_FOLDER then."""

    def reported(stage: str, share: float) -> None:
        report(Progress(stage=stage, share=share))

    asked = Question(**question)
    try:
        answered = answer(request.folder, asked, Context(_pool(request, asked, reported), reported))
    except PartDone as done:
        answered = Answered(done.text)
    if answered.text is None:
        return _refused(answered)
    result_bundle.write(Packed(answered.text.encode(), {}, {}, ()), request.folder / RESULT_FOLDER)
    return SolveReply(state="succeeded", versions=versions(), has_result=True)


def _pool(request: SolveRequest, asked: Question, reported: Callable[[str, float], None]) -> Pool:
    if request.part is not None:
        return PartPool(request.part, request.parts, reported)
    if request.parts:
        found = sorted((request.folder / PARTS_FOLDER).iterdir())
        return JoinedPool(ANSWERS[asked.analysis], [path.read_text("utf-8") for path in found])
    return InProcess(reported)


def _refused(answered: Answered) -> SolveReply:
    if answered.findings:
        found = tuple(part.data() for part in finding_parts(answered.findings))
        return SolveReply(state="failed", reason="findings", findings=found)
    mistakes = tuple(
        {"code": "invalid", "message": one.message, "pointer": "".join(f"/{part}" for part in one.field)}
        for one in answered.mistakes
    )
    return SolveReply(state="failed", reason="invalid", findings=mistakes)


def _write(request: SolveRequest, allocation: Allocation, circumstances: Circumstances) -> None:
    texts = table_texts(allocation) if allocation.state == "succeeded" else {}
    document = result_document(allocation, circumstances, outputs=hashes_of(texts))
    names = {name.removesuffix(".csv"): text for name, text in texts.items()}
    result_bundle.write(pack(document.text().encode(), names), request.folder / RESULT_FOLDER)
