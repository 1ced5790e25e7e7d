"""`cascade new`: a folder with a scenario, partners and rules to start from, that solves at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from api.cli.new_folder import check_is_new, new_folder

_STARTERS = Path(__file__).parents[2] / "starters"
_LIBRARY = Path(__file__).parents[3] / "rules" / "library"
_SHIPPED = Path(__file__).parents[3] / "scenarios" / "examples"
_PLACEHOLDERS = {"scenario: starter\n": "", "scenario: starter-ambitious\n": "-ambitious"}
"""Names of scenarios, to what follows the folder's name in their place."""
_FILES = ("partners.csv", "rules.yaml", "rules.cases.yaml", "ambitious.yaml", "scenario.yaml")
"""The files of a starter, the scenario last."""
_EXAMPLES = """\b
Examples:
  cascade new --list
  cascade new channel --library reseller
  cascade new renewals --starter retention
  cascade new tour --example channel
  cascade solve channel/scenario.yaml -o channel/out
"""


def _list(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001 - click's signature
    if not value:
        return
    for name, title in (*_libraries(), *_uses(), *_examples()):
        click.echo(f"{name:18} {title}")
    ctx.exit()


def _libraries() -> Iterator[tuple[str, str]]:
    """Each rule set with the line that introduces it."""
    for path in sorted(_LIBRARY.glob("*.yaml")):
        yield path.stem, path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def _uses() -> Iterator[tuple[str, str]]:
    """Each starter without a rule set of its own, with the line that introduces its rules."""
    known = {name for name, _ in _libraries()}
    for path in sorted(_STARTERS.glob("*/rules.yaml")):
        if path.parent.name not in known:
            yield path.parent.name, path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def _examples() -> Iterator[tuple[str, str]]:
    """Each shipped example with the line that introduces it."""
    for path in sorted(_SHIPPED.glob("*/scenario.yaml")):
        yield path.parent.name, path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


@click.command(epilog=_EXAMPLES, short_help="Make a folder to start from.")
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--library", default="reseller", show_default=True, help="The rule set to start from.")
@click.option("--starter", help="A use to start from, such as retention; --list names them.")
@click.option("--example", help="A shipped example to look around in, such as channel; --list names them.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list,
              help="List the rule sets, starters and examples, and end.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the files made as JSON.")
def command(folder: Path, library: str, starter: str | None, example: str | None, as_json: bool) -> None:
    """Make the folder NAME with a scenario and a variant, an example partner table, a rule file and its cases."""
    known = [name for name, _ in _libraries()]
    if library not in known:
        raise click.BadParameter(f"there are {', '.join(known)}.", param_hint="--library")
    uses = [*(name for name, _ in _uses()), *known]
    if starter is not None and starter not in uses:
        raise click.BadParameter(f"there are {', '.join(uses)}.", param_hint="--starter")
    examples = [name for name, _ in _examples()]
    if example is not None and example not in examples:
        raise click.BadParameter(f"there are {', '.join(examples)}.", param_hint="--example")
    if example is not None and starter is not None:
        raise click.UsageError("say either --starter or --example.")
    check_is_new(folder)
    if example is None:
        made = _make(folder, _STARTERS / (starter or library), _FILES)
    else:
        shipped = sorted(path.name for path in (_SHIPPED / example).iterdir() if path.is_file())
        made = _make(folder, _SHIPPED / example, sorted(shipped, key=_FILES[-1].__eq__))
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in made]}, ensure_ascii=False, indent=1))
        return
    for path in made:
        click.echo(path)
    click.echo(f"\nnext: cascade solve {made[-1]} -o {folder / 'out'}")


def _make(folder: Path, source: Path, files: Sequence[str]) -> list[Path]:
    """The files written, the scenario last."""
    with new_folder(folder, last=files[-1], family=files) as making:
        for name in files:
            text = (source / name).read_text(encoding="utf-8")
            for placeholder, more in _PLACEHOLDERS.items():
                called = json.dumps(f"{folder.resolve().name}{more}", ensure_ascii=False)
                text = text.replace(placeholder, f"scenario: {called}\n")
            (making / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]
