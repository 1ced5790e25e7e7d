"""Organisations take turns in having their runs solved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
