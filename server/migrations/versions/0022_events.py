"""What host pages tell"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_events",
        sa.Column("id", sa.String(length=64), primary_key=True),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("told_as", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("conversation", "told_as", name="uq_host_events_told_as"),
    )
    op.create_index("ix_host_events_site_at", "host_events", ["site", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("host_events")
