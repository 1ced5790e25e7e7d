"""`cascade incentives`: what a plan would pay at target, at forecast and in expectation, beside its budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.cli import many_options, options
from api.cli.plan_options import about_plan, plan_and_actuals

_EXAMPLES = """\b
Examples:
  cascade solve channel/quarters.yaml -o channel/out
  cascade incentives channel/out
  cascade incentives channel/out earlier.csv actuals.csv --done Q1 --by region
  cascade incentives channel/out actuals.csv --done Q1 --to partner -o incentives.xlsx

The scenario names its incentives (incentives: incentives.yaml). Actuals are those of `cascade track`; with
four earlier years among them the price is also averaged over what may come. Nothing is paid.
"""


@click.command(epilog=_EXAMPLES, short_help="Say what a plan would pay.")
@plan_and_actuals(unassigned="Leave rows of unknown partners out, which earn nothing here.")
@click.option("--by", metavar="COLUMN", help="Group by this column; by tier if left out.")
@click.option(
    "--to", metavar="LEVEL", help="partner lists each one, with what it earns at 80, 100 and 120 %."
)
@many_options.output("the price")
@options.as_json("the price")
def command(
    plan: Path,
    actuals: tuple[Path, ...],
    counted: dict[str, Any],
    by: str | None,
    to: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Say what PLAN would pay: at target, and by ACTUALS at forecast and in expectation.

    PLAN is the folder of a run, its record, or a scenario, which is solved.
    """
    from api.analysis.incentives.document import IncentivesRequest
    from api.analysis.incentives.run import incentives
    from api.analysis.incentives.tables import groups_sheet, incentives_sheet, partners_sheet
    from api.cli.load import give
    from api.text.incentives import incentives_lines

    request = IncentivesRequest.model_validate({**counted, "by": by, "to": to})
    document = about_plan(plan, actuals, incentives, request, as_json=as_json)
    give(
        document,
        lambda: incentives_lines(document),
        main=lambda: incentives_sheet(document),
        others=lambda: [groups_sheet(document), partners_sheet(document)],
        output=output,
        as_json=as_json,
    )
