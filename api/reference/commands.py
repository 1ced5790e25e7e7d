"""The reference page of commands: what --help says of each."""

from inspect import cleandoc
from textwrap import dedent

import click

from api.reference.markdown import Lines, block, code, table


def commands_page(cascade: click.Group) -> Lines:
    """Every command of the group with its options and examples."""
    yield "# Commands and their options"
    context = click.Context(cascade, info_name="cascade")
    for name in cascade.list_commands(context):
        command = cascade.get_command(context, name)
        assert command is not None
        yield from _command(command, click.Context(command, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context) -> Lines:
    usage = " ".join(command.collect_usage_pieces(context))
    yield from ("", f"## {context.command_path}", "", code(f"{context.command_path} {usage}"), "")
    yield from (_plain(cleandoc(command.help or "")), "")
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        rows = [(code(_usage(each, context)), each.help or "") for each in options]
        yield from (*table(("option", "meaning"), rows), "")
    if command.epilog:
        yield from block("text", _plain(command.epilog))
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _usage(option: click.Option, context: click.Context) -> str:
    """The option as it is typed, with what it takes."""
    takes = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    return f"{', '.join((*option.opts, *option.secondary_opts))}{takes}"


def _plain(text: str | None) -> str:
    """The text without the marks that keep lines apart on a terminal."""
    return dedent((text or "").replace("\b\n", "").replace("\b", "")).strip()
