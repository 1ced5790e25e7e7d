"""Reading the store in another process than the one that serves it."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from api.db.database import Settings, Store

R = TypeVar("R")


def in_store(settings: Settings, work: Callable[..., R], *arguments: Any) -> R:
    """What the work answers, called with a session that reads, and the arguments."""
    with _opened(settings).read() as session:
        return work(session, *arguments)


@cache
def _opened(settings: Settings) -> Store:
    """The store, which stays open as long as the process lives."""
    return Store(replace(settings, connections=1))
