"""`cascade docs`: what a kind of rule or the code of a finding means."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from api.cli import options

_EXAMPLES = """\b
Examples:
  cascade docs
  cascade docs growth_cap
  cascade docs where-nobody
"""


@click.command(epilog=_EXAMPLES, short_help="Print the page of a rule kind or finding code.")
@click.argument("name", required=False, metavar="[KIND|CODE]")
@options.as_json("the same")
def command(name: str | None, as_json: bool) -> None:
    """Print the reference page of a rule kind or a finding code; without one, the list of both."""
    sort, lines = ("list", _list()) if name is None else _page(name)
    text = "\n".join(lines)
    if as_json:
        click.echo(json.dumps({"name": name, "sort": sort, "text": text}, ensure_ascii=False, indent=1))
    else:
        click.echo(text)


def _page(name: str) -> tuple[str, Iterator[str]]:
    """What the name is of, and the page."""
    from api.reference import finding_text, kind_page
    from rules import KINDS
    from scenarios import CODES, did_you_mean

    if name in KINDS:
        return "kind", kind_page(name)
    if name in CODES:
        return "finding", finding_text(name)
    remedy = did_you_mean(name, (*KINDS, *CODES)) or " `cascade docs` lists them."
    raise click.UsageError(f"no kind or code {name!r}.{remedy}")


def _list() -> Iterator[str]:
    from api.output.text_layout import aligned
    from rules import KINDS
    from rules.describe import describe
    from scenarios import CODES

    yield "kinds of rules"
    yield from aligned((name, describe(kind).sentence) for name, kind in KINDS.items())
    yield from ("", "codes of findings")
    yield from aligned(CODES.items())
