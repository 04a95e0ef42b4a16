"""What delivery remembers of a CRM that is away, and indexes of what is in flight"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_IN_FLIGHT = sa.text("status IN ('pending', 'approved', 'delivering', 'retrying')")
_PARTIAL = (
    ('ix_crm_updates_in_flight', ['site', 'created_at', 'id', 'status']),
    ('ix_crm_updates_ahead', ['site', 'contact_key', 'created_at', 'id', 'status']),
)


def upgrade() -> None:
    op.create_table('crm_provider_states',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('standing', sa.String(length=16), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('probes', sa.Integer(), nullable=False),
    sa.Column('probe_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('free_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resumed_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('site', name=op.f('pk_crm_provider_states'))
    )
    with op.batch_alter_table('crm_updates', schema=None) as batch_op:
        batch_op.drop_index('ix_crm_updates_due')
        for name, columns in _PARTIAL:
            batch_op.create_index(
                name, columns, unique=False, sqlite_where=_IN_FLIGHT, postgresql_where=_IN_FLIGHT
            )
    with op.batch_alter_table('crm_audit', schema=None) as batch_op:
        batch_op.create_index('ix_crm_audit_update', ['site', 'update_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('crm_audit', schema=None) as batch_op:
        batch_op.drop_index('ix_crm_audit_update')
    with op.batch_alter_table('crm_updates', schema=None) as batch_op:
        for name, _ in reversed(_PARTIAL):
            batch_op.drop_index(name, sqlite_where=_IN_FLIGHT, postgresql_where=_IN_FLIGHT)
        batch_op.create_index('ix_crm_updates_due', ['status', 'next_attempt_at'], unique=False)
    op.drop_table('crm_provider_states')
