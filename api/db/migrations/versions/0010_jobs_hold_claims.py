"""A claim is alive as long as its job is: the job's id in place of a count of beats."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("beats")
        runs.add_column(sa.Column("job_id", sa.BigInteger(), nullable=True))
