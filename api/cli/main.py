"""The command line: `cascade COMMAND`, each command in a file of its own that is loaded when it is needed."""

import gc
import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NoReturn

import click

from api.analysis.errors import InvalidRequest
from api.cli import commands, extras
from api.cli.exit_codes import Exit, Failed
from api.cli.lazy_numpy import deferring_parts_of_numpy
from api.cli.own_output import keep_output_to_ourselves, refused
from api.cli.verbosity import with_verbosity
from api.output.errors import OutputError

_EXAMPLES = """\b
Examples:
  cascade new channel --library reseller
  cascade solve channel/scenario.yaml -o channel/out
  cascade explain channel/scenario.yaml R07

Exit codes: 0 done, 1 findings, 2 usage, 3 the rules conflict, 4 the solve failed,
5 a gate is tripped.
"""


_WITHOUT_NUMPY = frozenset(
    {"backup", "demo", "keys", "new", "restore", "secrets", "serve", "users", "worker"}
)
"""Commands that do without it, or run threads: two that use a deferred module at once would both load it."""


class Commands(click.Group):
    """A command for every module in `api.cli.commands`, which exposes it as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(module.name.replace("_", "-") for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = with_verbosity(import_module(f"api.cli.commands.{cmd_name.replace('-', '_')}").command)
        return command if cmd_name in _WITHOUT_NUMPY else deferring_parts_of_numpy(command)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors of analyses and of output become messages with their exit code."""
        try:
            return super().invoke(ctx)
        except InvalidRequest as error:
            raise usage_error(error) from None
        except OutputError as error:
            raise Failed(str(error)) from error
        except ModuleNotFoundError as error:
            missing = extras.hint(error)
            if missing is None:
                raise
            raise Failed(missing) from None


_HINTS = {"parameters": "--set", "partner": "PARTNER"}
"""What the command line calls fields of requests that are not options of their own name."""


def usage_error(error: InvalidRequest) -> click.UsageError:
    """The message for a request that names what is not there."""
    return (
        click.UsageError(error.message)
        if not error.field
        else click.BadParameter(
            error.message, param_hint=_HINTS.get(error.field, f"--{error.field.replace('_', '-')}")
        )
    )


@click.group(cls=Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="goal-cascade", message="%(version)s")
def cascade() -> None:
    """One target per partner: obeys every rule, adds up to the unit, and says how it was made."""
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False


_NEW_OBJECTS = 200_000
"""Objects between two looks for unused circles of them, 700 by default: importing makes many, and none that go. A small
solve makes 120,000.
"""


def main() -> NoReturn:
    """Run the command that the process was called with, and end with its exit code."""
    # The work is sparse: threads of dense algebra only wait for one another, tenfold on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Else pydantic looks through all installed packages for what would watch it.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(_NEW_OBJECTS)
    keep_output_to_ourselves()
    try:
        code = cascade.main(prog_name="cascade", standalone_mode=False)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        code = Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except OSError as error:
        if (message := refused(error)) is None:
            raise
        Failed(message).show()
        code = Failed.exit_code
    finally:
        gc.freeze()  # else the interpreter looks through all that is there before it lets it go
    sys.exit(code)


if __name__ == "__main__":
    main()
