"""Reading several scenarios for one command, which ends here when any of them has mistakes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import findings as told
from api.asking import Asked, read
from api.exits import Exit

if TYPE_CHECKING:
    from scenarios import Finding


def ask_all(paths: Sequence[Path], *, as_of: date | None, as_json: bool) -> list[Asked]:
    """The scenarios in files, each fit to be sent to another process; findings of all are told at once."""
    from scenarios import Refused
    from scenarios.mixing import portable

    asked: list[Asked] = []
    files = [scenario_file(path) for path in paths]
    found: dict[Finding, None] = {}
    several = len({file.parent.resolve() for file in files}) > 1
    for file in files:
        try:
            asked.append(read(file, as_of=as_of))
            findings = asked[-1].findings
        except Refused as refused:
            findings = refused.findings
        found |= dict.fromkeys(_beside(file, finding) if several else finding for finding in findings)
    refuse_errors(tuple(found), as_json=as_json)
    return [replace(each, scenario=portable(each.scenario)) for each in asked]


def refuse_errors(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Tell of findings; mistakes among them end the command, told on stdout too as JSON if asked for."""
    told.on_stderr(findings)
    if any(finding.severity == "error" for finding in findings):
        if as_json:
            click.echo(json.dumps(told.documents(findings), ensure_ascii=False, indent=1))
        raise click.exceptions.Exit(Exit.FINDINGS)


def scenario_file(path: Path) -> Path:
    """The scenario file that a path names: itself, or the scenario.yaml in a folder."""
    return path / "scenario.yaml" if path.is_dir() else path


def _beside(path: Path, finding: Finding) -> Finding:
    """The finding with its file as seen from here, for files of several folders may bear one name."""
    return replace(finding, place=replace(finding.place, file=str(path.parent / finding.place.file)))
