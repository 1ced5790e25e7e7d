"""`cascade impact`: whose targets new rules move, how far, and whether that is too far."""

from __future__ import annotations

import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import many_options, options
from api.cli.exit_codes import Exit

if TYPE_CHECKING:
    from api.analysis.impact.document import ImpactDocument, ImpactRequest
    from api.analysis.impact.run import Impacts

_EXAMPLES = """\b
Examples:
  cascade impact rules.yaml rules-new.yaml channel/scenario.yaml
  git show main:channel/rules.yaml > before.yaml
  cascade impact before.yaml channel/rules.yaml channel/scenario*.yaml --max-move 5%

OLD and NEW are rule files, or folders of rule files. Every scenario that lists a rule file of the name of OLD
is solved with each in its place. With --max-move, a target that moves by more than this part of what it was
(and by more than one unit of rounding) trips the gate.

Exit codes: 3 if the new rules conflict where the old did not, 4 if a solve failed, 5 if the gate is tripped.
"""


def _share(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:  # noqa: ARG001
    from scenarios.values.parse_number import parse_number

    try:
        share = None if value is None else parse_number(value)
    except ValueError as error:
        raise click.BadParameter(f"it {error}; write 5% or 0.05.") from None
    if share is not None and share < 0:
        raise click.BadParameter("write zero or more, as 5% or 0.05.")
    return share


@click.command(epilog=_EXAMPLES, short_help="Say whose targets a change of rules moves.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO...")
@click.option(
    "--max-move", "gate", callback=_share, metavar="SHARE", help="Trip if a target moves further: 5%."
)
@click.option(
    "--why/--no-why", default=True, help="Find out which change moved what; costs a solve for each."
)
@many_options.most
@many_options.jobs
@many_options.output("the impact")
@options.as_of
@options.as_json("the impact")
def command(
    old: Path, new: Path, scenarios: tuple[Path, ...], gate: Fraction | None, why: bool, most: int,
    jobs: int | None, output: Path | None, as_of: date | None, as_json: bool,
) -> None:  # fmt: skip
    """Solve each SCENARIO under rules OLD and NEW: whose targets move, how far, and why."""
    from api.analysis.impact.document import ImpactRequest
    from api.analysis.impact.run import impact_document, impacts, match
    from api.analysis.request import Context
    from api.cli import findings as printed
    from api.cli.load import refusing
    from api.cli.progress import progress
    from api.processes.solve_pool import pool

    request = ImpactRequest(as_of=as_of, max_move=gate, why=why, most=None if as_json else most)
    with refusing(as_json=as_json):
        matched = match(old, new, scenarios, request)
    printed.on_stderr(matched.findings)
    with progress() as report, pool(jobs, report) as solving:
        found = impacts(matched, request, Context(solving, report))
    document = impact_document(found, request)
    _show(document, found, request, output, most=most, as_json=as_json)
    sys.exit(_code(document))


def _code(document: ImpactDocument) -> Exit:
    turns = {(each.before.state, each.after.state) for each in document.scenarios}
    if any("failed" in turn for turn in turns):
        return Exit.FAILED
    if ("succeeded", "infeasible") in turns:
        return Exit.CONFLICT
    return Exit.GATE if document.tripped else Exit.DONE


def _show(
    document: ImpactDocument,
    found: Impacts,
    request: ImpactRequest,
    output: Path | None,
    *,
    most: int,
    as_json: bool,
) -> None:
    from api.analysis.impact.run import impact_document
    from api.analysis.impact.tables import impact_moves, impact_reasons
    from api.cli.load import give
    from api.text.impact import impact_lines

    give(
        document,
        lambda: impact_lines(document, most=most),
        main=lambda: impact_moves(found),
        others=lambda: [impact_reasons(found)],
        output=output,
        as_json=as_json,
        whole=lambda: impact_document(found, request.model_copy(update={"most": None})),
    )
