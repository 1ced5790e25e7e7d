"""`cascade new`: a folder with a scenario, partners and rules to start from, that solves at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from api.atomic import together
from api.exits import Failed

_STARTERS = Path(__file__).parents[1] / "starters"
_LIBRARY = Path(__file__).parents[2] / "rules" / "library"
_PLACEHOLDER = "scenario: starter\n"
_EXAMPLES = """\b
Examples:
  cascade new --list
  cascade new channel --library reseller
  cascade solve channel/scenario.yaml -o channel/out
"""


def _list(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001 - click's signature
    if not value:
        return
    for name, title in _libraries():
        click.echo(f"{name:12} {title}")
    ctx.exit()


def _libraries() -> Iterator[tuple[str, str]]:
    """Each rule set with the line that introduces it."""
    for path in sorted(_LIBRARY.glob("*.yaml")):
        yield path.stem, path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


@click.command(epilog=_EXAMPLES, short_help="Make a folder to start from.")
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--library", default="reseller", show_default=True, help="The rule set to start from.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list,
              help="List the rule sets and end.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the files made as JSON.")
def command(folder: Path, library: str, as_json: bool) -> None:
    """Make the folder NAME with a scenario, an example partner table and a rule file."""
    known = [name for name, _ in _libraries()]
    if library not in known:
        raise click.BadParameter(f"there are {', '.join(known)}.", param_hint="--library")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{folder} exists already and is not empty.")
    try:
        made = _make(folder, _STARTERS / library)
    except OSError as error:
        raise Failed(f"cannot write to {folder}: {error.strerror or error}") from None
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in made]}, ensure_ascii=False, indent=1))
        return
    for path in made:
        click.echo(path)
    click.echo(f"\nnext: cascade solve {made[-1]} -o {folder / 'out'}")


def _make(folder: Path, starter: Path) -> list[Path]:
    """The files written, the scenario last."""
    names = ("partners.csv", "rules.yaml", "scenario.yaml")
    with together(folder, last=names[-1], family=names) as making:
        for name in names:
            text = (starter / name).read_text(encoding="utf-8")
            called = json.dumps(folder.resolve().name, ensure_ascii=False)
            (making / name).write_text(text.replace(_PLACEHOLDER, f"scenario: {called}\n"), encoding="utf-8")
    return [folder / name for name in names]
