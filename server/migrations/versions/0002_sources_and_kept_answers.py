"""Sources, fetches, citations given, approved answers, and more about documents and gaps"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('knowledge_sources',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('spec', sa.JSON(), nullable=False),
    sa.Column('every_s', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('broken', sa.JSON(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('run', sa.String(length=36), nullable=False),
    sa.Column('lease', sa.String(length=36), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('site', 'name')
    )
    op.create_table('knowledge_fetches',
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('source_id', sa.String(length=36), nullable=False),
    sa.Column('url_hash', sa.String(length=64), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('final_url', sa.Text(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('etag', sa.Text(), nullable=False),
    sa.Column('last_modified', sa.Text(), nullable=False),
    sa.Column('content_type', sa.Text(), nullable=False),
    sa.Column('robots', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('run', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('site', 'source_id', 'url_hash')
    )
    op.create_table('knowledge_cited',
    sa.Column('message_id', sa.String(length=64), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('document_id', sa.String(length=36), nullable=False),
    sa.Column('version', sa.String(length=12), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('quote', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('message_id', 'n')
    )
    with op.batch_alter_table('knowledge_cited', schema=None) as batch_op:
        batch_op.create_index('ix_knowledge_cited_document', ['site', 'document_id'], unique=False)
        batch_op.create_index('ix_knowledge_cited_at', ['site', 'at'], unique=False)
        batch_op.create_index('ix_knowledge_cited_conversation', ['site', 'conversation_id'], unique=False)

    op.create_table('knowledge_approved',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('site', sa.String(length=64), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('phrasings', sa.JSON(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('cited', sa.JSON(), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('expires', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_by', sa.String(length=100), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('knowledge_approved', schema=None) as batch_op:
        batch_op.create_index('ix_knowledge_approved_site', ['site', 'state'], unique=False)

    # Columns are added in place, not by copying the table: SQLite's copy would take its passages along.
    op.add_column('knowledge_documents', sa.Column('source_id', sa.String(length=36), server_default='', nullable=False))
    op.add_column('knowledge_documents', sa.Column('language', sa.String(length=35), server_default='', nullable=False))
    op.add_column('knowledge_documents', sa.Column('owner', sa.String(length=200), server_default='', nullable=False))
    op.add_column('knowledge_documents', sa.Column('published', sa.Date(), nullable=True))
    op.add_column('knowledge_documents', sa.Column('expires', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knowledge_documents', sa.Column('superseded_by', sa.String(length=500), server_default='', nullable=False))
    op.add_column('knowledge_documents', sa.Column('supersedes', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('knowledge_embeddings', sa.Column('saved_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knowledge_gaps', sa.Column('cluster', sa.String(length=36), server_default='', nullable=False))
    op.add_column('knowledge_gaps', sa.Column('embedder', sa.String(length=100), server_default='', nullable=False))
    op.add_column('knowledge_gaps', sa.Column('vector', sa.LargeBinary(), nullable=True))
    op.add_column('knowledge_gaps', sa.Column('closed_by', sa.String(length=100), server_default='', nullable=False))
    op.add_column('knowledge_gaps', sa.Column('closed_how', sa.String(length=16), server_default='', nullable=False))
    op.add_column('knowledge_gaps', sa.Column('closed_with', sa.String(length=500), server_default='', nullable=False))
    op.add_column('knowledge_gaps', sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knowledge_gaps', sa.Column('reopened', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    for column in ('reopened', 'closed_at', 'closed_with', 'closed_how', 'closed_by', 'vector', 'embedder', 'cluster'):
        op.drop_column('knowledge_gaps', column)
    op.drop_column('knowledge_embeddings', 'saved_at')
    for column in ('supersedes', 'superseded_by', 'expires', 'published', 'owner', 'language', 'source_id'):
        op.drop_column('knowledge_documents', column)
    with op.batch_alter_table('knowledge_approved', schema=None) as batch_op:
        batch_op.drop_index('ix_knowledge_approved_site')

    op.drop_table('knowledge_approved')
    with op.batch_alter_table('knowledge_cited', schema=None) as batch_op:
        batch_op.drop_index('ix_knowledge_cited_conversation')
        batch_op.drop_index('ix_knowledge_cited_at')
        batch_op.drop_index('ix_knowledge_cited_document')

    op.drop_table('knowledge_cited')
    op.drop_table('knowledge_fetches')
    op.drop_table('knowledge_sources')
