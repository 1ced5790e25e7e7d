"""By when the next period of a plan is to be prepared, and what came of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "renewal_schedules",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "plan", name="pk_renewal_schedules"),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name="fk_renewal_schedules_org_id_organisations"
        ),
    )
    op.create_table(
        "renewals",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("last_day", sa.String(), nullable=True),
        sa.Column("scenario_id", sa.String(), nullable=True),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("actuals_id", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "plan", "period", name="pk_renewals"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_renewals_org_id_organisations"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_renewals_plan_id_plans"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], name="fk_renewals_scenario_id_scenarios"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_renewals_run_id_runs", ondelete="SET NULL"),
    )
    op.create_index("ix_renewals_run_id", "renewals", ["run_id"])
