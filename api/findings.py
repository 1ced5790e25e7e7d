"""Findings as people and programs read them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from scenarios import Finding

SHOWN = 100
"""How many findings a terminal gets to see."""


def document(finding: Finding) -> dict[str, Any]:
    """The finding as JSON says it."""
    place = finding.place
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "message": finding.message,
        "remedy": finding.remedy.strip(),
    }


def documents(findings: Sequence[Finding]) -> dict[str, Any]:
    """All of them, as a document of their own."""
    return {"findings": [document(finding) for finding in findings]}


def lines(findings: Sequence[Finding], most: int) -> Iterator[str]:
    """Errors under their count, then warnings under theirs, each in file order; at most `most` of both."""
    for severity, noun in (("error", "finding"), ("warning", "warning")):
        found = [finding for finding in findings if finding.severity == severity]
        if found:
            yield f"{len(found):,} {noun}{'s' if len(found) > 1 else ''}"
            yield from map(str, found[:most])
            most -= min(most, len(found))


def show(findings: Sequence[Finding], *, to: IO[str]) -> None:
    """Print findings: all of them into a pipe or file, the first `SHOWN` on a terminal."""
    most = SHOWN if to.isatty() else len(findings)
    for line in lines(findings, most):
        click.echo(line, file=to)
    if len(findings) > most:
        click.echo(f"… and {len(findings) - most:,} more; --json shows all of them", file=to)


def on_stderr(findings: Sequence[Finding]) -> None:
    """Tell people of findings."""
    show(findings, to=sys.stderr)


def json_lines_on_stderr(findings: Sequence[Finding]) -> None:
    """Tell programs of findings: a line `{"finding": {...}}` for each."""
    for finding in findings:
        click.echo(json.dumps({"finding": document(finding)}, ensure_ascii=False), err=True)
