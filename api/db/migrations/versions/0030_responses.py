"""Responses: what partners say to the targets of a published plan, and what was decided about it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("says", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_on", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("accepted_target", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scenario_id", sa.String(), nullable=True),
        sa.Column("scenario_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_responses"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_responses_org_id_organisations"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_responses_plan_id_plans"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], name="fk_responses_scenario_id_scenarios"),
    )
    op.create_index("ix_responses_org_id_plan_id", "responses", ["org_id", "plan_id", "id"])
