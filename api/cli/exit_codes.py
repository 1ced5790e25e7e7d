"""How a command ends: the exit codes, and the message that goes with them."""

from enum import IntEnum

import click


class Exit(IntEnum):
    """What the process returns."""

    DONE = 0
    FINDINGS = 1
    """The input has mistakes; nothing was computed."""
    USAGE = 2
    """The command was not understood."""
    CONFLICT = 3
    """The hard rules cannot all hold."""
    FAILED = 4
    """The solve, or writing its answer, failed."""
    GATE = 5
    """A gate that was asked for is tripped."""
    INTERRUPTED = 130
    """Ctrl-C."""


class Failed(click.ClickException):
    """The command failed for a reason that is neither a mistake in the input nor in the command."""

    exit_code = Exit.FAILED
