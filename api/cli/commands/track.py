"""`cascade track`: actuals beside a plan: where the company, its levels and its partners stand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from api.cli import many_options, options
from api.cli.exit_codes import Exit
from api.cli.plan_options import about_plan, plan_and_actuals

_EXAMPLES = """\b
Examples:
  cascade solve channel/quarters.yaml -o channel/out
  cascade track channel/out actuals.csv --done Q1
  cascade track channel/out actuals.csv --state off_track --metric revenue
  cascade track channel/out actuals.csv --to partner -o standing.xlsx

Actuals are rows of partner_id, metric, period, amount, and as_of, the day on which that was known: a later
day restates an earlier one, and so does a file named later. Pace is what was done over what was due by the
plan's own phasing. Exit code 5 with --gate, if some partner is in the state.
"""

_STATES = ("met", "ahead", "on_track", "behind", "off_track", "missed", "not_due")


@click.command(epilog=_EXAMPLES, short_help="Say where a plan stands.")
@plan_and_actuals(required=True)
@click.option("--to", metavar="LEVEL", help="Go down to this level: a column of the cascade, or partner.")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES),
              help="Only who is in this state, partners too.")  # fmt: skip
@click.option("--metric", metavar="NAME", help="Print this metric alone.")
@click.option("--gate", type=click.Choice(_STATES), help="Exit with 5 if a partner is in this state.")
@many_options.output("the standing")
@options.as_json("the standing")
def command(
    plan: Path,
    actuals: tuple[Path, ...],
    counted: dict[str, Any],
    to: str | None,
    states: tuple[str, ...],
    metric: str | None,
    gate: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Say where PLAN stands by ACTUALS: attainment, pace and state of every node of the cascade.

    PLAN is the folder of a run, its record, or a scenario, which is solved.
    """
    from api.analysis.standing.document import StandingRequest
    from api.analysis.standing.run import standing
    from api.analysis.standing.tables import standing_sheet, states_sheet
    from api.cli.load import give
    from api.cli.terminal import columns
    from api.text.standing import standing_lines

    request = StandingRequest.model_validate({**counted, "to": to, "states": states})
    document = about_plan(plan, actuals, standing, request, as_json=as_json, metric=metric)
    chosen = (metric,) if metric else ()
    give(
        document,
        lambda: standing_lines(document, metrics=chosen, columns=columns()),
        main=lambda: standing_sheet(document),
        others=lambda: [states_sheet(document)],
        output=output,
        as_json=as_json,
    )
    tripped = gate is not None and any(gate in counts for counts in document.states.values())
    sys.exit(Exit.GATE if tripped else Exit.DONE)
