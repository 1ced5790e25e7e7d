"""Settings of the service's programs: by option, as `CASCADE_NAME` in the environment, or in a file of TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

PROGRAMS = ("serve", "worker", "keys", "backup", "restore")
"""Commands that a file of settings is for."""
_PREFIX = "CASCADE_"
_BETWEEN = re.compile(r"[\s,]+")


class Setting(click.Option):
    """An option that the environment and the file of settings give too, under the name of its parameter."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        assert self.name is not None
        self.envvar = f"{_PREFIX}{self.name.upper()}"


def each_name(ctx: click.Context, param: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG001
    """The names in all that was given, wherever that was, with commas or spaces between them."""
    return tuple(name for several in given for name in _BETWEEN.split(several) if name)


def setting(*declared: str, **keywords: Any) -> Callable[[F], F]:
    """As `click.option`, for a setting."""
    return click.option(*declared, cls=Setting, **keywords)


def settings_file(command: F) -> F:
    """--settings, the file that holds what neither the command line nor the environment says."""
    return setting(
        "--settings",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        is_eager=True,
        expose_value=False,
        callback=_read,
        help="TOML: name = value for any of the settings, or under [serve] or [worker] for one program.",
    )(command)


def declared(command: click.Command) -> Iterator[Setting]:
    """The settings of a command and of the commands in it."""
    yield from (each for each in command.params if isinstance(each, Setting))
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from declared(inner)


def programs() -> dict[str, click.Command]:
    """Name to command of those that have settings."""
    return {name: import_module(f"api.cli.commands.{name}").command for name in PROGRAMS}


def _read(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:  # noqa: ARG001
    if path is None:
        return
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise click.BadParameter(f"{path} cannot be read: {fault}") from None
    _check(path, held)
    program = ctx.command_path.split()[1] if " " in ctx.command_path else ctx.info_name
    own = held.get(program or "", {})
    common = {name: value for name, value in held.items() if not isinstance(value, dict)}
    ctx.default_map = {**(ctx.default_map or {}), **common, **own}


def _check(path: Path, held: dict[str, Any]) -> None:
    """Raises BadParameter for a name that is no setting."""
    names = {
        program: {str(each.name) for each in declared(command)} for program, command in programs().items()
    }
    every = set[str]().union(*names.values())
    for name, value in held.items():
        if not isinstance(value, dict):
            _check_name(path, name, every)
            continue
        _check_name(path, name, set(names))
        for inner in value:
            _check_name(path, inner, names[name])


def _check_name(path: Path, name: str, known: set[str]) -> None:
    if name in known - {"settings"}:
        return
    close = get_close_matches(name, known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise click.BadParameter(f"{path}: there is no setting {name!r}.{hint}")
