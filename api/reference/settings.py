"""The reference page of settings: every option that the environment and a file give too, from the commands."""

from collections.abc import Iterator

import click

from api.reference.markdown import Lines, code, table

_ABOUT = """\
# Settings of the service

Each setting is given in one of three ways: as an option, as a variable of the environment, or in a file of TOML that
`--settings` or `CASCADE_SETTINGS` names. An option goes before the environment, the environment before the file. In
the file a name stands for all programs, or under `[serve]`, `[worker]`, … for one of them; a name that is no setting
is refused.

```toml
home = "/var/lib/cascade"
database = "postgresql://cascade@db/cascade"

[serve]
slots = 0
trusted_hosts = ["plans.example.com"]

[worker]
slots = 2
```

Keep passwords out of files that others read: PostgreSQL's own variables, such as `PGPASSFILE` and `PGPASSWORD`, count.
From the environment alone come the key of the secrets at rest (`CASCADE_SECRET_KEY`, `CASCADE_SECRET_KEY_FILE`), which
all programs on one database share, and the provider that people log in through (`CASCADE_OIDC_…`).
"""


def settings_page(cascade: click.Group) -> Lines:
    """Every setting, with the programs that have it."""
    yield from _ABOUT.splitlines()
    rows = []
    found: dict[str, list[tuple[str, click.Option]]] = {}
    for program, option in _settings(cascade):
        found.setdefault(str(option.name), []).append((program, option))
    for name, uses in sorted(found.items()):
        option = uses[0][1]
        names = ", ".join(code(each) for each in (*option.opts, *option.secondary_opts))
        programs = ", ".join(dict.fromkeys(program for program, _ in uses))
        meaning = "; ".join(dict.fromkeys((each.help or "").rstrip(".") for _, each in uses)) + "."
        rows.append((code(name), names, code(str(option.envvar)), programs, _default(option), meaning))
    yield ""
    yield from table(("name", "option", "environment", "of", "default", "meaning"), rows)


def _settings(cascade: click.Group) -> Iterator[tuple[str, click.Option]]:
    """Each command's name and its options that the environment gives, too."""
    context = click.Context(cascade)
    for name in cascade.list_commands(context):
        for command in _all(cascade.get_command(context, name)):
            for option in command.params:
                if isinstance(option, click.Option) and option.envvar:
                    yield name, option


def _all(command: click.Command | None) -> Iterator[click.Command]:
    """The command, and those in it."""
    if command is not None:
        yield command
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _all(inner)


def _default(option: click.Option) -> str:
    """The default as it is typed; empty where there is none."""
    default = option.default
    if default is None or default == () or not isinstance(default, str | int | float | bool):
        return code(str(default)) if hasattr(default, "parts") else ""
    return code(str(default).lower() if isinstance(default, bool) else str(default))
