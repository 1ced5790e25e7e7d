"""What OR-Tools writes by itself: errors alone; that a presolve stops early and the like is said to no user."""

from __future__ import annotations

from functools import cache

_ERRORS = 2
"""The severity from which messages go to stderr: 0 is info, 1 warnings."""


@cache
def only_errors() -> None:
    """Lets OR-Tools write errors alone to stderr, in this process and from now on."""
    from ortools.init.python import init

    flags = init.CppFlags()
    flags.stderrthreshold = _ERRORS
    init.CppBridge.set_flags(flags)
    # Before this call everything goes to stderr, whatever the flags say; it may be called once.
    init.CppBridge.init_logging("")
