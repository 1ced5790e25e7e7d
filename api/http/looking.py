"""Looking into things: light ones at once, heavy ones aside, where they hold up nobody."""

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from flask import Response

from api.aside import TooMuch
from api.http.service import caller, service
from api.problems import Problem, retry_after
from api.store.elsewhere import in_store

P = ParamSpec("P")
R = TypeVar("R")

_LIGHT = 500_000
_PER_BYTE = {"csv": 1, "parquet": 20, "xlsx": 20, "yaml": 8}
"""How heavy a byte is to read, about, a byte of CSV being 1."""
_PER_ROW = 100
"""How heavy a row of a result is."""


def weight(form: str, size: int) -> int:
    """How heavy a file of the form and size in bytes is to read."""
    return _PER_BYTE.get(form, 1) * size


def look(heaviness: int, work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
    """What the work finds. Raises Problem 413 when it takes too much, 503 when too many wait already."""
    if heaviness <= _LIGHT:
        return work(*arguments, **keywords)
    try:
        return _aside(work, *arguments, **keywords)
    except TooMuch as fault:
        raise Problem("body-too-large", f"{fault} Split it.") from None


def look_in_store(rows: int, work: Callable[..., R], *arguments: Any) -> R:
    """What work that reads so many rows of the store finds; it is called with a session, and the arguments.

    Raises Problem 503 when it takes too much, or when too many wait already.
    """
    if rows * _PER_ROW <= _LIGHT:
        with service().store.read() as session:
            return work(session, *arguments)
    try:
        return _aside(in_store, service().store.settings, work, *arguments)
    except TooMuch as fault:
        raise retry_after("busy", str(fault), 60) from None


def at_length(rows: int, response: Response) -> Response:
    """The response, whose sending may take long. Raises Problem 503 when too many wait already."""
    if rows * _PER_ROW > _LIGHT:
        places, who = service().places, caller().key_id
        if not places.take(who):
            raise _too_many()
        response.call_on_close(partial(places.leave, who))
    return response


def _aside(work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
    with service().places.place(caller().key_id) as room:
        if not room:
            raise _too_many()
        return service().aside.call(work, *arguments, **keywords)


def _too_many() -> Problem:
    return retry_after("busy", "Too much is being read already.", 5)
