"""What we remember of another company's CRM: orders and how far they got, who is whom, and what we wrote there last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm_sync.tables import Base


class _Theirs:
    """Every row belongs to one site's account at one vendor."""

    site: Mapped[str] = mapped_column(String(64), primary_key=True, sort_order=-2)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True, sort_order=-1)


class RemoteOrderRow(_Theirs, Base):
    """An order by its key: what stood there before, saved before anything was written; its effect once it is done."""

    __tablename__ = "crm_remote_orders"
    __table_args__ = (
        Index("ix_crm_remote_orders_conversation", "site", "conversation"),
        Index("ix_crm_remote_orders_contact", "site", "provider", "contact_id"),
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation: Mapped[str] = mapped_column(String(128))
    contact_id: Mapped[str | None] = mapped_column(String(128))
    work: Mapped[str] = mapped_column(Text)
    """JSON: how far it got, with prior values. Real values: they belong to the CRM."""
    effect: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class RemoteLinkRow(_Theirs, Base):
    """Which contact of theirs a conversation turned out to be with."""

    __tablename__ = "crm_remote_links"
    __table_args__ = (Index("ix_crm_remote_links_contact", "site", "provider", "contact_id"),)

    conversation: Mapped[str] = mapped_column(String(128), primary_key=True)
    contact_id: Mapped[str] = mapped_column(String(128))


class RemoteFieldRow(_Theirs, Base):
    """What we wrote into a field last: a value that differs from it is somebody else's."""

    __tablename__ = "crm_remote_fields"
    __table_args__ = (Index("ix_crm_remote_fields_key", "site", "key"),)

    record: Mapped[str] = mapped_column(String(16), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    """Our name of the field."""
    key: Mapped[str] = mapped_column(String(64))
    """The order that wrote it."""
    wrote: Mapped[str] = mapped_column(Text)
    """JSON by the vendor's names."""


class RemoteMadeRow(_Theirs, Base):
    """A record that we made, or are about to make: of several orders at once only one is its maker."""

    __tablename__ = "crm_remote_made"
    __table_args__ = (Index("ix_crm_remote_made_record", "site", "provider", "record", "record_id"),)

    record: Mapped[str] = mapped_column(String(16), primary_key=True)
    record_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[str | None] = mapped_column(String(128))
    order_key: Mapped[str] = mapped_column(String(64))
    defaults: Mapped[str] = mapped_column(Text)
    """JSON: what was filled in only because the vendor needs it; a record with nothing else is hollow."""
    made_at: Mapped[datetime]


class RemoteEntryRow(_Theirs, Base):
    """An entry that we wrote into a contact's timeline, as it stands now."""

    __tablename__ = "crm_remote_entries"
    __table_args__ = (
        Index("ix_crm_remote_entries_meeting", "site", "provider", "meeting_ref"),
        Index("ix_crm_remote_entries_contact", "site", "provider", "contact_id"),
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    entry_id: Mapped[str] = mapped_column(String(128))
    contact_id: Mapped[str] = mapped_column(String(128))
    conversation: Mapped[str] = mapped_column(String(128))
    meeting_ref: Mapped[str | None] = mapped_column(String(300))
    document: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class RemoteLeaseRow(_Theirs, Base):
    """Who works on a key or a record at the moment; one that ran out may be taken."""

    __tablename__ = "crm_remote_leases"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    holder: Mapped[str] = mapped_column(String(36))
    until: Mapped[datetime]
