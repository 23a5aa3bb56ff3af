"""Where Alembic meets our database: `hub.storage.upgrade` hands over an open transaction."""

from alembic import context

from hub.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
