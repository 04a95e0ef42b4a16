"""What other CRMs were told"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'crm_remote_orders',
        sa.Column('site', sa.String(length=64), nullable=False),
        sa.Column('provider', sa.String(length=32), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('conversation', sa.String(length=128), nullable=False),
        sa.Column('contact_id', sa.String(length=128), nullable=True),
        sa.Column('work', sa.Text(), nullable=False),
        sa.Column('effect', sa.Text(), nullable=True),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('site', 'provider', 'key', name=op.f('pk_crm_remote_orders')),
    )
    op.create_index('ix_crm_remote_orders_contact', 'crm_remote_orders', ['site', 'provider', 'contact_id'])
    op.create_index('ix_crm_remote_orders_conversation', 'crm_remote_orders', ['site', 'conversation'])
    op.create_table(
        'crm_remote_links',
        sa.Column('site', sa.String(length=64), nullable=False),
        sa.Column('provider', sa.String(length=32), nullable=False),
        sa.Column('conversation', sa.String(length=128), nullable=False),
        sa.Column('contact_id', sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint('site', 'provider', 'conversation', name=op.f('pk_crm_remote_links')),
    )
    op.create_index('ix_crm_remote_links_contact', 'crm_remote_links', ['site', 'provider', 'contact_id'])
    op.create_table(
        'crm_remote_fields',
        sa.Column('site', sa.String(length=64), nullable=False),
        sa.Column('provider', sa.String(length=32), nullable=False),
        sa.Column('record', sa.String(length=16), nullable=False),
        sa.Column('record_id', sa.String(length=128), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('wrote', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('site', 'provider', 'record', 'record_id', 'name', name=op.f('pk_crm_remote_fields')),
    )
    op.create_index('ix_crm_remote_fields_key', 'crm_remote_fields', ['site', 'key'])
    op.create_table(
        'crm_remote_made',
        sa.Column('site', sa.String(length=64), nullable=False),
        sa.Column('provider', sa.String(length=32), nullable=False),
        sa.Column('record', sa.String(length=16), nullable=False),
        sa.Column('record_key', sa.String(length=64), nullable=False),
        sa.Column('record_id', sa.String(length=128), nullable=True),
        sa.Column('order_key', sa.String(length=64), nullable=False),
        sa.Column('defaults', sa.Text(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('site', 'provider', 'record', 'record_key', name=op.f('pk_crm_remote_made')),
    )
    op.create_index('ix_crm_remote_made_record', 'crm_remote_made', ['site', 'provider', 'record', 'record_id'])
    op.create_table(
        'crm_remote_entries',
        sa.Column('site', sa.String(length=64), nullable=False),
        sa.Column('provider', sa.String(length=32), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('entry_id', sa.String(length=128), nullable=False),
        sa.Column('contact_id', sa.String(length=128), nullable=False),
        sa.Column('conversation', sa.String(length=128), nullable=False),
        sa.Column('meeting_ref', sa.String(length=300), nullable=True),
        sa.Column('document', sa.Text(), nullable=False),
        sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('site', 'provider', 'key', name=op.f('pk_crm_remote_entries')),
    )
    op.create_index('ix_crm_remote_entries_contact', 'crm_remote_entries', ['site', 'provider', 'contact_id'])
    op.create_index('ix_crm_remote_entries_meeting', 'crm_remote_entries', ['site', 'provider', 'meeting_ref'])
    op.create_table(
        'crm_remote_leases',
        sa.Column('site', sa.String(length=64), nullable=False),
        sa.Column('provider', sa.String(length=32), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('holder', sa.String(length=36), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('site', 'provider', 'name', name=op.f('pk_crm_remote_leases')),
    )


def downgrade() -> None:
    op.drop_table('crm_remote_leases')
    op.drop_table('crm_remote_entries')
    op.drop_table('crm_remote_made')
    op.drop_table('crm_remote_fields')
    op.drop_table('crm_remote_links')
    op.drop_table('crm_remote_orders')
