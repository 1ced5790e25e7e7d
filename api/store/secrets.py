"""Secrets the server makes for itself, such as the one that signs cursors; shared by all its processes."""

import secrets

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.store.base import Base
from api.store.writing import insert_if_new


class Secret(Base):
    """32 random bytes under a name."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


def secret(session: Session, name: str) -> bytes:
    """The secret of that name, made when it is asked for first (needs a writing session then)."""
    known = session.get(Secret, name)
    if known:
        return known.value
    insert_if_new(session, Secret, {"name": name, "value": secrets.token_bytes(32)})
    return session.get_one(Secret, name).value
