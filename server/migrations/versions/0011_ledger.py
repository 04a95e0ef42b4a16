"""What reps decide: deadlines, delegates, reasons; and an audit trail that can only be added to"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_SAYS = 'The audit trail is only ever added to.'


def upgrade() -> None:
    op.create_table('crm_delegates',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('delegate', sa.String(length=200), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('named_by', sa.String(length=200), nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_delegates'))
    )
    with op.batch_alter_table('crm_delegates', schema=None) as batch_op:
        batch_op.create_index('ix_crm_delegates_site_until', ['site', 'until'], unique=False)
    op.create_table('crm_lessons',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('update_id', sa.String(length=36), nullable=False),
    sa.Column('conversation', sa.String(length=128), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('became', sa.String(length=16), nullable=False),
    sa.Column('field', sa.String(length=140), nullable=False),
    sa.Column('how', sa.String(length=16), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('proposed', sa.Text(), nullable=True),
    sa.Column('corrected', sa.Text(), nullable=True),
    sa.Column('code', sa.String(length=24), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('policy_version', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_lessons'))
    )
    with op.batch_alter_table('crm_lessons', schema=None) as batch_op:
        batch_op.create_index('ix_crm_lessons_conversation', ['site', 'conversation'], unique=False)
        batch_op.create_index('ix_crm_lessons_site_at', ['site', 'at', 'id'], unique=False)
    op.create_table('crm_waiting',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('update_id', sa.String(length=36), nullable=False),
    sa.Column('conversation', sa.String(length=128), nullable=False),
    sa.Column('owner', sa.String(length=200), nullable=True),
    sa.Column('assigned_by', sa.String(length=200), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('after', sa.String(length=8), nullable=False),
    sa.Column('overdue_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('escalated_to', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('site', 'update_id', name=op.f('pk_crm_waiting'))
    )
    with op.batch_alter_table('crm_waiting', schema=None) as batch_op:
        batch_op.create_index('ix_crm_waiting_due', ['overdue_at', 'due_at'], unique=False)
        batch_op.create_index('ix_crm_waiting_owner', ['site', 'owner'], unique=False)
    with op.batch_alter_table('crm_updates', schema=None) as batch_op:
        batch_op.add_column(sa.Column('decided_code', sa.String(length=24), nullable=True))
    # What waits already waits for anybody, and without end.
    op.execute(
        "INSERT INTO crm_waiting (site, update_id, conversation, after) "
        "SELECT site, id, conversation, 'wait' FROM crm_updates WHERE status = 'awaiting_approval'"
    )
    _guard()


def _guard() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            "CREATE FUNCTION crm_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$"
        )
        op.execute(
            'CREATE TRIGGER crm_audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON crm_audit '
            'FOR EACH STATEMENT EXECUTE FUNCTION crm_audit_only_grows()'
        )
        return
    for act in ('UPDATE', 'DELETE'):
        op.execute(
            f'CREATE TRIGGER crm_audit_no_{act.lower()} BEFORE {act} ON crm_audit '
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP TRIGGER crm_audit_only_grows ON crm_audit')
        op.execute('DROP FUNCTION crm_audit_only_grows()')
    else:
        op.execute('DROP TRIGGER crm_audit_no_update')
        op.execute('DROP TRIGGER crm_audit_no_delete')
    with op.batch_alter_table('crm_updates', schema=None) as batch_op:
        batch_op.drop_column('decided_code')
    op.drop_table('crm_waiting')
    op.drop_table('crm_lessons')
    op.drop_table('crm_delegates')
