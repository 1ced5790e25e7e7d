"""`cascade impact`: whose targets new rules move, how far, and whether that is too far."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.comparing import options as ours
from api.exits import Exit

if TYPE_CHECKING:
    from api.comparing.impact import Concerned
    from api.comparing.impact_shown import Impacts

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
    from scenarios.written import parse_number

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
@ours.most
@ours.jobs
@ours.output("the impact")
@options.as_of
@options.as_json("the impact")
def command(
    old: Path, new: Path, scenarios: tuple[Path, ...], gate: Fraction | None, why: bool, most: int,
    jobs: int | None, output: Path | None, as_of: date | None, as_json: bool,
) -> None:  # fmt: skip
    """Solve each SCENARIO under rules OLD and NEW: whose targets move, how far, and why."""
    from api.comparing.impact import impact
    from api.comparing.impact_shown import Impacts
    from api.comparing.pool import pool
    from api.comparing.reading import scenario_file
    from api.progress import progress

    scenarios = tuple(dict.fromkeys(map(scenario_file, scenarios)))
    concerned = _concerned(old, new, scenarios, as_of=as_of, as_json=as_json)
    with progress() as tell, pool(jobs, tell) as solving:
        found = tuple(impact(each, solving, gate=gate, why=why) for each in concerned)
    known = {each.path for each in concerned}
    others = tuple(path for path in scenarios if path not in known)
    impacts = Impacts(old, new, gate, found, others)
    _tell(impacts, output, most=most, as_json=as_json)
    sys.exit(_code(impacts))


def _concerned(
    old: Path, new: Path, scenarios: Sequence[Path], *, as_of: date | None, as_json: bool
) -> list[Concerned]:
    """The scenarios that list the rules; mistakes in any version of any of them end the command."""
    from api.comparing.impact import swaps, versions
    from api.comparing.reading import refuse_errors

    files = swaps(old, new)
    found = [versions(path, files, as_of=as_of) for path in scenarios]
    refuse_errors(tuple(dict.fromkeys(each for _, told in found for each in told)), as_json=as_json)
    concerned = [each for each, _ in found if each is not None]
    if not concerned:
        raise click.UsageError(
            f"none of the scenarios lists {' or '.join(str(each.name) for each in files)}."
        )
    return concerned


def _code(impacts: Impacts) -> Exit:
    turns = {(each.before.state, each.against.side.state) for each in impacts.found}
    if any("failed" in turn for turn in turns):
        return Exit.FAILED
    if ("succeeded", "infeasible") in turns:
        return Exit.CONFLICT
    return Exit.GATE if impacts.tripped else Exit.DONE


def _tell(impacts: Impacts, output: Path | None, *, most: int, as_json: bool) -> None:
    from api.comparing.impact_shown import impacts_document, impacts_lines, impacts_moves, impacts_reasons
    from api.comparing.sheets import json_text, write

    if output is not None:
        write(
            output,
            document=lambda: impacts_document(impacts),
            main=lambda: impacts_moves(impacts),
            others=lambda: [impacts_reasons(impacts)],
        )
    if as_json:
        click.echo(json_text(impacts_document(impacts)), nl=False)
        return
    for line in impacts_lines(impacts, most=most):
        click.echo(line)
    if output is not None:
        click.echo(f"written to {output}")
