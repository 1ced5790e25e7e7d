"""`cascade renew`: the next period's folder, from a plan and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli import options
from api.cli.new_folder import check_is_new, new_folder
from api.cli.plan_options import plan_and_actuals

if TYPE_CHECKING:
    from api.analysis.plan import Plan
    from api.analysis.renew.document import RenewDocument, RenewRequest
    from scenarios.actuals.facts import ActualsFile

_EXAMPLES = """\b
Examples:
  cascade solve channel/quarters.yaml -o channel/out
  cascade renew channel/out actuals.csv --done Q1 --done Q2 --done Q3 --done Q4
  cascade renew channel/out actuals.csv -o next

The folder holds a variant of the scenario that held, the partner table with the period's targets and actuals in new
columns, and the files it comes from. Baselines, ratchets and personal bests read the new columns; targets that state
an amount, and columns that nothing renewed, are listed for you to decide.
"""


@click.command(epilog=_EXAMPLES, short_help="Prepare the next period from a plan and its actuals.")
@plan_and_actuals(required=True)
@click.option("--scenario", metavar="NAME", help="What the next scenario is called.")
@click.option("--title", metavar="TEXT", help="Its line for people.")
@click.option(
    "--period", metavar="NAME", help="What the next period is called; FY2028 after FY2027 if left out."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER", help="Write the new folder."
)
@options.as_json("the renewal, its files within")
def command(
    plan: Path,
    actuals: tuple[Path, ...],
    counted: dict[str, Any],
    scenario: str | None,
    title: str | None,
    period: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Prepare the period after PLAN's by ACTUALS: a folder that `cascade solve` takes as it stands."""
    from api.analysis.renew.document import RenewRequest
    from api.analysis.renew.run import renew
    from api.cli.load import show
    from api.cli.plan_options import about_plan
    from api.text.renew import renew_lines

    def ask(found: Plan, files: Sequence[ActualsFile], request: RenewRequest) -> RenewDocument:
        return renew(plan, found, files, request)

    if output is not None:
        check_is_new(output)
    request = RenewRequest.model_validate({**counted, "scenario": scenario, "title": title, "period": period})
    document = about_plan(plan, actuals, ask, request, as_json=as_json)
    if output is not None:
        _write(document, output)
    show(document, lambda: renew_lines(document), as_json=as_json)
    if output is not None and not as_json:
        click.echo(f"\nwritten to {output}; go on with: cascade solve {output / 'scenario.yaml'}")


def _write(document: RenewDocument, folder: Path) -> None:
    """Write the files, all or none."""
    with new_folder(folder, last="scenario.yaml") as making:
        for file in document.files:
            path = making / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content, encoding="utf-8", newline="")
