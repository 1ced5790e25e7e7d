"""`cascade solve`: a scenario to its targets, in files and in a summary."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from api import options
from api.exits import Exit, Failed

if TYPE_CHECKING:
    from api.outputs import Circumstances
    from api.progress import Progress
    from solver import Allocation

_EXAMPLES = """\b
Examples:
  cascade solve channel/scenario.yaml -o channel/out
  cascade solve channel/scenario.yaml -o channel/out --xlsx
  cascade solve channel/scenario.yaml --json | jq .totals

Without -o the summary is printed and nothing is written. DIR gets allocation.csv, receipts.csv,
result.json and record.zip, and levels.csv if the scenario has a cascade, together or not at all; when the
rules conflict, result.json and record.zip alone.
"""


@click.command(epilog=_EXAMPLES, short_help="Compute the targets.")
@options.scenario
@click.option("-o", "--output", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write the files into this folder.")  # fmt: skip
@click.option("--xlsx", is_flag=True, help="Write allocation.xlsx too.")
@click.option("--no-record", is_flag=True, help="Leave record.zip out.")
@click.option("--json-progress", is_flag=True, help="Tell of progress and findings as JSON lines on stderr.")
@options.as_of
@options.as_json("result.json")
def command(
    scenario: Path,
    folder: Path | None,
    xlsx: bool,
    no_record: bool,
    json_progress: bool,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Compute the targets of SCENARIO: under its rules, adding up to the unit, each with its receipt."""
    from api.progress import progress

    if xlsx and folder is None:
        raise click.UsageError("--xlsx needs -o DIR.")
    with progress(as_json=json_progress) as tell:
        allocation, circumstances = _solve(
            scenario, as_of, tell, as_json=as_json, json_progress=json_progress
        )
        tell("write", 0.9)
        document = _write(allocation, circumstances, folder, xlsx=xlsx, record=not no_record)
    if as_json:
        from api.outputs import result_text

        click.echo(result_text(document), nl=False)
    else:
        _show(allocation, folder)
    sys.exit({"succeeded": Exit.DONE, "infeasible": Exit.CONFLICT, "failed": Exit.FAILED}[allocation.state])


def _solve(
    path: Path, as_of: date | None, tell: Progress, *, as_json: bool, json_progress: bool
) -> tuple[Allocation, Circumstances]:
    from api import findings as told
    from api.asking import ask
    from api.outputs import Circumstances
    from solver import allocate

    begun = perf_counter()
    tell("read", 0.0)
    telling = told.json_lines_on_stderr if json_progress else told.on_stderr
    asked = ask(path, as_of=as_of, as_json=as_json, tell=telling)
    seconds = {"read": round(perf_counter() - begun, 6)}
    allocation = allocate(
        asked.scenario, asked.book, progress=lambda stage, share: tell(stage, 0.1 + 0.8 * share)
    )
    return allocation, Circumstances(asked.findings, as_of, seconds=seconds)


def _write(
    allocation: Allocation, circumstances: Circumstances, folder: Path | None, *, xlsx: bool, record: bool
) -> dict[str, Any]:
    from api.outputs import result_document, write_outputs

    if folder is None:
        return result_document(allocation, circumstances, outputs={})
    try:
        return write_outputs(allocation, circumstances, folder, workbook=xlsx, record=record)
    except OSError as error:
        raise Failed(f"cannot write to {folder}: {error.strerror or error}") from None


def _show(allocation: Allocation, folder: Path | None) -> None:
    from api.outputs import conflict_lines, summary
    from api.terminal import columns

    if allocation.conflict is not None:
        lines = conflict_lines(allocation.conflict, columns=columns())
    elif allocation.state == "failed":
        lines = iter([f"The solve failed: {allocation.reason}."])
    else:
        lines = summary(allocation, columns=columns())
    for line in lines:
        click.echo(line)
    if folder is not None:
        click.echo(f"\nwritten to {folder}")
