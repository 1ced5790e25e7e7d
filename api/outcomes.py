"""What the end of a solve's process means for its run."""

import json
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.child import ANSWERED, OUT_OF_MEMORY
from api.runs import Outcome, State
from api.saying import Said
from api.supervision import End, Stopped

_FINDING = re.compile(
    r"(?P<file>[^\s:]+)(?::(?P<line>\d+))?(?::(?P<column>\d+))?: (?P<code>[a-z][a-z0-9-]*): (?P<message>.+)"
)
_DONE, _FINDINGS, _FAILED = 0, 1, 4


@dataclass(frozen=True)
class Crashed:
    """The solve did not answer; the run may be tried again."""

    reason: str


@dataclass(frozen=True)
class Released:
    """The solve was stopped for no fault of the run, which goes back into the queue."""


def outcome(end: End, out: Path) -> Outcome | Crashed | Released | None:
    """What to write of a solve that left its files in `out`; None when its claim is lost."""
    if end.stopped is Stopped.LOST:
        return None
    if end.stopped is Stopped.SHUTDOWN and end.code not in ANSWERED:
        return Released()
    if end.stopped is Stopped.CANCEL:
        return Outcome(State.CANCELLED, usage=end.usage)
    result = _result(out) if end.code in (*ANSWERED, _FAILED) else None
    if end.code in ANSWERED:
        return _answered(end, result)
    return _failure(end, result)


def _answered(end: End, result: Mapping[str, Any] | None) -> Outcome | Crashed:
    if result is None:
        return Crashed("no_result")
    state = State.SUCCEEDED if end.code == _DONE else State.INFEASIBLE
    usual = "optimal" if end.code == _DONE else "infeasible"
    termination = str(result.get("termination", usual))
    return Outcome(
        state,
        termination=termination,
        findings=tuple(end.said.findings),
        usage=end.usage,
        versions=_versions(result),
    )


def _failure(end: End, result: Mapping[str, Any] | None) -> Outcome | Crashed:
    reason = _reason(end)
    if reason is None:
        return Crashed("crashed")
    termination = "time_limit" if reason == "time_limit" else "error"
    if result is not None:
        termination = str(result.get("termination", termination))
    findings = tuple(_findings(end.said)) if reason == "findings" else ()
    return Outcome(State.FAILED, termination=termination, reason=reason, findings=findings, usage=end.usage)


def _reason(end: End) -> str | None:
    """Why the solve failed for good; None when trying again may help."""
    if end.stopped is Stopped.TIME_LIMIT or end.code == -signal.SIGXCPU:
        return "time_limit"
    if end.code == OUT_OF_MEMORY or end.said.out_of_memory:
        return "memory_limit"
    if end.code == _FAILED:
        return "solve_failed"
    if end.code == _FINDINGS and any(_findings(end.said)):
        return "findings"
    return None


def _findings(said: Said) -> list[dict[str, Any]]:
    """What the solve told as JSON, or else what its lines `file:line:column: code: message` say."""
    if said.findings:
        return said.findings
    found = (_FINDING.fullmatch(line.strip()) for line in said.lines)
    return [_finding(match) for match in found if match]


def _finding(match: re.Match[str]) -> dict[str, Any]:
    parts: dict[str, Any] = match.groupdict()
    return parts | {key: int(parts[key]) if parts[key] else None for key in ("line", "column")}


def _result(out: Path) -> dict[str, Any] | None:
    try:
        result = json.loads((out / "result.json").read_bytes())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def _versions(result: Mapping[str, Any]) -> dict[str, Any] | None:
    told = {**(result.get("versions") or {}), **(result.get("engines") or {})}
    return told or None
