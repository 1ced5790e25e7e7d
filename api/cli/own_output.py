"""Standard output for our own words alone: solvers print there on their own (HiGHS does, in some of its searches).

One such line amid JSON or CSV is a file that no program can read.
"""

from __future__ import annotations

import os
import sys
from errno import EDQUOT, EIO, ENOSPC

_STANDARD_OUTPUT = 1


def keep_output_to_ourselves() -> None:
    """Let `sys.stdout` write where standard output leads, and all that writes past it write nowhere."""
    out = sys.__stdout__
    # Without one, or with another in its place, nothing of ours goes to the descriptor.
    if out is None or sys.stdout is not out or out.fileno() != _STANDARD_OUTPUT:
        return
    out.flush()
    kept = os.dup(_STANDARD_OUTPUT)
    _lead_nowhere(_STANDARD_OUTPUT)
    lines = 1 if out.line_buffering else -1
    sys.stdout = sys.__stdout__ = open(kept, "w", lines, out.encoding, out.errors)  # type: ignore[misc] # noqa: SIM115


def refused(error: OSError) -> str | None:
    """What to say of an error in writing standard output, none of whose words are kept then; None of any other error."""
    if error.filename is not None or error.errno not in (ENOSPC, EDQUOT, EIO):
        return None
    # What is still to be written would fail once more when the interpreter ends.
    _lead_nowhere(sys.stdout.fileno())
    return f"standard output cannot be written: {error.strerror}"


def _lead_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
