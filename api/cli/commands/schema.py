"""`cascade schema`: JSON Schema of the files that people write."""

import json

import click

_EXAMPLES = """\b
Example:
  cascade schema scenario > scenario.schema.json

Editors with yaml-language-server use it for files that begin with the line

\b
  # yaml-language-server: $schema=scenario.schema.json
"""
_SORTS = ("scenario", "rules", "cases", "objectives", "incentives")


@click.command(epilog=_EXAMPLES)
@click.argument("sort", type=click.Choice(_SORTS), metavar="|".join(_SORTS))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as always.")
def command(sort: str, as_json: bool) -> None:  # noqa: ARG001 - every command has --json
    """Print the JSON Schema of scenario files, rule files, case files that test rules, objectives or incentives."""
    from api.reference.json_schema import SCHEMAS

    click.echo(json.dumps(SCHEMAS[sort](), ensure_ascii=False, indent=1))
