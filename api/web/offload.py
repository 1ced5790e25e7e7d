"""Reading what was uploaded or stored: light things at once, heavy ones in a reader process."""

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from flask import Response

from api.db.other_process import in_store
from api.processes.pool import READ
from api.processes.work_process import TooMuch
from api.web.context import caller, service
from api.web.problems import HttpProblem, retry_after

P = ParamSpec("P")
R = TypeVar("R")

_LIGHT = 500_000
_PER_BYTE = {"csv": 1, "tsv": 1, "tab": 1, "txt": 1, "psv": 1, "yaml": 8, "yml": 8}
"""How heavy a byte of text is to read, about, a byte of CSV being 1."""
_PER_PACKED_BYTE = 20
"""The same of all other forms: what they hold is packed, or cells in XML."""
_PER_ROW = 100
"""How heavy a row of a result is."""


def weight(form: str, size: int) -> int:
    """How heavy a file of the form and size in bytes is to read."""
    return _PER_BYTE.get(form.rpartition(".")[2], _PER_PACKED_BYTE) * size


def weight_of_rows(rows: int) -> int:
    """How heavy so many rows of a result are to read."""
    return _PER_ROW * rows


def read_within_limits(heaviness: int, work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
    """What the work finds. Raises HttpProblem 413 when it takes too much, 503 when too many wait already."""
    if heaviness <= _LIGHT:
        return work(*arguments, **keywords)
    try:
        return _in_reader(work, *arguments, **keywords)
    except TooMuch as fault:
        raise HttpProblem("body-too-large", f"{fault} Split it.") from None


def read_in_store(rows: int, work: Callable[..., R], *arguments: Any) -> R:
    """What work that reads so many rows of the store finds; it is called with a session, and the arguments.

    Raises HttpProblem 503 when it takes too much, or when too many wait already.
    """
    if weight_of_rows(rows) <= _LIGHT:
        with service().store.read() as session:
            return work(session, *arguments)
    try:
        return _in_reader(in_store, service().store.settings, work, *arguments)
    except TooMuch as fault:
        raise retry_after("busy", str(fault), 60) from None


def at_length(rows: int, response: Response) -> Response:
    """The response, whose sending may take long. Raises HttpProblem 503 when too many wait already."""
    if weight_of_rows(rows) > _LIGHT:
        wait_slots, who = service().wait_slots, caller().org_id
        if not wait_slots.take(who):
            raise _too_many()
        response.call_on_close(partial(wait_slots.leave, who))
    return response


def _in_reader(work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
    with service().wait_slots.slot(caller().org_id) as room:
        if not room:
            raise _too_many()
        return service().pool.call(READ, caller().org_id, work, *arguments, **keywords)


def _too_many() -> HttpProblem:
    return retry_after("busy", "Too much is being read already.", 5)
