"""`cascade replay`: solve a run again from its record, and say whether it comes out the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.exits import Exit, Failed

if TYPE_CHECKING:
    from api.records.record import Record
    from api.records.replaying import Replay

_EXAMPLES = """\b
Examples:
  cascade replay channel/out
  cascade replay archive/2027-q1/record.zip --beside channel
  cascade replay channel/out --json | jq .same

RECORD is the folder of a run, whose files are then looked at too, or its record.zip, which is enough. The
record holds every file that the run has read, so what became of those beside the scenario changes nothing;
it is told all the same. Times and versions may differ; nothing else may.

Exit codes: 0 the same, 1 this version finds mistakes in what was asked, 5 not the same.
"""


@click.command(epilog=_EXAMPLES, short_help="Solve a run again from its record.")
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--beside", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Where the scenario lies; the folder above the record's if left out.")  # fmt: skip
@options.as_json("what differs")
def command(record: Path, beside: Path | None, as_json: bool) -> None:
    """Solve the run of RECORD again, and say whether every file comes out the same to the byte."""
    from api.comparing.sheets import json_text
    from api.records import since
    from api.records.opening import find, open_record
    from api.records.shown import Told, replay_document, replay_lines

    file = find(record)
    opened, scenario = open_record(file), beside or file.resolve().parent.parent
    told = Told(
        _replayed(opened, as_json=as_json),
        since.written(opened, record) if record.is_dir() else {},
        since.read(opened, scenario),
    )
    if as_json:
        click.echo(json_text(replay_document(told)), nl=False)
    else:
        for line in replay_lines(told, folder=str(beside or "the folder above")):
            click.echo(line)
    sys.exit(Exit.DONE if told.same else Exit.GATE)


def _replayed(record: Record, *, as_json: bool) -> Replay:
    """The replay; mistakes that this version finds end the command."""
    from api import findings as told
    from api.records.replaying import replay
    from scenarios import Refused

    try:
        return replay(record)
    except Refused as refused:
        told.on_stderr(refused.findings)
        if as_json:
            click.echo(json.dumps(told.documents(refused.findings), ensure_ascii=False, indent=1))
        raise click.exceptions.Exit(Exit.FINDINGS) from None
    except OSError as error:
        raise Failed(f"the record cannot be solved again: {error.strerror or error}") from None
