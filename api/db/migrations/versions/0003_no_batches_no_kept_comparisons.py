"""Runs are submitted together without a batch to keep; comparisons are made when they are looked at."""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_runs_batch_id", table_name="runs")
    with op.batch_alter_table("runs") as runs:
        runs.drop_constraint("fk_runs_batch_id_batches", type_="foreignkey")
        runs.drop_column("batch_id")
    op.drop_table("batches")
    op.drop_table("comparisons")
