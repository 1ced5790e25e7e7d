"""The terminal, if there is one."""

import shutil
import sys


def columns() -> int | None:
    """How wide the terminal is that stdout goes to; None when it goes into a pipe or file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
