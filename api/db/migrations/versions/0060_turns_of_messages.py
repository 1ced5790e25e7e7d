"""Messages are sent in turns of organisations and webhooks, and who has one under way holds it for a while."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0034"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_deliveries_held_until", "deliveries", ["held_until"])
    op.create_index("ix_deliveries_turn", "deliveries", ["webhook_id", "state", "due_at", "id"])
