"""The states that were last reported of a plan's partners, so that each change is reported once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "standing_states",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("as_of", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "partner", "metric", name="pk_standing_states"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_standing_states_plan_id_plans"),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name="fk_standing_states_org_id_organisations"
        ),
    )
