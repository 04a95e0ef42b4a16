"""Presence, routing and notices"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rep_presence',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('login', sa.String(length=64), nullable=False),
    sa.Column('available', sa.Boolean(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('site', 'login')
    )
    op.create_table('handoff_steps',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('act', sa.String(length=64), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=True),
    sa.Column('to', sa.String(length=200), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('handoff_steps', schema=None) as batch_op:
        batch_op.create_index('ix_handoff_steps_site_conversation', ['site', 'conversation'], unique=False)

    op.create_table('routes',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('rep', sa.String(length=64), nullable=False),
    sa.Column('how', sa.String(length=64), nullable=False),
    sa.Column('trace', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('site', 'conversation')
    )
    with op.batch_alter_table('routes', schema=None) as batch_op:
        batch_op.create_index('ix_routes_site_rep_at', ['site', 'rep', 'at'], unique=False)

    op.create_table('routing_turns',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('pool', sa.String(length=200), nullable=False),
    sa.Column('credits', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('site', 'pool')
    )
    with op.batch_alter_table('handoffs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('assigned', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('score', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('handoffs', schema=None) as batch_op:
        batch_op.drop_column('joined_at')
        batch_op.drop_column('score')
        batch_op.drop_column('assigned')

    op.drop_table('routing_turns')
    op.drop_table('routes')
    op.drop_table('handoff_steps')
    op.drop_table('rep_presence')
