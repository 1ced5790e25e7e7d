"""Pages by key: the next page starts after the last identity seen, whatever was added meanwhile."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some things in order, and where the next page starts."""

    items: tuple[T, ...]
    next: str | None
    """The key to pass as `after`; None on the last page."""


def page(
    session: Session,
    query: Select[T],
    key: InstrumentedAttribute[str],
    *,
    after: str | None,
    limit: int,
    newest_first: bool = True,
) -> Page[T]:
    """At most `limit` rows of the query in the order of their key, which is unique."""
    if after is not None:
        query = query.where(key < after if newest_first else key > after)
    query = query.order_by(key.desc() if newest_first else key).limit(limit + 1)
    found: list[Any] = list(session.scalars(query))
    more = len(found) > limit
    items = tuple(found[:limit])
    return Page(items, str(getattr(items[-1], key.key)) if more else None)
