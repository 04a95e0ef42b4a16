"""What is said at the end of a conversation"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "csat",
        sa.Column("conversation", sa.String(length=64), primary_key=True),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_csat_site_at", "csat", ["site", "at"], unique=False)
    op.create_table(
        "mailed_transcripts",
        sa.Column("id", sa.String(length=64), primary_key=True),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_mailed_transcripts_conversation", "mailed_transcripts", ["conversation"], unique=False
    )
    op.create_index(
        "ix_mailed_transcripts_address", "mailed_transcripts", ["site", "address", "at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("mailed_transcripts")
    op.drop_table("csat")
