"""Possible duplicates and drift"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('crm_drift',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('update_id', sa.String(length=36), nullable=False),
    sa.Column('conversation', sa.String(length=128), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('object', sa.String(length=16), nullable=False),
    sa.Column('record_id', sa.String(length=128), nullable=False),
    sa.Column('field', sa.String(length=80), nullable=False),
    sa.Column('wrote', sa.JSON(), nullable=True),
    sa.Column('found', sa.JSON(), nullable=True),
    sa.Column('by', sa.String(length=200), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('seen_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_drift')),
    sa.UniqueConstraint('site', 'update_id', 'object', 'record_id', 'field', name=op.f('uq_crm_drift_site_update_id_object_record_id_field'))
    )
    with op.batch_alter_table('crm_drift', schema=None) as batch_op:
        batch_op.create_index('ix_crm_drift_conversation', ['site', 'conversation'], unique=False)
        batch_op.create_index('ix_crm_drift_open', ['site', 'state', 'noticed_at'], unique=False)
        batch_op.create_index('ix_crm_drift_record', ['site', 'object', 'record_id'], unique=False)

    op.create_table('crm_duplicates',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('object', sa.String(length=16), nullable=False),
    sa.Column('first_id', sa.String(length=128), nullable=False),
    sa.Column('second_id', sa.String(length=128), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_merged', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_duplicates')),
    sa.UniqueConstraint('site', 'object', 'first_id', 'second_id', name=op.f('uq_crm_duplicates_site_object_first_id_second_id'))
    )
    with op.batch_alter_table('crm_duplicates', schema=None) as batch_op:
        batch_op.create_index('ix_crm_duplicates_open', ['site', 'state', 'score'], unique=False)

    op.create_table('crm_reconciling',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('update_id', sa.String(length=36), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('compared', sa.Integer(), nullable=False),
    sa.Column('drifted', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('site', name=op.f('pk_crm_reconciling'))
    )
    op.create_index('ix_crm_updates_delivered', 'crm_updates', ['site', 'delivered_at', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_crm_updates_delivered', table_name='crm_updates')
    op.drop_table('crm_reconciling')
    with op.batch_alter_table('crm_duplicates', schema=None) as batch_op:
        batch_op.drop_index('ix_crm_duplicates_open')

    op.drop_table('crm_duplicates')
    with op.batch_alter_table('crm_drift', schema=None) as batch_op:
        batch_op.drop_index('ix_crm_drift_record')
        batch_op.drop_index('ix_crm_drift_open')
        batch_op.drop_index('ix_crm_drift_conversation')

    op.drop_table('crm_drift')
