"""What the help panel keeps"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'help_votes',
        sa.Column('site', sa.String(length=64), primary_key=True),
        sa.Column('article', sa.String(length=64), primary_key=True),
        sa.Column('voter', sa.String(length=100), primary_key=True),
        sa.Column('value', sa.String(length=8), nullable=False),
        sa.Column('comment', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index('ix_help_votes_voter', 'help_votes', ['site', 'voter'], unique=False)
    op.create_table(
        'help_marks',
        sa.Column('site', sa.String(length=64), primary_key=True),
        sa.Column('who', sa.String(length=100), primary_key=True),
        sa.Column('kind', sa.String(length=16), primary_key=True),
        sa.Column('key', sa.String(length=100), primary_key=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('help_marks')
    op.drop_table('help_votes')
