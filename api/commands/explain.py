"""`cascade explain`: how one partner's targets were made, and what would change them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api import options

if TYPE_CHECKING:
    from scenarios import PartnerTable
    from solver import Allocation

_EXAMPLES = """\b
Examples:
  cascade explain channel/scenario.yaml P0042
  cascade explain channel/scenario.yaml P0042 --metric revenue --instead 120000
  cascade explain channel/scenario.yaml P0042 --metric revenue --reach 120000"""


@click.command(epilog=_EXAMPLES, short_help="Print one partner's receipts, and what would change them.")
@options.scenario
@click.argument("partner")
@click.option(
    "--metric", help="The metric meant by --instead and --reach; may be left out when there is one."
)
@click.option(
    "--instead", metavar="TARGET", help="Force this target: what it costs, which rules pay, who moves."
)
@click.option(
    "--reach", metavar="TARGET", help="Find the least change of one rule that brings the target here."
)
@options.as_of
@options.as_json("the statement")
def command(
    scenario: Path,
    partner: str,
    metric: str | None,
    instead: str | None,
    reach: str | None,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Print the receipt of PARTNER's targets in SCENARIO: what each rule added or took, why, and what would move it.

    Every answer to what-if is a solve of its own.
    """
    from api.answering import allocated
    from api.asking import ask

    wanted = {
        name: _number(name, text)
        for name, text in (("instead", instead), ("reach", reach))
        if text is not None
    }
    asked = ask(scenario, as_of=as_of, as_json=as_json)
    who = _known(partner, asked.scenario.table)
    one = _one_metric(metric, list(asked.scenario.metrics)) if wanted or metric else None
    allocation = allocated(asked, as_json=as_json)
    answers = _Answers(allocation, who, one, wanted)
    if as_json:
        click.echo(json.dumps(answers.document(), ensure_ascii=False, indent=1))
        return
    for line in answers.lines():
        click.echo(line)


class _Answers:
    """What is asked about one partner."""

    def __init__(
        self, allocation: Allocation, partner: str, metric: str | None, wanted: dict[str, Fraction]
    ) -> None:
        from solver import Engines

        self._allocation, self._partner, self._metric, self._wanted = allocation, partner, metric, wanted
        self._engines = Engines()

    def lines(self) -> Iterator[str]:
        """The answers as text."""
        from api.outputs import statement_lines, statements
        from api.outputs.whatif import instead_lines, way_lines, why_lines
        from api.terminal import columns
        from solver import instead, ways, why

        about = (self._allocation, self._partner)
        if not self._wanted:
            yield from statement_lines(self._allocation, statements(*about), columns=columns())
            for metric in self._metrics():
                yield from why_lines(metric, why(*about, metric, self._engines))
        for name, target in self._wanted.items():
            metric = self._metrics()[0]
            if name == "instead":
                found = instead(*about, metric, target, self._engines)
                yield from instead_lines(self._partner, metric, found)
            else:
                way = ways(*about, metric, target, self._engines)
                yield from way_lines(self._partner, metric, target, way)

    def document(self) -> dict[str, Any]:
        """The answers as JSON."""
        from api.outputs import statement_document, statements
        from solver import instead, ways, why

        about = (self._allocation, self._partner)
        document = statement_document(self._allocation, statements(*about))
        document["without"] = {
            metric: [one.document() for one in why(*about, metric, self._engines)]
            for metric in self._metrics()
        }
        if (target := self._wanted.get("instead")) is not None:
            document["instead"] = instead(*about, self._metrics()[0], target, self._engines).document()
        if (target := self._wanted.get("reach")) is not None:
            found = ways(*about, self._metrics()[0], target, self._engines)
            document["reach"] = [way.document() for way in found]
        return document

    def _metrics(self) -> list[str]:
        return [self._metric] if self._metric else list(self._allocation.frame.metrics)


def _number(name: str, text: str) -> Fraction:
    """The target. Raises UsageError for what is no amount."""
    from scenarios import parse_number

    try:
        number = parse_number(text.replace(",", ""))
    except ValueError as error:
        raise click.UsageError(f"--{name} {error}. Write a number such as 120000.") from None
    if number < 0:
        raise click.UsageError(f"--{name} is {text}. A target is zero or more.")
    return number


def _one_metric(metric: str | None, known: list[str]) -> str:
    """The metric meant. Raises UsageError for an unknown one, or none where there are several."""
    from scenarios import did_you_mean

    if metric is None and len(known) == 1:
        return known[0]
    if metric is None:
        raise click.UsageError(f"say which metric is meant: --metric {' or '.join(known)}.")
    if metric not in known:
        raise click.UsageError(
            f"no metric {metric!r}.{did_you_mean(metric, known)} There are: {', '.join(known)}."
        )
    return metric


def _known(partner: str, table: PartnerTable) -> str:
    """The partner's id as the table has it. Raises UsageError for an unknown one."""
    from scenarios import did_you_mean
    from scenarios.words import composed

    who = composed(partner)
    if table.position(who) is None:
        raise click.UsageError(f"no partner {who!r} in {table.name}.{did_you_mean(who, table.ids.tolist())}")
    return who
