"""How much a command says beside its answer: -q leaves doubts and progress out, -v tells each stage with its time."""

import click

_KEY = "goal_cascade.verbosity"


def _note(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[_KEY] = param.name


def with_verbosity(command: click.Command) -> click.Command:
    """The command with -q and -v, unless it says itself how much it prints, as programs that run on do."""
    if {"--quiet", "--verbose"} & {opt for param in command.params for opt in param.opts}:
        return command
    for short, name, about in (
        ("-q", "--quiet", "Print the answer and mistakes only."),
        ("-v", "--verbose", "Print each stage with its time on stderr."),
    ):
        command.params.append(
            click.Option([short, name], is_flag=True, expose_value=False, callback=_note, help=about)
        )
    return command


def is_quiet() -> bool:
    """Whether -q was given."""
    return _chosen() == "quiet"


def is_verbose() -> bool:
    """Whether -v was given."""
    return _chosen() == "verbose"


def _chosen() -> str | None:
    context = click.get_current_context(silent=True)
    return context.meta.get(_KEY) if context else None
