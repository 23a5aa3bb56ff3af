"""Wyoming services that a parent approved, what a toy may ask of the house, how a streaming satellite is heard."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "house_services",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("program", sa.String(200), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_house_services")),
    )
    with op.batch_alter_table("toys") as table:
        table.add_column(sa.Column("house_rights", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("satellites") as table:
        table.add_column(
            sa.Column("room_heard_by", sa.String(200), nullable=False, server_default="")
        )
    # What a family has adopted until now was heard by any voice.
    op.execute("UPDATE satellites SET room_heard_by = 'voice' WHERE adopted")
