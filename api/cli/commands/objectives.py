"""`cascade objectives`: how far each objective is, by the plan, its actuals and check-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.cli import many_options, options
from api.cli.plan_options import about_plan, plan_and_actuals

_EXAMPLES = """\b
Examples:
  cascade solve channel/quarters.yaml -o channel/out
  cascade objectives channel/out actuals.csv --as-of 2027-03-31
  cascade objectives channel/out actuals.csv --to company -o objectives.xlsx

The scenario names its objectives (objectives: objectives.yaml). A key result is a company target or rule of
the scenario, which the plan and ACTUALS score, or it states numbers of its own and checks in.
"""


@click.command(epilog=_EXAMPLES, short_help="Score the objectives of a plan.")
@plan_and_actuals()
@click.option(
    "--to", metavar="LEVEL", help="Go down to this level; to the last one of each objective if left out."
)
@many_options.output("the scores")
@options.as_json("the scores")
def command(
    plan: Path,
    actuals: tuple[Path, ...],
    counted: dict[str, Any],
    to: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score the objectives of PLAN from 0 to 1: key results by ACTUALS and by check-ins, at every node.

    PLAN is the folder of a run, its record, or a scenario, which is solved.
    """
    from api.analysis.objectives.document import ObjectivesRequest
    from api.analysis.objectives.run import objectives
    from api.analysis.objectives.tables import key_results_sheet, nodes_sheet
    from api.cli.load import give
    from api.cli.terminal import columns
    from api.text.objectives import objectives_lines

    request = ObjectivesRequest.model_validate({**counted, "to": to})
    document = about_plan(plan, actuals, objectives, request, as_json=as_json)
    give(
        document,
        lambda: objectives_lines(document, columns=columns()),
        main=lambda: key_results_sheet(document),
        others=lambda: [nodes_sheet(document)],
        output=output,
        as_json=as_json,
    )
