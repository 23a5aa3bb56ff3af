"""Several guardians with roles, where each is signed in, invitations, second factors, and who did what."""

import uuid
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

OWNER = "the-first-owner"
IDLE_LIFE = timedelta(days=30)
LONGEST_LIFE = timedelta(days=180)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "guardians",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(180), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_totp", sa.Text(), nullable=False, server_default=""),
        sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardians")),
        sa.UniqueConstraint("name_key", name=op.f("uq_guardians_name_key")),
    )
    _make_owner()
    _replace_sessions()
    op.drop_table("guardian")
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("made_by", sa.String(60), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
        sa.UniqueConstraint("id", name=op.f("uq_invitations_id")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("guardian_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
        sa.ForeignKeyConstraint(
            ["guardian_id"],
            ["guardians.id"],
            ondelete="CASCADE",
            name=op.f("fk_recovery_codes_guardian_id"),
        ),
    )
    op.create_index(op.f("ix_recovery_codes_guardian_id"), "recovery_codes", ["guardian_id"])
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(20), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"])
    with op.batch_alter_table("api_tokens") as table:
        table.add_column(sa.Column("made_by", sa.String(40), nullable=True))
        table.create_foreign_key(
            op.f("fk_api_tokens_made_by"), "guardians", ["made_by"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_api_tokens_made_by"), "api_tokens", ["made_by"])


def _make_owner() -> None:
    """The password that a household had becomes its owner's, under the name that browsers kept it by."""
    before = sa.table("guardian", sa.column("password_hash"), sa.column("changed_at", MOMENT))
    names = ("id", "name", "name_key", "role", "password_hash")
    after = sa.table("guardians", *map(sa.column, names), sa.column("created_at", MOMENT))
    kept = op.get_bind().execute(sa.select(before)).first()
    if kept is not None:
        op.get_bind().execute(
            sa.insert(after).values(
                id=OWNER,
                name="Guardian",
                name_key="guardian",
                role="owner",
                password_hash=kept.password_hash,
                created_at=kept.changed_at,
            )
        )


def _replace_sessions() -> None:
    """Whoever is signed in stays so, and is the owner."""
    op.drop_index("ix_guardian_sessions_expires_at", "guardian_sessions")
    op.rename_table("guardian_sessions", "sessions_before")
    op.create_table(
        "guardian_sessions",
        sa.Column("token_hash", sa.String(200), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("guardian_id", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("place", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_guardian_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_guardian_sessions_id")),
        sa.ForeignKeyConstraint(
            ["guardian_id"],
            ["guardians.id"],
            ondelete="CASCADE",
            name=op.f("fk_guardian_sessions_guardian_id"),
        ),
    )
    _take_over()
    op.drop_table("sessions_before")
    op.create_index(op.f("ix_guardian_sessions_guardian_id"), "guardian_sessions", ["guardian_id"])
    op.create_index(op.f("ix_guardian_sessions_expires_at"), "guardian_sessions", ["expires_at"])


def _take_over() -> None:
    """A sign-in had 30 days from its last use, so that this is known to about a day."""
    before = sa.table("sessions_before", sa.column("token_hash"), sa.column("expires_at", MOMENT))
    after = sa.table(
        "guardian_sessions",
        *(sa.column(name) for name in ("token_hash", "id", "guardian_id", "device", "place")),
        *(sa.column(name, MOMENT) for name in ("created_at", "seen_at", "expires_at", "ends_at")),
    )
    connection = op.get_bind()
    for kept in connection.execute(sa.select(before)).all():
        used = kept.expires_at - IDLE_LIFE
        connection.execute(
            sa.insert(after).values(
                token_hash=kept.token_hash,
                id=uuid.uuid4().hex,
                guardian_id=OWNER,
                created_at=used,
                seen_at=used,
                expires_at=kept.expires_at,
                ends_at=used + LONGEST_LIFE,
                device="A browser",
                place="",
            )
        )
