"""Alembic's entry: runs the revisions on the connection that the caller has opened."""

from alembic import context

from api.db.tables.models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
