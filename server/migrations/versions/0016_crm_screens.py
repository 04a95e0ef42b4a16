"""The screens of the built-in CRM"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

RECORDS = ('crm_contacts', 'crm_companies', 'crm_deals')
INDEXES = (
    ('crm_contacts', 'ix_crm_contacts_changed', ['site', 'updated_at', 'id']),
    ('crm_companies', 'ix_crm_companies_changed', ['site', 'updated_at', 'id']),
    ('crm_deals', 'ix_crm_deals_changed', ['site', 'updated_at', 'id']),
    ('crm_deals', 'ix_crm_deals_stage', ['site', 'stage']),
    ('crm_activities', 'ix_crm_activities_at', ['site', 'at', 'id']),
    ('crm_tasks', 'ix_crm_tasks_open', ['site', 'done_at', 'due']),
)


def upgrade() -> None:
    for table in RECORDS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('crm_tasks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner', sa.String(length=300), nullable=True))
    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('became', sa.String(length=64), nullable=False, server_default=''))
    for table, name, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for table, name, _ in INDEXES:
        op.drop_index(name, table_name=table)
    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.drop_column('became')
    with op.batch_alter_table('crm_tasks', schema=None) as batch_op:
        batch_op.drop_column('owner')
    for table in RECORDS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('archived_at')
