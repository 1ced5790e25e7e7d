"""`cascade explain`: how one partner's targets were made, and what would change them."""

from __future__ import annotations

import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import click

from api.cli import options

_EXAMPLES = """\b
Examples:
  cascade explain channel/scenario.yaml P0042
  cascade explain channel/scenario.yaml P0042 --without 'everyone grows'
  cascade explain channel/scenario.yaml P0042 --metric revenue --instead 120000
  cascade explain channel/scenario.yaml P0042 --metric revenue --reach 120000
  cascade explain channel/scenario.yaml --responses responses.yaml --actuals actuals.csv --done Q1"""


@click.command(epilog=_EXAMPLES, short_help="Print one partner's receipts, and what would change them.")
@options.scenario
@click.argument("partner", required=False)
@click.option(
    "--metric", help="The metric meant by --instead and --reach; may be left out when there is one."
)
@click.option(
    "--without",
    metavar="RULE",
    multiple=True,
    help="Leave this rule out, instead of each that is at work; may be given several times.",
)
@click.option(
    "--instead", metavar="TARGET", help="Force this target: what it costs, which rules pay, who moves."
)
@click.option(
    "--reach", metavar="TARGET", help="Find the least change of one rule that brings the target here."
)
@click.option(
    "--responses",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Price what partners answered: each counter alone, and all together.",
)
@click.option(
    "--actuals",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --responses: actuals, for what counters do to the odds; later ones restate earlier ones.",
)
@click.option(
    "--done", multiple=True, metavar="PART", help="With --actuals: a part that is over, without a calendar."
)
@options.as_of
@options.as_json("the statement")
def command(
    scenario: Path,
    partner: str | None,
    metric: str | None,
    without: tuple[str, ...],
    instead: str | None,
    reach: str | None,
    responses: Path | None,
    actuals: tuple[Path, ...],
    done: tuple[str, ...],
    as_of: date | None,
    as_json: bool,
) -> None:
    """Print the receipt of PARTNER's targets in SCENARIO: what each rule added or took, why, and what would move it.

    Every answer to what-if is a solve of its own. With --responses, FILE lists what partners say to their targets
    (`responses:` of partner, metric, says, target, by, reason) in place of PARTNER: who pays for each counter,
    which rules give way, and with --actuals what it does to the odds that the company's totals are met.
    """
    if responses is not None:
        _print_responses(scenario, partner, responses, actuals, done, as_of, as_json=as_json)
    if actuals or done:
        raise click.UsageError("--actuals and --done go with --responses.")
    if partner is None:
        raise click.UsageError("Name a PARTNER, or --responses FILE.")
    from api.analysis.explain.document import ExplainRequest
    from api.analysis.explain.run import explain
    from api.cli.load import exit_of, load, show
    from api.cli.terminal import columns
    from api.text.explain import explain_lines

    request = ExplainRequest(
        as_of=as_of,
        partner=partner,
        metric=metric,
        without=without or None,
        instead=_number("instead", instead),
        reach=_number("reach", reach),
    )
    document = explain(load(scenario, as_of=as_of, as_json=as_json), request)
    show(document, lambda: explain_lines(document, columns=columns()), as_json=as_json)
    sys.exit(exit_of(document.state))


def _print_responses(
    scenario: Path,
    partner: str | None,
    file: Path,
    actuals: tuple[Path, ...],
    done: tuple[str, ...],
    as_of: date | None,
    *,
    as_json: bool,
) -> NoReturn:
    """Print what the responses in a file come to, and end."""
    from api.analysis.responses.document import ResponsesRequest
    from api.analysis.responses.run import price_responses, responses_in
    from api.analysis.standing.run import actuals_files
    from api.cli.load import exit_of, load, refusing, show
    from api.cli.terminal import columns
    from api.text.responses import responses_lines

    if partner is not None:
        raise click.UsageError("--responses is about all partners in FILE: leave PARTNER out.")
    loaded = load(scenario, as_of=as_of, as_json=as_json)
    request = ResponsesRequest(as_of=as_of, done=done or None)
    with refusing(as_json=as_json):
        files = actuals_files(actuals, loaded.scenario)
        document = price_responses(loaded, responses_in(file), files, request)
    show(document, lambda: responses_lines(document, columns=columns()), as_json=as_json)
    sys.exit(exit_of(document.together.state if document.together else "succeeded"))


def _number(name: str, text: str | None) -> Fraction | None:
    """The target. Raises UsageError for what is no amount."""
    from scenarios.values.typed import parse_target

    try:
        return None if text is None else parse_target(text)
    except ValueError as error:
        raise click.UsageError(f"--{name} {error}") from None
