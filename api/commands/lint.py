"""`cascade lint`: rules that may not do what their author thinks."""

import json
import sys
from datetime import date
from pathlib import Path

import click

from api import options
from api.exits import Exit

_EXAMPLES = """\b
Examples:
  cascade lint channel
  cascade lint channel/scenario.yaml channel/stretch.yaml
  cascade lint channel/*.yaml --no-solve --json | jq '.findings[].code'

A doubt is told when it stands in every scenario given that has the rule. Exits with 1 when there is any
finding; without one, with 3 when the rules of a scenario conflict, and with 4 when a solve fails.
"""
_ENDS = {
    "succeeded": Exit.DONE,
    "unsolved": Exit.DONE,
    "refused": Exit.FINDINGS,
    "infeasible": Exit.CONFLICT,
    "failed": Exit.FAILED,
}


@click.command(epilog=_EXAMPLES, short_help="Tell of rules that do nothing.")
@click.argument("scenarios", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--no-solve", is_flag=True, help="Look at the rules only, not at what binds in the answers.")
@options.as_of
@options.as_json("the findings")
def command(scenarios: tuple[Path, ...], no_solve: bool, as_of: date | None, as_json: bool) -> None:
    """Tell of rules that match nobody, never bind, are implied by others, are repeated or can never hold."""
    from api import findings as told
    from api.comparing.reading import scenario_file
    from api.linting import document, findings, lines_on_conflicts, look
    from api.progress import progress

    with progress() as tell:
        looked = []
        for number, path in enumerate(dict.fromkeys(map(scenario_file, scenarios))):
            tell(path.name, number / len(scenarios))
            looked.append(look(path, as_of=as_of, solve=not no_solve))
    found = findings(looked)
    if as_json:
        documents = told.documents(found) | {"scenarios": document(looked)}
        click.echo(json.dumps(documents, ensure_ascii=False, indent=1))
    elif found:
        told.show(found, to=sys.stdout)
    else:
        click.echo("no findings")
    for line in lines_on_conflicts(looked):
        click.echo(line, err=True)
    sys.exit(Exit.FINDINGS if found else max(_ENDS[each.state] for each in looked))
