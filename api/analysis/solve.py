"""Solving: a scenario to its targets, or to the conflict among its rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from api.analysis.engines import engines_named
from api.analysis.request import Request
from api.output.progress import Progress, silent
from api.output.result_json import Circumstances, result_document
from api.output.result_parts import ResultDocument
from rules.load import Loaded, load
from solver import Allocation, allocate


class SolveRequest(Request):
    """The targets of a scenario."""


def solve(path: Path, request: SolveRequest, progress: Progress = silent) -> ResultDocument:
    """What result.json says of the scenario in a file. Raises Refused for mistakes in it."""
    progress("read", 0.0)
    started, begun = datetime.now(UTC), perf_counter()
    loaded = load(path, as_of=request.as_of)
    seconds = {"read": round(perf_counter() - begun, 6)}
    circumstances = Circumstances(loaded.findings, request.as_of, started, seconds)
    return result_document(allocation_of(loaded, progress), circumstances, outputs={})


def allocation_of(loaded: Loaded, progress: Progress = silent, *, engine: str | None = None) -> Allocation:
    """The allocation of what was loaded, which was the first tenth of the work; raises InvalidRequest."""
    return allocate(
        loaded.scenario,
        loaded.book,
        progress=lambda stage, share: progress(stage, 0.1 + 0.8 * share),
        engines=engines_named(engine),
    )
