"""A toy may have several children; a child has a birthday and pronouns, and can be put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with op.batch_alter_table("children") as children:
        children.add_column(sa.Column("birth_month", sa.Integer()))
        children.add_column(sa.Column("birth_day", sa.Integer()))
        children.add_column(sa.Column("pronouns", sa.String(20), nullable=False, server_default=""))
        children.add_column(
            sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "toy_children",
        sa.Column(
            "toy_id", sa.String(40), sa.ForeignKey("toys.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column(
            "child_id",
            sa.String(40),
            sa.ForeignKey("children.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
    )
    op.execute(
        "INSERT INTO toy_children (toy_id, child_id) "
        "SELECT id, child_id FROM toys WHERE child_id IS NOT NULL"
    )
    op.drop_index("ix_toys_child_id", "toys")
    with op.batch_alter_table("toys") as toys:
        toys.drop_constraint("fk_toys_child_id", type_="foreignkey")
        toys.drop_column("child_id")
