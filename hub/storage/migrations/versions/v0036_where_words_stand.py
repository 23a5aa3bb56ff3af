"""Where each word of the passages stands, read from their index."""

from alembic import op

from hub.storage.documents.index import CREATE_INSTANCES

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.execute(CREATE_INSTANCES)
