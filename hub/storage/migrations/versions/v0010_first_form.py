"""The first form that households keep: `hub.storage.upgrade` makes a new database of `hub.storage.schema` itself."""

revision = "0010"
down_revision = None


def upgrade() -> None:
    """No older form is known."""
