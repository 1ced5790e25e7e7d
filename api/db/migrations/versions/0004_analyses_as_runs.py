"""Analyses that take long are runs of no scenario, with a question and files of their own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("scenario_id", existing_type=sa.String(), nullable=True)
        runs.alter_column("scenario_version", existing_type=sa.Integer(), nullable=True)
        runs.add_column(sa.Column("analysis", sa.String(), nullable=True))
    op.create_table(
        "analyses",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_analyses"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_analyses_run_id_runs", ondelete="CASCADE"),
    )
    op.create_table(
        "analysis_files",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "path", name="pk_analysis_files"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analyses.run_id"], name="fk_analysis_files_run_id_analyses", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "sha256"],
            ["blobs.org_id", "blobs.sha256"],
            name="fk_analysis_files_org_id_sha256_blobs",
        ),
    )
    op.create_index("ix_analysis_files_org_id_sha256", "analysis_files", ["org_id", "sha256"])
