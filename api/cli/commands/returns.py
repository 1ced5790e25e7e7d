"""`cascade returns`: what a goal with diminishing returns brings, in all and by partner."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from api.cli import many_options, options

_EXAMPLES = """\b
Examples:
  cascade returns channel/funds.yaml
  cascade returns channel/funds.yaml --most 240 -o returns.xlsx

A goal's returns diminish where it names half_at, the target that brings half of what maximise holds. Between floor
and cap the last unit then brings the same everywhere, but for what give_up leaves to an even spread.
"""


@click.command(epilog=_EXAMPLES, short_help="Say what diminishing returns come to.")
@options.scenario
@click.option("--goal", type=click.IntRange(min=1), metavar="N",
              help="Which goal of the scenario; the first with half_at if left out.")  # fmt: skip
@click.option("--most", type=click.IntRange(min=0), default=20, show_default=True, metavar="N",
              help="Print so many partners of each metric.")  # fmt: skip
@many_options.output("the returns")
@options.as_of
@options.as_json("the returns")
def command(
    scenario: Path, goal: int | None, most: int, output: Path | None, as_of: date | None, as_json: bool
) -> None:
    """Solve SCENARIO and say what each target brings to its goal, and what one more unit of it would bring."""
    from api.analysis.returns.document import ReturnsRequest
    from api.analysis.returns.run import returns
    from api.analysis.returns.tables import metrics_sheet, returns_sheet
    from api.cli.load import exit_of, give, load
    from api.text.returns import returns_lines

    request = ReturnsRequest(as_of=as_of, goal=goal)
    document = returns(load(scenario, as_of=as_of, as_json=as_json), request)
    give(
        document,
        lambda: returns_lines(document, most=most),
        main=lambda: returns_sheet(document),
        others=lambda: [metrics_sheet(document)],
        output=output if document.reached is not None else None,
        as_json=as_json,
    )
    sys.exit(exit_of(document.state))
