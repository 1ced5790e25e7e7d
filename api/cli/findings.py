"""Printing findings: for people, and as JSON lines for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from api.cli.verbosity import is_quiet

if TYPE_CHECKING:
    from api.output.findings import FindingPart
    from scenarios import Finding

_INPUTS = ("scenario", "scenarios", "paths", "rules")
"""What commands call the files that they are asked about."""
MOST = 100
"""How many findings a terminal shows; a pipe or file gets all."""


def show(findings: Sequence[FindingPart], *, to: IO[str]) -> None:
    """Print findings: all of them into a pipe or file, the first `SHOWN` on a terminal."""
    from api.output.findings import finding_lines

    most = MOST if to.isatty() else len(findings)
    for line in finding_lines(_seen_from_here(findings), most):
        click.echo(line, file=to)
    if len(findings) > most:
        click.echo(f"… and {len(findings) - most:,} more; --json shows all of them", file=to)


def _seen_from_here(findings: Sequence[FindingPart]) -> list[FindingPart]:
    """The same with files as the current folder would open them, where the command asks about one folder.

    Terminals and editors open such a place on a click.
    """
    context = click.get_current_context(silent=True)
    given = [] if context is None else [context.params.get(name) for name in _INPUTS]
    paths = [path for each in given for path in (each if isinstance(each, tuple) else (each,)) if path]
    folders = {path if path.is_dir() else path.parent for path in paths if isinstance(path, Path)}
    if len(folders) != 1:
        return list(findings)
    folder = folders.pop()
    return [
        each.model_copy(update={"file": str(folder / each.file)}) if (folder / each.file).is_file() else each
        for each in findings
    ]


def on_stderr(findings: Sequence[Finding]) -> None:
    """Print findings for people; with -q the mistakes alone."""
    wanted = [each for each in findings if each.severity == "error"] if is_quiet() else findings
    if wanted:
        from api.output.findings import finding_parts

        show(finding_parts(wanted), to=sys.stderr)


def json_lines_on_stderr(findings: Sequence[Finding]) -> None:
    """Print findings for programs: a line `{"finding": {...}}` for each."""
    from api.output.findings import finding_parts

    for part in finding_parts(findings):
        click.echo(json.dumps({"finding": part.data()}, ensure_ascii=False), err=True)
