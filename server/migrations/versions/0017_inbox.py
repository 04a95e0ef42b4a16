"""What the inbox sorts, filters and shows by, beside each update"""

import json

import sqlalchemy as sa
from alembic import op

from crm_sync.deciding import gist

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column('gist_line', sa.Text(), nullable=False, server_default=''),
    sa.Column('gist_words', sa.Text(), nullable=False, server_default=''),
    sa.Column('gist_fields', sa.Text(), nullable=False, server_default=''),
    sa.Column('gist_score', sa.Float(), nullable=True),
    sa.Column('gist_stage', sa.String(length=64), nullable=True),
    sa.Column('gist_seats', sa.Integer(), nullable=True),
    sa.Column('gist_amount', sa.Float(), nullable=True),
    sa.Column('gist_event_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gist_worth', sa.Integer(), nullable=False, server_default='0'),
)
STANDING = ['site', 'status', 'created_at', 'conversation', 'gist_worth', 'gist_event_at', 'id']
AT_ONCE = 500


def upgrade() -> None:
    with op.batch_alter_table('crm_updates', schema=None) as batch_op:
        for column in COLUMNS:
            batch_op.add_column(column.copy())
        batch_op.create_index('ix_crm_updates_standing', STANDING, unique=False)
    _fill(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table('crm_updates', schema=None) as batch_op:
        batch_op.drop_index('ix_crm_updates_standing')
        for column in COLUMNS:
            batch_op.drop_column(column.name)


def _fill(connection: sa.Connection) -> None:
    """Read the columns off the documents that are there, some hundred at a time."""
    rows = sa.table('crm_updates', *(sa.column(name) for name in ('id', 'kind', 'document')),
                    *(sa.column(column.name, column.type) for column in COLUMNS))
    last = ''
    while found := connection.execute(
        sa.select(rows.c.id, rows.c.kind, rows.c.document).where(rows.c.id > last).order_by(rows.c.id).limit(AT_ONCE)
    ).all():
        for update_id, kind, document in found:
            # The one thing taken from the code of today: a reading of it that a later version words differently is fine.
            read = gist.columns(kind, json.loads(document))
            values = {column.name: read[column.name] for column in COLUMNS if column.name in read}
            connection.execute(rows.update().where(rows.c.id == update_id).values(**values))
        last = found[-1][0]
