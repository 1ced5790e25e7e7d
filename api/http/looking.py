"""Looking into what was handed in: light things at once, heavy ones aside, where they hold up nobody."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from api.aside import TooMuch
from api.http.service import caller, service
from api.problems import Problem, retry_after

P = ParamSpec("P")
R = TypeVar("R")

_LIGHT = 500_000
_PER_BYTE = {"csv": 1, "parquet": 20, "xlsx": 20, "yaml": 8}
"""How heavy a byte is to read, about, a byte of CSV being 1."""


def weight(form: str, size: int) -> int:
    """How heavy a file of the form and size in bytes is to read."""
    return _PER_BYTE.get(form, 1) * size


def look(heaviness: int, work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
    """What the work finds. Raises Problem 413 when it takes too much, 503 when too many wait already."""
    if heaviness <= _LIGHT:
        return work(*arguments, **keywords)
    with service().places.place(caller().key_id) as room:
        if not room:
            raise retry_after("busy", "Too much is being read already.", 5)
        try:
            return service().aside.call(work, *arguments, **keywords)
        except TooMuch as fault:
            raise Problem("body-too-large", f"{fault} Split it.") from None
