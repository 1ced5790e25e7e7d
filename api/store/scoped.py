"""One way to fetch a thing by its identity, which asks for the organisation in the same query."""

from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.base import Base
from api.store.errors import NotFound

M = TypeVar("M", bound=Base)


def fetch(session: Session, model: type[M], org_id: str, identity: str, *, lock: bool = False) -> M:
    """The organisation's thing; with `lock` its row stays ours until the commit. Raises NotFound."""
    columns: Any = model
    query = select(model).where(columns.id == identity, columns.org_id == org_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(str(model.__tablename__).removesuffix("s").replace("_", " "), identity)
    return found


def alone(session: Session, *words: str) -> None:
    """Until the commit, let no other transaction past the same words (on SQLite there is only one anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtextextended("/".join(words), 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))
