"""Findings as documents and as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.output.document import Document
from api.output.numbers import counted
from scenarios import Finding, Place
from scenarios.findings.finding import Severity


class FindingPart(Document):
    """One mistake or doubt."""

    code: str
    """Its stable name."""
    severity: Severity
    """Errors stop a run; warnings and notes do not."""
    file: str
    """The file as its owner calls it."""
    line: int | None
    """Counted from 1; a row number in workbooks."""
    column: int | None
    """Counted from 1."""
    cell: str | None
    """The cell of a workbook: `Partners!D3`."""
    message: str
    """What is there, naming the bad value."""
    remedy: str
    """What to do about it."""

    def __str__(self) -> str:
        place = Place(self.file, self.line, self.column, self.cell)
        message = self.message if self.message.endswith((".", "?", "!")) else f"{self.message}."
        return f"{place}: {self.code}: {message} {self.remedy}".rstrip()


class Findings(Document):
    """Everything that is wrong or doubtful with an input."""

    findings: tuple[FindingPart, ...]
    """In file order."""


def finding_part(finding: Finding) -> FindingPart:
    """The finding as documents have it."""
    place = finding.place
    return FindingPart(
        code=finding.code,
        severity=finding.severity,
        file=place.file,
        line=place.line,
        column=place.column,
        cell=place.cell,
        message=finding.message,
        remedy=finding.remedy.strip(),
    )


def finding_parts(findings: Sequence[Finding]) -> tuple[FindingPart, ...]:
    """All of them."""
    return tuple(map(finding_part, findings))


def finding_lines(findings: Sequence[FindingPart], most: int) -> Iterator[str]:
    """Errors under their count, then warnings and notes, each in file order; at most `most` of all."""
    for severity, noun in (("error", "finding"), ("warning", "warning"), ("note", "note")):
        found = [finding for finding in findings if finding.severity == severity]
        if found:
            yield counted(len(found), noun)
            yield from map(str, found[:most])
            most -= min(most, len(found))
