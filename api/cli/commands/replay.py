"""`cascade replay`: solve a run again from its record, and say whether it comes out the same."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from api.cli import options
from api.cli.exit_codes import Exit, Failed

_EXAMPLES = """\b
Examples:
  cascade replay channel/out
  cascade replay archive/2027-q1/record.zip --beside channel
  cascade replay channel/out --json | jq .same

RECORD is the folder of a run, whose files are then looked at too, or its record.zip, which is enough. The
record holds every file that the run has read, so what became of those beside the scenario changes nothing;
it is reported all the same. Times and versions may differ; nothing else may.

Exit codes: 0 the same, 1 this version finds mistakes in what was asked, 5 not the same.
"""


@click.command(epilog=_EXAMPLES, short_help="Solve a run again from its record.")
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--beside", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Where the scenario lies; the folder above the record's if left out.")  # fmt: skip
@options.as_json("what differs")
def command(record: Path, beside: Path | None, as_json: bool) -> None:
    """Solve the run of RECORD again, and say whether every file comes out the same to the byte."""
    from api.analysis.replay.run import replay
    from api.cli.load import refusing, show
    from api.text.replay import replay_lines

    try:
        with refusing(as_json=as_json):
            document = replay(record, beside=beside)
    except OSError as error:
        raise Failed(f"the record cannot be solved again: {error.strerror or error}") from None
    where = str(beside or "the folder above")
    show(document, lambda: replay_lines(document, folder=where), as_json=as_json)
    sys.exit(Exit.DONE if document.same else Exit.GATE)
