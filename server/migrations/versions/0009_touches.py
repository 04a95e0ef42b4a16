"""What a person was asked and shown, and their group"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('touches',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('visitor', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('touches', schema=None) as batch_op:
        batch_op.create_index('ix_touches_conversation', ['conversation'], unique=False)
        batch_op.create_index('ix_touches_site_kind_at', ['site', 'kind', 'at'], unique=False)
        batch_op.create_index('ix_touches_site_person_at', ['site', 'person', 'at'], unique=False)
        batch_op.create_index('ix_touches_site_visitor_at', ['site', 'visitor', 'at'], unique=False)

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.create_index(
            'ix_conversations_site_visitor_updated', ['site', 'visitor', 'updated_at'], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_index('ix_conversations_site_visitor_updated')

    with op.batch_alter_table('touches', schema=None) as batch_op:
        batch_op.drop_index('ix_touches_site_visitor_at')
        batch_op.drop_index('ix_touches_site_person_at')
        batch_op.drop_index('ix_touches_site_kind_at')
        batch_op.drop_index('ix_touches_conversation')

    op.drop_table('touches')
