"""`cascade solve`: a scenario to its targets, in files and in a summary."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from api.cli import options
from api.cli.exit_codes import Failed

if TYPE_CHECKING:
    from api.output.progress import Progress
    from api.output.result_json import Circumstances
    from api.output.result_parts import ResultDocument
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
@click.option("--json-progress", is_flag=True, help="Report progress and findings as JSON lines on stderr.")
@options.engine
@options.as_of
@options.as_json("result.json")
def command(
    scenario: Path,
    folder: Path | None,
    xlsx: bool,
    no_record: bool,
    json_progress: bool,
    engine: str | None,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Compute the targets of SCENARIO: under its rules, adding up to the unit, each with its receipt."""
    from api.cli.load import exit_of, show
    from api.cli.progress import progress
    from api.cli.terminal import columns

    if xlsx and folder is None:
        raise click.UsageError("--xlsx needs -o DIR.")
    with progress(as_json=json_progress) as report:
        allocation, circumstances = _solve(
            scenario, as_of, report, engine, as_json=as_json, json_progress=json_progress
        )
        report("write", 0.9)
        document = _write(allocation, circumstances, folder, xlsx=xlsx, record=not no_record)
    from api.text.solve import result_lines

    show(document, lambda: result_lines(document, columns=columns()), as_json=as_json)
    if folder is not None and not as_json:
        click.echo(f"\nwritten to {folder}")
    sys.exit(exit_of(document.state))


def _solve(
    path: Path,
    as_of: date | None,
    report: Progress,
    engine: str | None,
    *,
    as_json: bool,
    json_progress: bool,
) -> tuple[Allocation, Circumstances]:
    from api.cli import findings as printed
    from api.cli.load import load

    begun = perf_counter()
    report("read", 0.0)
    to = printed.json_lines_on_stderr if json_progress else printed.on_stderr
    loaded = load(path, as_of=as_of, as_json=as_json, report=to)
    seconds = {"read": round(perf_counter() - begun, 6)}
    from api.analysis.solve import allocation_of
    from api.output.result_json import Circumstances

    return allocation_of(loaded, report, engine=engine), Circumstances(
        loaded.findings, as_of, seconds=seconds
    )


def _write(
    allocation: Allocation, circumstances: Circumstances, folder: Path | None, *, xlsx: bool, record: bool
) -> ResultDocument:
    from api.output.result_json import result_document
    from api.output.write import write_outputs

    if folder is None:
        return result_document(allocation, circumstances, outputs={})
    try:
        return write_outputs(allocation, circumstances, folder, workbook=xlsx, record=record)
    except OSError as error:
        raise Failed(f"cannot write to {folder}: {error.strerror or error}") from None
