"""People with passwords or a provider, their invitations and sessions; API keys that belong to a person."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("user_id", sa.String(), nullable=True))
    op.create_table(
        "users",
        *_columns("id", "org_id", "email", "name", "role", "created_by"),
        *_columns("password_hash", "issuer", "subject", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("created_at"),
        _moment("last_login_at", nullable=True),
        _moment("deactivated_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_users_org_id_organisations"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.UniqueConstraint("issuer", "subject", name="uq_users_issuer_subject"),
    )
    op.create_index("ix_users_org_id", "users", ["org_id"])
    op.create_table(
        "invitations",
        *_columns("id", "org_id", "email", "name", "role", "created_by"),
        *_columns("user_id", nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("accepted_at", nullable=True),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_invitations_org_id_organisations"),
        sa.UniqueConstraint("digest", name="uq_invitations_digest"),
    )
    op.create_index("ix_invitations_org_id", "invitations", ["org_id"])
    op.create_table(
        "sessions",
        *_columns("id", "org_id", "actor", "address", "agent"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name="fk_sessions_org_id_organisations"),
        sa.UniqueConstraint("digest", name="uq_sessions_digest"),
    )
    op.create_index("ix_sessions_actor", "sessions", ["org_id", "actor"])
    op.create_index("ix_sessions_seen_at", "sessions", ["seen_at"])


def _columns(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
