"""Actuals: what partners have done, as it was uploaded, for each of the organisation's plans and periods."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "actuals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_actuals"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_actuals_org_id_organisations"),
        sa.ForeignKeyConstraint(
            ["org_id", "sha256"], ["blobs.org_id", "blobs.sha256"], name="fk_actuals_org_id_sha256_blobs"
        ),
    )
    op.create_index("ix_actuals_org_id_plan_period", "actuals", ["org_id", "plan", "period", "id"])
