"""`cascade export`: the program of a scenario in a file that other solvers read."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from api.cli import options
from api.cli.exit_codes import Failed
from api.output.atomic_files import whole

if TYPE_CHECKING:
    from solver import Allocation

_ENDINGS = (".lp", ".mps")


@click.command(
    epilog="Example: cascade export channel/scenario.yaml -o channel/program.lp",
    short_help="Write the program for other solvers.",
)
@options.scenario
@click.option("-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), required=True,
              metavar="FILE", help="Write here; the name ends in .lp or .mps.")  # fmt: skip
@options.engine
@options.as_of
@options.as_json("the file, and the size of the program,")
def command(scenario: Path, file: Path, engine: str | None, as_of: date | None, as_json: bool) -> None:
    """Write the program of SCENARIO: the floors, caps and rows that its targets keep, named after its rules.

    Elastic rules have given way already. Both formats are linear, so the objective is the least total
    deviation from the fair shares, not the even spread.
    """
    from api.analysis.solve import allocation_of
    from api.cli.load import load
    from solver.engines.pulp import write_program

    if file.suffix not in _ENDINGS:
        raise click.BadParameter(f"{file.name} does not end in .lp or .mps.", param_hint="--output")
    allocation = allocation_of(load(scenario, as_of=as_of, as_json=as_json), engine=engine)
    if allocation.elastic is None:
        _without_answer(allocation, as_json=as_json)
    program = allocation.elastic.program
    try:
        with whole(file) as making:
            write_program(program, allocation.book, making)
    except OSError as error:
        raise Failed(f"cannot write {file}: {error.strerror or error}") from None
    targets, rows = len(program.fair_share), int(program.matrix.shape[0])
    if as_json:
        click.echo(
            json.dumps({"file": str(file), "targets": targets, "rows": rows}, ensure_ascii=False, indent=1)
        )
    else:
        click.echo(f"{file}: {targets:,} targets, {rows:,} row{'s' * (rows != 1)} over several of them")


def _without_answer(allocation: Allocation, *, as_json: bool) -> NoReturn:
    """Print why there is no program, and end the command."""
    from api.cli.load import exit_of, show
    from api.output.result_json import Circumstances, result_document
    from api.text.solve import result_lines

    document = result_document(allocation, Circumstances(()), outputs={})
    show(document, lambda: result_lines(document), as_json=as_json)
    sys.exit(exit_of(document.state))
