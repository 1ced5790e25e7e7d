"""All that is encrypted at rest: whether it can be read, encrypting it anew, and beginning anew without the key."""

from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from api.db.database import Store
from api.db.errors import SecretsLocked
from api.db.keyring import Keyring, generate, keyring_of
from api.db.startup import one_at_a_time
from api.db.tables.idempotency import Answer
from api.db.tables.secrets import Secret
from api.db.tables.webhooks import Webhook, new_secret

_COLUMNS = ((Secret, "value"), (Webhook, "secret"), (Webhook, "old_secret"), (Answer, "body"))
"""Where sealed values are."""


def check(store: Store) -> None:
    """Raises SecretsLocked when a secret cannot be read with the keys that are here."""
    with store.read() as session:
        for table, column in _tables():
            for value in session.execute(
                select(table.c[column]).where(table.c[column].is_not(None))
            ).scalars():
                _bytes(session, value)


def rotate(store: Store, *, drop_old: bool = False) -> int:
    """Encrypt everything anew, with a new key where the keys are in a file; returns how many values.

    The key before it stays in the file, for what others are writing just now, unless `drop_old`. Keys of the
    environment are changed there first: the new one in front of the old one. Raises SecretsLocked.
    """
    check(store)
    keyring = store.keyring
    with one_at_a_time(store.settings):
        if keyring.file is not None:
            keyring.put([generate(), *keyring.keys()])
        with store.write() as session:
            changed = sum(_encrypt_anew(session, table, column) for table, column in _tables())
        # Not before: until the commit, values are encrypted with keys of before, however many tries there were.
        if keyring.file is not None:
            keyring.put(keyring.keys()[: 1 if drop_old else 2])
    return changed


def reset(store: Store) -> int:
    """Give up what cannot be read: new server secrets, new secrets of webhooks; returns how many webhooks.

    Everybody logs in again, receivers of messages need their new secrets, answers to repeated requests are gone.
    """
    with store.write() as session:
        session.execute(delete(Secret))
        session.execute(delete(Answer))
        hooks = session.scalars(select(Webhook)).all()
        for hook in hooks:
            hook.secret = keyring_of(session).seal(new_secret().encode()).decode()
            hook.old_secret = hook.old_secret_until = None
            hook.version += 1
    return len(hooks)


def readable(store: Store) -> str | None:
    """Why the secrets cannot be read; None when they can."""
    try:
        check(store)
    except SecretsLocked as locked:
        return str(locked)
    return None


def _tables() -> list[tuple[Table, str]]:
    return [(model.__table__, column) for model, column in _COLUMNS]  # type: ignore[misc]


def _encrypt_anew(session: Session, table: Table, column: str) -> int:
    """Encrypt the values of one column with the newest key."""
    keys = [*table.primary_key.columns]
    wanted = select(*keys, table.c[column]).where(table.c[column].is_not(None))
    rows = session.execute(wanted.with_for_update()).all()
    for *identity, value in rows:
        where = (key == part for key, part in zip(keys, identity, strict=True))
        sealed = keyring_of(session).seal(_bytes(session, value))
        new: Any = sealed if isinstance(value, bytes) else sealed.decode()
        session.execute(update(table).where(*where).values({column: new}))
    return len(rows)


def _bytes(session: Session, value: str | bytes) -> bytes:
    keyring: Keyring = keyring_of(session)
    return keyring.unseal(value if isinstance(value, bytes) else value.encode())
