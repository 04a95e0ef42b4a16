"""Proactive messages"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('assignments',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('experiment', sa.String(length=64), nullable=False),
    sa.Column('is_in', sa.Boolean(), nullable=False),
    sa.Column('share', sa.Double(), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('site', 'who', 'experiment')
    )
    op.create_table('nudges',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('visitor', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('rule', sa.String(length=64), nullable=False),
    sa.Column('asked_as', sa.String(length=64), nullable=False),
    sa.Column('page', sa.String(length=300), nullable=False),
    sa.Column('checks', sa.JSON(), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('became', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('became_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('nudges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_nudges_conversation'), ['conversation'], unique=False)
        batch_op.create_index('ix_nudges_site_at', ['site', 'at'], unique=False)
        batch_op.create_index('ix_nudges_site_person', ['site', 'person'], unique=False)
        batch_op.create_index('ix_nudges_site_visitor', ['site', 'visitor'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('nudges', schema=None) as batch_op:
        batch_op.drop_index('ix_nudges_site_visitor')
        batch_op.drop_index('ix_nudges_site_person')
        batch_op.drop_index('ix_nudges_site_at')
        batch_op.drop_index(batch_op.f('ix_nudges_conversation'))

    op.drop_table('nudges')
    op.drop_table('assignments')
