"""`cascade export`: the program of a scenario in a file that other solvers read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from api import options
from api.atomic import whole
from api.exits import Failed

_ENDINGS = (".lp", ".mps")


@click.command(
    epilog="Example: cascade export channel/scenario.yaml -o channel/program.lp",
    short_help="Write the program for other solvers.",
)
@options.scenario
@click.option("-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), required=True,
              metavar="FILE", help="Write here; the name ends in .lp or .mps.")  # fmt: skip
@options.as_of
@options.as_json("the file, and the size of the program,")
def command(scenario: Path, file: Path, as_of: date | None, as_json: bool) -> None:
    """Write the program of SCENARIO: the floors, caps and rows that its targets keep, named after its rules.

    Elastic rules have given way already. Both formats are linear, so the objective is the least total
    deviation from the fair shares, not the even spread.
    """
    from api.answering import answer
    from solver.engines.pulp import write_program

    if file.suffix not in _ENDINGS:
        raise click.BadParameter(f"{file.name} does not end in .lp or .mps.", param_hint="--output")
    allocation = answer(scenario, as_of=as_of, as_json=as_json)
    assert allocation.settlement is not None, "an allocation with targets is settled"
    program = allocation.settlement.program
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
