"""Sign-in by OpenID Connect, sessions that can be revoked"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('started_sign_ins',
    sa.Column('browser_hash', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('verifier', sa.String(length=128), nullable=False),
    sa.Column('wanted', sa.String(length=500), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('browser_hash')
    )
    op.create_table('password_resets',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('token_hash')
    )
    with op.batch_alter_table('password_resets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_password_resets_account'), ['account'], unique=False)

    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('issuer', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('subject', sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_by_provider', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_unique_constraint('uq_accounts_issuer_subject', ['issuer', 'subject'])

    # Sessions of before could not be told apart on a page: everybody signs in once more.
    op.execute(sa.text('DELETE FROM sign_ins'))
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.add_column(sa.Column('id', sa.String(length=64), nullable=False))
        batch_op.add_column(sa.Column('started_at', sa.DateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column('place', sa.String(length=200), nullable=False))
        batch_op.add_column(sa.Column('how', sa.String(length=64), nullable=False))
        batch_op.add_column(sa.Column('id_token', sa.Text(), nullable=True))
        batch_op.create_unique_constraint('uq_sign_ins_id', ['id'])


def downgrade() -> None:
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.drop_constraint('uq_sign_ins_id', type_='unique')
        batch_op.drop_column('id_token')
        batch_op.drop_column('how')
        batch_op.drop_column('place')
        batch_op.drop_column('seen_at')
        batch_op.drop_column('started_at')
        batch_op.drop_column('id')

    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_constraint('uq_accounts_issuer_subject', type_='unique')
        batch_op.drop_column('closed_by_provider')
        batch_op.drop_column('disabled_at')
        batch_op.drop_column('subject')
        batch_op.drop_column('issuer')

    with op.batch_alter_table('password_resets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_password_resets_account'))

    op.drop_table('password_resets')
    op.drop_table('started_sign_ins')
