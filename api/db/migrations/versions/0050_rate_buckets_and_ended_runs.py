"""Buckets of tokens that web processes share, and an index by which runs that ended lately are found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0050"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    unlogged = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_table(
        "rate_buckets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("last_draw", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rate_buckets"),
        prefixes=unlogged,
    )
    op.create_index("ix_rate_buckets_drawn_at", "rate_buckets", ["drawn_at"])
    op.create_index("ix_runs_finished_at", "runs", ["finished_at"])
