"""Secrets at rest are encrypted: those of the server, those of webhooks, and kept answers."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_COLUMNS = (
    ("secrets", ("name",), "value", sa.LargeBinary()),
    ("webhooks", ("id",), "secret", sa.String()),
    ("webhooks", ("id",), "old_secret", sa.String()),
    ("idempotency", ("org_id", "caller", "route", "key"), "body", sa.String()),
)


def upgrade() -> None:
    for name, keys, column, kind in _COLUMNS:
        columns = [sa.column(key, sa.String()) for key in keys]
        table = sa.table(name, *columns, sa.column(column, kind))
        rows = op.get_bind().execute(sa.select(table).where(table.c[column].is_not(None))).all()
        for *identity, value in rows:
            where = (table.c[key] == part for key, part in zip(keys, identity, strict=True))
            op.get_bind().execute(sa.update(table).where(*where).values({column: _sealed(value)}))


def _sealed(value: str | bytes) -> str | bytes:
    """The value, encrypted with the key of the store that is brought up."""
    config = op.get_context().config
    assert config is not None, "revisions are run by api.db.migrate"
    seal: Callable[[bytes], bytes] = config.attributes["seal"]
    return seal(value) if isinstance(value, bytes) else seal(value.encode()).decode()
