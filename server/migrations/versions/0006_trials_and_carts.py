"""Provisioning of trials, checkouts of carts"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('trials', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provision', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('provisions', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('external_id', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('login_url', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('converted_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('expired_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('trials', schema=None) as batch_op:
        for column in ('provision', 'provisions', 'login_url'):
            batch_op.alter_column(column, server_default=None)

    with op.batch_alter_table('carts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('payment', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_carts_payment'), ['payment'], unique=False)
    with op.batch_alter_table('carts', schema=None) as batch_op:
        batch_op.alter_column('revision', server_default=None)

    op.create_table('webhooks',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('sender', sa.String(length=64), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('site', 'sender', 'id')
    )
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_webhooks_at'), ['at'], unique=False)

    op.create_table('gone_endpoints',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('site')
    )


def downgrade() -> None:
    op.drop_table('gone_endpoints')
    op.drop_table('webhooks')
    with op.batch_alter_table('carts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_carts_payment'))
        for column in ('paid_at', 'payment', 'revision'):
            batch_op.drop_column(column)
    with op.batch_alter_table('trials', schema=None) as batch_op:
        for column in ('expired_at', 'converted_at', 'activated_at', 'login_url', 'external_id', 'provisions', 'provision'):
            batch_op.drop_column(column)
