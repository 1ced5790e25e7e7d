"""Indexes over all states: SQLite takes a partial one only for a state written into the statement itself."""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_runs_unfinished", table_name="runs")
    op.create_index("ix_runs_state", "runs", ["state", "org_id", "id"])
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.create_index("ix_deliveries_due", "deliveries", ["state", "due_at"])
