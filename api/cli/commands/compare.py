"""`cascade compare`: allocations side by side, what moved, and which change moved it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import many_options, options

if TYPE_CHECKING:
    from api.analysis.compare.comparison import Comparison
    from api.analysis.compare.document import CompareRequest

_EXAMPLES = """\b
Examples:
  cascade compare channel/scenario.yaml channel/stretch.yaml
  cascade compare channel/scenario.yaml channel/stretch.yaml -o moves.xlsx
  cascade compare last-week/ this-week/ --json | jq .against_first[0].moves

A, B, C are scenarios, which are solved on the spot, or folders written by cascade solve -o. Each later
one is compared with A. Between two scenarios the changes are made one after the other, in the
order of the file, and each is charged with what moves when it is made; between folders the inputs that
differ are named. CSV holds every target; XLSX and JSON hold totals, stretch, rules and reasons too.

Exit codes: 3 if the rules of one of them conflict, 4 if one cannot be solved; the others are shown all
the same.
"""


@click.command(epilog=_EXAMPLES, short_help="Compare allocations, and say what moved them.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="A B [C]...")
@click.option(
    "--why/--no-why", default=True, help="Find out which change moved what; costs a solve for each."
)
@many_options.most
@many_options.jobs
@many_options.output("the comparison")
@options.as_of
@options.as_json("the comparison")
def command(
    paths: tuple[Path, ...], why: bool, most: int, jobs: int | None, output: Path | None, as_of: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Compare allocations: totals, stretch, rules, largest moves, who newly stands at a limit, and why."""
    from api.analysis.compare.document import CompareRequest
    from api.analysis.compare.run import compared, read_sources
    from api.analysis.load_many import findings_of
    from api.cli import findings as printed
    from api.cli.load import exit_of, refusing
    from api.cli.progress import progress
    from api.processes.solve_pool import pool
    from scenarios.tables.outside import ThisMachine

    request = CompareRequest(as_of=as_of, why=why, most=None if as_json else most)
    with refusing(as_json=as_json):
        sources = read_sources(paths, request, outside=ThisMachine())
    printed.on_stderr(findings_of([source.loaded for source in sources if source.loaded]))
    with progress() as report, pool(jobs, report) as solving:
        comparison = compared(sources, solving, why=why)
    _show(comparison, request, output, most=most, as_json=as_json)
    sys.exit(exit_of(*(side.state for side in comparison.sides)))


def _show(
    comparison: Comparison, request: CompareRequest, output: Path | None, *, most: int, as_json: bool
) -> None:
    from api.analysis.compare.build import comparison_document
    from api.analysis.compare.tables import moves_sheet, other_sheets, pairs
    from api.cli.load import give
    from api.text.compare import compare_lines

    document = comparison_document(comparison, most=request.most)
    give(
        document,
        lambda: compare_lines(document, most=most),
        main=lambda: moves_sheet(pairs(comparison)),
        others=lambda: other_sheets(comparison),
        output=output,
        as_json=as_json,
        whole=lambda: comparison_document(comparison),
    )
