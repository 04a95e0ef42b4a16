"""Holds, calendar events and zone rules of meetings"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORDS = ("why", "wall", "tz_version", "zone_drift")


def upgrade() -> None:
    op.create_table(
        "meeting_holds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("rep", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("site", "conversation"),
    )
    with op.batch_alter_table("meeting_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_holds_hold_until"), ["hold_until"], unique=False)

    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True))
        for name in _WORDS:
            batch_op.add_column(sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("calendar_state", sa.String(length=64), nullable=False, server_default="none")
        )
        batch_op.add_column(sa.Column("calendar_ref", sa.Text(), nullable=True))
        batch_op.create_index("ix_meetings_site_start", ["site", "starts_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index("ix_meetings_site_start")
        for name in ("calendar_ref", "calendar_state", *reversed(_WORDS), "hold_until"):
            batch_op.drop_column(name)
    op.drop_table("meeting_holds")
