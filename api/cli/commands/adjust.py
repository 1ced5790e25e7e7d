"""`cascade adjust`: overrides from a workbook, priced, then written into the scenario as adjustments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import options
from api.cli.exit_codes import Exit, Failed

if TYPE_CHECKING:
    from scenarios import Adjustment

_EXAMPLES = """\b
Examples:
  cascade solve channel/scenario.yaml -o channel/out --xlsx
  cascade adjust channel/out/allocation.xlsx channel/scenario.yaml --by 'sales operations'
  cascade adjust channel/out/allocation.xlsx channel/scenario.yaml --by 'sales operations' --yes

Fill in Override and Reason (and Until, the last day on which it counts) on the sheet of targets."""


@click.command(epilog=_EXAMPLES, short_help="Turn a workbook's overrides into adjustments.")
@click.argument("workbook", type=click.Path(path_type=Path))
@options.scenario
@click.option("--by", required=True, metavar="NAME", help="Who decided: it stands on every receipt.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@options.as_of
@options.as_json("what the overrides come to")
def command(workbook: Path, scenario: Path, by: str, yes: bool, as_of: date | None, as_json: bool) -> None:
    """Read the overrides in WORKBOOK, show what each costs and whom it moves, and write them into SCENARIO.

    They become adjustments of the scenario file: each later run keeps them until their last day. Nothing is
    written where they cannot hold, with --json, or without a yes.
    """
    from api.analysis.adjust.document import AdjustRequest
    from api.analysis.adjust.run import adjust_from, decided_in
    from api.analysis.errors import InvalidRequest
    from api.cli.findings import on_stderr
    from api.cli.load import exit_of, load, refusing, show
    from api.cli.terminal import columns
    from api.text.adjust import adjust_lines

    loaded = load(scenario, as_of=as_of, as_json=as_json)
    with refusing(as_json=as_json):
        decided, doubts = decided_in(workbook, loaded, by, as_of)
        try:
            document = adjust_from(loaded, workbook, AdjustRequest(by=by, as_of=as_of))
        except InvalidRequest as error:
            raise Failed(str(error)) from None
    on_stderr(doubts)
    show(document, lambda: adjust_lines(document, columns=columns()), as_json=as_json)
    if document.together is None:
        return
    code = exit_of(document.together.state)
    if code == Exit.DONE and not as_json:
        file = scenario / "scenario.yaml" if scenario.is_dir() else scenario
        if not yes:
            click.confirm(f"Write {len(decided)} into {file}?", abort=True)
        _write(file, decided)
    sys.exit(code)


def _write(file: Path, decided: Sequence[Adjustment]) -> None:
    from api.output.atomic_files import whole
    from scenarios.write.decisions import EditRefused, with_adjustments

    try:
        text = with_adjustments(file.read_bytes().decode("utf-8-sig"), decided, name=str(file))
        with whole(file) as making:
            making.write_bytes(text.encode())
    except EditRefused as error:
        raise Failed(f"{file} is as it was: {error}") from None
    except OSError as error:
        raise Failed(f"cannot write {file}: {error.strerror or error}") from None
    click.echo(f"written into {file}")
