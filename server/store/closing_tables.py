"""The tables of a conversation's end: how it was, and where it was mailed to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Base


class Csat(Base):
    """How a visitor found the whole conversation; the last word counts."""

    __tablename__ = "csat"
    __table_args__ = (Index("ix_csat_site_at", "site", "at"),)

    conversation: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    score: Mapped[int]
    """1 to 5; 5 is best."""
    comment: Mapped[str] = mapped_column(Text)
    """Redacted."""
    at: Mapped[datetime]


class MailedTranscript(Base):
    """A conversation that was mailed to an address: what holds the limits, and lets a repeated wish be known."""

    __tablename__ = "mailed_transcripts"
    __table_args__ = (Index("ix_mailed_transcripts_address", "site", "address", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(64))
    """Keyed hash: nobody reads the address from it."""
    at: Mapped[datetime]
