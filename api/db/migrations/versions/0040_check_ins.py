"""Check-ins: what key results that state their own numbers came to, day by day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0032"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("objective", sa.String(), nullable=False),
        sa.Column("key_result", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("now", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_check_ins"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_check_ins_org_id_organisations"),
    )
    op.create_index("ix_check_ins_org_id_plan", "check_ins", ["org_id", "plan", "period", "id"])
