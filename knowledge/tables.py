"""The tables of the knowledge room: sources, documents, passages, embeddings, answers kept and answers missing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC and read back with its zone, which SQLite would drop."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A moment without a zone can not be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Of this room's tables only."""


class GenerationRow(Base):
    """One row a site: the generation that readers should have in memory."""

    __tablename__ = "knowledge_generations"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocumentRow(Base):
    """A page as it stands; `digest` tells whether a file has changed since it was read."""

    __tablename__ = "knowledge_documents"
    __table_args__ = (UniqueConstraint("site", "path"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(500))
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(16))
    audience: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    updated: Mapped[date | None] = mapped_column(Date)
    meta: Mapped[dict[str, str]] = mapped_column(JSON)
    ingested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source_id: Mapped[str] = mapped_column(String(36), server_default="")
    language: Mapped[str] = mapped_column(String(35), server_default="")
    owner: Mapped[str] = mapped_column(String(200), server_default="")
    published: Mapped[date | None] = mapped_column(Date)
    expires: Mapped[datetime | None] = mapped_column(UtcDateTime)
    superseded_by: Mapped[str] = mapped_column(String(500), server_default="")
    """The path of the page that replaces it, said by this page."""
    supersedes: Mapped[list[str]] = mapped_column(JSON, server_default="[]")
    """Paths of the pages that this one says it replaces."""


class PassageRow(Base):
    """A passage; its embedding is found by `text_hash`."""

    __tablename__ = "knowledge_passages"
    __table_args__ = (Index("ix_knowledge_passages_document", "site", "document_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[str] = mapped_column(ForeignKey("knowledge_documents.id", ondelete="CASCADE"))
    heading_path: Mapped[list[str]] = mapped_column(JSON)
    anchor: Mapped[str] = mapped_column(Text)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column("end_at", Integer)
    units: Mapped[list[list[Any]]] = mapped_column(JSON)
    text_hash: Mapped[str] = mapped_column(String(64))


class EmbeddingRow(Base):
    """A vector by the hash of its text, so that nothing is embedded twice."""

    __tablename__ = "knowledge_embeddings"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    embedder: Mapped[str] = mapped_column(String(100), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian float32."""
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Young ones stay although no passage uses them yet: an ingest is on its way or was interrupted."""


class SourceRow(Base):
    """Where documents come from, when to read it again, and who is reading it now."""

    __tablename__ = "knowledge_sources"
    __table_args__ = (UniqueConstraint("site", "name"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    every_s: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text)
    broken: Mapped[list[list[Any]]] = mapped_column(JSON)
    failures: Mapped[int] = mapped_column(Integer)
    """In a row."""
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run: Mapped[str] = mapped_column(String(36))
    """The reading that is going on or was interrupted; its successor goes on under the same name."""
    lease: Mapped[str] = mapped_column(String(36))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FetchRow(Base):
    """An address as it was answered the last time that a source asked it."""

    __tablename__ = "knowledge_fetches"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    url_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    final_url: Mapped[str] = mapped_column(Text)
    status: Mapped[int] = mapped_column(Integer)
    etag: Mapped[str] = mapped_column(Text)
    last_modified: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    robots: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed."""
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    run: Mapped[str] = mapped_column(String(36))


class CitedRow(Base):
    """A stretch of a document's version that an answer to a visitor cited."""

    __tablename__ = "knowledge_cited"
    __table_args__ = (
        Index("ix_knowledge_cited_document", "site", "document_id"),
        Index("ix_knowledge_cited_at", "site", "at"),
        Index("ix_knowledge_cited_conversation", "site", "conversation_id"),
    )

    message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Text)
    """Redacted before it came here."""
    document_id: Mapped[str] = mapped_column(String(36))
    version: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApprovedRow(Base):
    """An answer that a person reviewed, with the words it rests on."""

    __tablename__ = "knowledge_approved"
    __table_args__ = (Index("ix_knowledge_approved_site", "site", "state"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Text)
    phrasings: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    cited: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    """Each with `path`, `quote`, `document_id` and the hash of the document's text when it was approved."""
    audience: Mapped[list[str]] = mapped_column(JSON)
    expires: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_by: Mapped[str] = mapped_column(String(100))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GapRow(Base):
    """A question that the documents did not answer; redacted before it came here."""

    __tablename__ = "knowledge_gaps"
    __table_args__ = (UniqueConstraint("site", "key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    """Hash of the question's content words."""
    question: Mapped[str] = mapped_column(Text)
    nearest: Mapped[list[str]] = mapped_column(JSON)
    count: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cluster: Mapped[str] = mapped_column(String(36), server_default="")
    """The id of the gap that began its cluster; nothing before it was compared with the others."""
    embedder: Mapped[str] = mapped_column(String(100), server_default="")
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Little-endian float32."""
    closed_by: Mapped[str] = mapped_column(String(100), server_default="")
    closed_how: Mapped[str] = mapped_column(String(16), server_default="")
    """`document`, `approved` or `dismissed`."""
    closed_with: Mapped[str] = mapped_column(String(500), server_default="")
    """The path of the document or the id of the approved answer."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often it was asked again, unanswered, after it had been closed."""
