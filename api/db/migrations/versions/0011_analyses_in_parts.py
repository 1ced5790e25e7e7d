"""An analysis may be done in parts, each a run of its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0050"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("parent_id", sa.String(), nullable=True))
        runs.add_column(sa.Column("part", sa.Integer(), nullable=True))
        runs.add_column(sa.Column("parts", sa.Integer(), nullable=False, server_default="0"))
        runs.create_foreign_key("fk_runs_parent_id_runs", "runs", ["parent_id"], ["id"], ondelete="CASCADE")
        runs.create_index("ix_runs_parent_id", ["parent_id", "state"])
