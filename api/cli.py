"""The command line: `cascade COMMAND`, each command in a file of its own that is loaded when it is needed."""

import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import NoReturn

import click

from api import commands
from api.exits import Exit

_EXAMPLES = """\b
Examples:
  cascade new channel --library reseller
  cascade solve channel/scenario.yaml -o channel/out
  cascade explain channel/scenario.yaml R07

Exit codes: 0 done, 1 findings, 2 usage, 3 the rules conflict, 4 the solve failed,
5 a gate is tripped.
"""


class Commands(click.Group):
    """A command for every module in `api.commands`, which exposes it as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(module.name.replace("_", "-") for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"api.commands.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found


@click.group(cls=Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="goal-cascade", message="%(version)s")
def cascade() -> None:
    """One target per partner: obeys every rule, adds up to the unit, and says how it was made."""
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False


def main() -> NoReturn:
    """Run the command that the process was called with, and end with its exit code."""
    # The work is sparse: threads of dense algebra only wait for one another, tenfold on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = cascade.main(prog_name="cascade", standalone_mode=False)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        code = Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
