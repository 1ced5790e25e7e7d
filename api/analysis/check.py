"""Checking: every mistake and doubt in a scenario, its partner table and its rules; nothing is solved."""

from __future__ import annotations

from pathlib import Path

from api.analysis.request import Request
from api.output.findings import Findings, finding_parts
from rules.load import load
from scenarios import Refused
from scenarios.tables.outside import Outside


class CheckRequest(Request):
    """Whether a scenario may be solved."""


class CheckDocument(Findings):
    """What is wrong or doubtful."""

    valid: bool
    """Whether there is no mistake, so that it may be solved."""


def check(path: Path, request: CheckRequest, *, outside: Outside | None = None) -> CheckDocument:
    """The findings of the scenario in a file."""
    try:
        loaded = load(path, as_of=request.as_of, outside=outside)
        return CheckDocument(findings=finding_parts(loaded.findings), valid=True)
    except Refused as refused:
        return CheckDocument(findings=finding_parts(refused.findings), valid=False)
