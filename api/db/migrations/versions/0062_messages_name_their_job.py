"""A message that is being sent names the job that sends it, so that it is found when the job's worker is dead."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0062"
down_revision: str | None = "0061"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("job_id", sa.BigInteger(), nullable=True))
