"""Loading several scenarios at once, with the findings of all, each fit to be sent to another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from rules.load import Loaded, load, scenario_file
from scenarios import Finding, Refused
from scenarios.diff.blend_tables import portable
from scenarios.tables.outside import Outside


def load_all(paths: Sequence[Path], *, as_of: date | None, outside: Outside | None = None) -> list[Loaded]:
    """The scenarios in files. Raises Refused with the findings of all if there is a mistake in any.

    Where the files lie in several folders, their findings name files as seen from here.
    """
    files = [scenario_file(path) for path in paths]
    several = len({file.parent.resolve() for file in files}) > 1
    found: list[Loaded] = []
    findings: dict[Finding, None] = {}
    for file in files:
        try:
            loaded = load(file, as_of=as_of, outside=outside)
        except Refused as refused:
            findings |= dict.fromkeys(_seen(file, refused.findings, several=several))
        else:
            placed = _seen(file, loaded.findings, several=several)
            findings |= dict.fromkeys(placed)
            found.append(Loaded(portable(loaded.scenario), loaded.book, placed))
    if any(finding.severity == "error" for finding in findings):
        raise Refused(tuple(findings))
    return found


def findings_of(loaded: Sequence[Loaded]) -> tuple[Finding, ...]:
    """The doubts about all of them, each once."""
    return tuple(dict.fromkeys(finding for each in loaded for finding in each.findings))


def _seen(path: Path, findings: Sequence[Finding], *, several: bool) -> tuple[Finding, ...]:
    """The findings, their files as seen from here if files of several folders may bear one name."""
    if not several:
        return tuple(findings)
    return tuple(
        replace(each, place=replace(each.place, file=str(path.parent / each.place.file))) for each in findings
    )
