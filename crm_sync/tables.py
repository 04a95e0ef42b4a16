"""The ledger, its audit chain and the built-in CRM. The ledger's documents carry placeholders; the CRM's tables and
the `effect` of a delivered update hold real values, because they are the CRM."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC; SQLite drops zones, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; pass an aware datetime.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of this room."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012


def _in_flight(name: str, *columns: str) -> Index:
    only = text("status IN ('pending', 'approved', 'delivering', 'retrying')")
    return Index(name, *columns, sqlite_where=only, postgresql_where=only)


class UpdateRow(Base):
    """One update on its way to the CRM."""

    __tablename__ = "crm_updates"
    __table_args__ = (
        UniqueConstraint("site", "idempotency_key"),
        Index("ix_crm_updates_contact_order", "site", "contact_key", "created_at", "id"),
        # Of what is in flight only: what was delivered over the years costs a look at the queue nothing.
        # The status stands at the end so that no row is looked at, without which SQLite prefers a worse index.
        _in_flight("ix_crm_updates_in_flight", "site", "created_at", "id", "status"),
        _in_flight("ix_crm_updates_ahead", "site", "contact_key", "created_at", "id", "status"),
        Index("ix_crm_updates_conversation", "site", "conversation"),
        Index("ix_crm_updates_delivered", "site", "delivered_at", "id"),
        Index(
            "ix_crm_updates_standing",
            "site",
            "status",
            "created_at",
            "conversation",
            "gist_worth",
            "gist_event_at",
            "id",
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(String(128))
    contact_key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    """Canonical JSON; text, so that a hash of it means something."""
    status: Mapped[str] = mapped_column(String(24))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    """While delivering: when the worker's lease ends."""
    last_error: Mapped[str | None] = mapped_column(Text)
    problem_pointer: Mapped[str | None] = mapped_column(String(400))
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_reason: Mapped[str | None] = mapped_column(Text)
    decided_code: Mapped[str | None] = mapped_column(String(24))
    delivered_at: Mapped[datetime | None]
    effect: Mapped[str | None] = mapped_column(Text)
    held: Mapped[str | None] = mapped_column(String(36))
    # What a queue is sorted, filtered and shown by, read off the document whenever that is written: see `gist`.
    gist_line: Mapped[str] = mapped_column(Text, default="", server_default="")
    gist_words: Mapped[str] = mapped_column(Text, default="", server_default="")
    gist_fields: Mapped[str] = mapped_column(Text, default="", server_default="")
    gist_score: Mapped[float | None] = mapped_column(Float)
    gist_stage: Mapped[str | None] = mapped_column(String(64))
    gist_seats: Mapped[int | None] = mapped_column(Integer)
    gist_amount: Mapped[float | None] = mapped_column(Float)
    gist_event_at: Mapped[datetime | None]
    gist_worth: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class AuditHeadRow(Base):
    """The end of a site's chain; updating it first makes writers of one chain take turns."""

    __tablename__ = "crm_audit_heads"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class AuditRow(Base):
    """One entry: who did what to which update, chained to the entry before."""

    __tablename__ = "crm_audit"
    __table_args__ = (Index("ix_crm_audit_update", "site", "update_id"),)

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(200))
    act: Mapped[str] = mapped_column(String(32))
    update_id: Mapped[str] = mapped_column(String(36))
    detail: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class _Record:
    """What every record of the built-in CRM has."""

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64), index=True)
    origin: Mapped[str] = mapped_column(String(200))
    """`update:` and the idempotency key that made it, or `person:` and who."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    edited_by: Mapped[str | None] = mapped_column(String(200))
    """The person who changed it last by hand."""
    writers: Mapped[dict[str, str]] = mapped_column("typed", JSON, default=dict)
    """Who wrote each field last, as in `origin`: the assistant never overwrites what a person typed."""
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    archived_at: Mapped[datetime | None]
    """Put aside by a person: out of the lists until somebody, or an update, takes it up again."""


class ContactRow(_Record, Base):
    """A person."""

    __tablename__ = "crm_contacts"
    __table_args__ = (
        UniqueConstraint("site", "email_key"),
        Index("ix_crm_contacts_changed", "site", "updated_at", "id"),
    )

    email_key: Mapped[str | None] = mapped_column(String(254))
    """The e-mail address in lower case: what makes a contact the same one."""
    company_id: Mapped[str | None] = mapped_column(String(36), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    job_title: Mapped[str | None] = mapped_column(String(300))
    language: Mapped[str | None] = mapped_column(String(35))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(2))
    lead_score: Mapped[float | None] = mapped_column(Float)
    lead_fit: Mapped[float | None] = mapped_column(Float)
    lead_intent: Mapped[float | None] = mapped_column(Float)
    lead_stage: Mapped[str | None] = mapped_column(String(64))
    lifecycle: Mapped[str | None] = mapped_column(String(24))
    consent_level: Mapped[str | None] = mapped_column(String(24))
    owner: Mapped[str | None] = mapped_column(String(300))


class CompanyRow(_Record, Base):
    """A company."""

    __tablename__ = "crm_companies"
    __table_args__ = (
        UniqueConstraint("site", "domain"),
        Index("ix_crm_companies_changed", "site", "updated_at", "id"),
    )

    name: Mapped[str | None] = mapped_column(String(300))
    domain: Mapped[str | None] = mapped_column(String(253))
    industry: Mapped[str | None] = mapped_column(String(300))
    team_size: Mapped[int | None] = mapped_column(Integer)
    country: Mapped[str | None] = mapped_column(String(2))
    owner: Mapped[str | None] = mapped_column(String(300))


class DealRow(_Record, Base):
    """A chance to sell."""

    __tablename__ = "crm_deals"
    __table_args__ = (
        Index("ix_crm_deals_changed", "site", "updated_at", "id"),
        Index("ix_crm_deals_stage", "site", "stage"),
    )

    contact_id: Mapped[str] = mapped_column(String(36), index=True)
    name: Mapped[str | None] = mapped_column(String(300))
    stage: Mapped[str | None] = mapped_column(String(24))
    plan: Mapped[str | None] = mapped_column(String(300))
    seats: Mapped[int | None] = mapped_column(Integer)
    period: Mapped[str | None] = mapped_column(String(8))
    amount: Mapped[float | None] = mapped_column(Float)
    currency: Mapped[str | None] = mapped_column(String(3))
    use_case: Mapped[str | None] = mapped_column(Text)
    timeline: Mapped[str | None] = mapped_column(String(300))
    current_tool: Mapped[str | None] = mapped_column(String(300))
    budget: Mapped[str | None] = mapped_column(String(300))
    owner: Mapped[str | None] = mapped_column(String(300))


class LinkRow(Base):
    """Which contact a conversation turned out to be with."""

    __tablename__ = "crm_links"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation: Mapped[str] = mapped_column(String(128), primary_key=True)
    contact_id: Mapped[str] = mapped_column(String(36), index=True)


class ActivityRow(Base):
    """An entry in a contact's timeline, written once per key."""

    __tablename__ = "crm_activities"
    __table_args__ = (UniqueConstraint("site", "key"), Index("ix_crm_activities_at", "site", "at", "id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    contact_id: Mapped[str] = mapped_column(String(36), index=True)
    type: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    url: Mapped[str | None] = mapped_column(Text)
    meeting: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]


class TaskRow(Base):
    """Something a rep should do, written once per key."""

    __tablename__ = "crm_tasks"
    __table_args__ = (UniqueConstraint("site", "key"), Index("ix_crm_tasks_open", "site", "done_at", "due"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    contact_id: Mapped[str] = mapped_column(String(36), index=True)
    title: Mapped[str] = mapped_column(String(300))
    due: Mapped[datetime | None]
    priority: Mapped[str] = mapped_column(String(8))
    done_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(300))
    """Whose it is; None: it is the contact's owner's."""
    created_at: Mapped[datetime]


class AppliedRow(Base):
    """The built-in CRM's memory of the keys it has applied: what makes a repeated delivery harmless."""

    __tablename__ = "crm_applied"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    effect: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
