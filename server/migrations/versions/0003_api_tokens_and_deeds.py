"""API tokens, and who changed what in the knowledge"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_tokens',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('hint', sa.String(length=64), nullable=False),
    sa.Column('scopes', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('token_hash'),
    sa.UniqueConstraint('site', 'name')
    )
    op.create_table('deeds',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('act', sa.String(length=64), nullable=False),
    sa.Column('thing', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('deeds', schema=None) as batch_op:
        batch_op.create_index('ix_deeds_site_at', ['site', 'at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('deeds', schema=None) as batch_op:
        batch_op.drop_index('ix_deeds_site_at')

    op.drop_table('deeds')
    op.drop_table('api_tokens')
