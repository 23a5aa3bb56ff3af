"""Who a toy is, in fields and in versions; what was written of it until now is its backstory."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

USUAL = (
    "You are {toy}, a gentle, curious soft toy who loves stories, animals and asking children "
    "what they think. You answer in one to three short, simple sentences."
)
USUAL_NOW = {
    "kind": "a gentle, curious soft toy",
    "traits": ["gentle", "curious"],
    "interests": ["stories", "animals", "what children think"],
}


def upgrade() -> None:
    op.create_table(
        "personas",
        sa.Column(
            "toy_id", sa.String(40), sa.ForeignKey("toys.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("persona", sa.JSON(), nullable=False),
    )
    version = sa.Column("persona_version", sa.Integer(), nullable=False, server_default="1")
    with op.batch_alter_table("toys") as toys:
        toys.add_column(version)
        toys.add_column(sa.Column("fields", sa.JSON(), nullable=False, server_default="{}"))
    _take_over(op.get_bind())
    with op.batch_alter_table("toys") as toys:
        toys.drop_column("persona")
        toys.alter_column("fields", new_column_name="persona")
    with op.batch_alter_table("turns") as turns:
        turns.add_column(
            sa.Column("persona_version", sa.Integer(), nullable=False, server_default="0")
        )


def _take_over(connection: sa.Connection) -> None:
    toys = sa.table("toys", sa.column("id"), sa.column("persona"), sa.column("fields", sa.JSON()))
    personas = sa.table(
        "personas",
        *(sa.column("toy_id"), sa.column("version"), sa.column("by")),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("persona", sa.JSON()),
    )
    now = datetime.now(UTC)
    for toy_id, text in connection.execute(sa.select(toys.c.id, toys.c.persona)).all():
        fields = USUAL_NOW if text == USUAL else {"backstory": text}
        connection.execute(sa.update(toys).where(toys.c.id == toy_id).values(fields=fields))
        connection.execute(
            sa.insert(personas).values(toy_id=toy_id, version=1, at=now, by="", persona=fields)
        )
