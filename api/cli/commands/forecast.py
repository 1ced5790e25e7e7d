"""`cascade forecast`: what the period will come to by its actuals and earlier years, how sure, and the odds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.cli import many_options, options
from api.cli.plan_options import about_plan, plan_and_actuals

_EXAMPLES = """\b
Examples:
  cascade solve channel/quarters.yaml -o channel/out
  cascade forecast channel/out actuals.csv --done Q1
  cascade forecast channel/out earlier.csv actuals.csv --done Q1 --to partner -o forecast.xlsx

Actuals are those of `cascade track`; rows of earlier years, as of FY2026/Q1, say how much of its pace the
rest keeps and how far it strays. Each is judged by the year before it: four of them give intervals and odds.
"""


@click.command(epilog=_EXAMPLES, short_help="Say what the period will come to, and the odds.")
@plan_and_actuals(required=True)
@click.option("--to", metavar="LEVEL", help="Go down to this level: a column of the cascade, or partner.")
@click.option("--metric", metavar="NAME", help="Print this metric alone.")
@many_options.output("the forecast")
@options.as_json("the forecast")
def command(
    plan: Path,
    actuals: tuple[Path, ...],
    counted: dict[str, Any],
    to: str | None,
    metric: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Say what PLAN will come to by ACTUALS: the forecast of every node of the cascade, its interval and odds.

    PLAN is the folder of a run, its record, or a scenario, which is solved.
    """
    from api.analysis.forecast.document import ForecastRequest
    from api.analysis.forecast.run import forecast
    from api.analysis.forecast.tables import forecast_sheet, lessons_sheet
    from api.cli.load import give
    from api.cli.terminal import columns
    from api.text.forecast import forecast_lines

    request = ForecastRequest.model_validate({**counted, "to": to})
    document = about_plan(plan, actuals, forecast, request, as_json=as_json, metric=metric)
    chosen = (metric,) if metric else ()
    give(
        document,
        lambda: forecast_lines(document, metrics=chosen, columns=columns()),
        main=lambda: forecast_sheet(document),
        others=lambda: [lessons_sheet(document)],
        output=output,
        as_json=as_json,
    )
