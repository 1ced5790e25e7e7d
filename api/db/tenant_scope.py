"""One way to fetch a thing by its identity, which asks for the organisation in the same query."""

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from api.db.column_types import Base
from api.db.errors import NotFound

M = TypeVar("M", bound=Base)


def fetch(session: Session, model: type[M], org_id: str, identity: str, *, lock: bool = False) -> M:
    """The organisation's thing; with `lock` its row stays ours until the commit. Raises NotFound."""
    found: M | None = session.scalar(_query(model, lock), {"identity": identity, "org": org_id})
    if found is None:
        raise NotFound(str(model.__tablename__).removesuffix("s").replace("_", " "), identity)
    return found


@cache
def _query(model: Any, lock: bool) -> Any:
    """Prepared once: putting a statement together costs more than running it."""
    query = select(model).where(model.id == bindparam("identity"), model.org_id == bindparam("org"))
    return query.with_for_update() if lock else query


def alone(session: Session, *words: str) -> None:
    """Until the commit, let no other transaction past the same words (on SQLite there is only one anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtextextended("/".join(words), 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))
