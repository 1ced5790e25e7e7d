"""Secrets the server makes for itself, such as the one that signs cursors; shared by all its processes."""

import secrets

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base
from api.db.keyring import keyring_of
from api.db.statements import insert_if_new


class Secret(Base):
    """32 random bytes under a name, encrypted."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


def secret(session: Session, name: str) -> bytes:
    """The secret of that name, made when it is asked for first (needs a writing session then).

    Raises SecretsLocked when it was encrypted with a key that is not here.
    """
    keyring, known = keyring_of(session), session.get(Secret, name)
    if known is None:
        insert_if_new(session, Secret, {"name": name, "value": keyring.seal(secrets.token_bytes(32))})
        known = session.get_one(Secret, name)
    return keyring.unseal(known.value)
