"""What comparing found: records that may be one, and where the CRM no longer says what was delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_sync.tables import Base


class DuplicateRow(Base):
    """Two records that may be one, with the reasons; a person decides, once."""

    __tablename__ = "crm_duplicates"
    __table_args__ = (
        UniqueConstraint("site", "object", "first_id", "second_id"),
        Index("ix_crm_duplicates_open", "site", "state", "score"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(16))
    first_id: Mapped[str] = mapped_column(String(128))
    """The lesser of the two ids, so that a pair is one row whichever way round it is found."""
    second_id: Mapped[str] = mapped_column(String(128))
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Which rules speak for it and against it; never a value."""
    state: Mapped[str] = mapped_column(String(16))
    found_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]
    is_merged: Mapped[bool] = mapped_column(Boolean)


class DriftRow(Base):
    """One field, record or entry that is no longer what an update left."""

    __tablename__ = "crm_drift"
    __table_args__ = (
        UniqueConstraint("site", "update_id", "object", "record_id", "field"),
        Index("ix_crm_drift_open", "site", "state", "noticed_at"),
        Index("ix_crm_drift_record", "site", "object", "record_id"),
        Index("ix_crm_drift_conversation", "site", "conversation"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    update_id: Mapped[str] = mapped_column(String(36))
    conversation: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(24))
    object: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[str] = mapped_column(String(128))
    field: Mapped[str] = mapped_column(String(80))
    """Empty when the whole record or entry is meant."""
    wrote: Mapped[Any] = mapped_column(JSON, nullable=True)
    found: Mapped[Any] = mapped_column(JSON, nullable=True)
    """Personal values are left out of both."""
    by: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime | None]
    noticed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    seen_by: Mapped[str | None] = mapped_column(String(200))


class ReconcilingRow(Base):
    """How far the comparing of a site has come: it goes on where it stopped."""

    __tablename__ = "crm_reconciling"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    began_at: Mapped[datetime]
    since: Mapped[datetime]
    """Updates delivered before this are left alone."""
    delivered_at: Mapped[datetime | None]
    """Of the last update that was compared."""
    update_id: Mapped[str | None] = mapped_column(String(36))
    ended_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(Integer)
    drifted: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
