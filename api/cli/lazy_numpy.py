"""Parts of NumPy that are loaded when they are used: SciPy names them all, and uses none of these."""

from __future__ import annotations

import sys
from functools import cache, wraps
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import Any

import click

_PARTS = ("ctypeslib", "f2py", "ma", "polynomial", "testing")
"""They take as long to import as NumPy itself: 0.07 s of the 0.6 s of a small solve."""


def defer_parts_of_numpy() -> None:
    """Let SciPy's `from numpy import *` have these modules without running them; they run when they are used."""
    import numpy as np

    for part in _PARTS:
        name = f"numpy.{part}"
        spec = None if name in sys.modules else find_spec(name)
        if spec is None or spec.loader is None:
            continue
        spec.loader = LazyLoader(spec.loader)
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
        setattr(np, part, module)


@cache  # a command is looked up several times
def deferring_parts_of_numpy(command: click.Command) -> click.Command:
    """The command, which defers them before it imports anything."""
    run = command.callback
    assert run is not None, "a command runs something"

    @wraps(run)
    def deferring(*arguments: Any, **options: Any) -> Any:
        defer_parts_of_numpy()
        return run(*arguments, **options)

    command.callback = deferring
    return command
