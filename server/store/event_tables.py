"""The table of what visitors did on host pages, as the pages' own code told it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Base


class HostEvent(Base):
    """One thing that a host page told of; personal details in it are gone and not sealed."""

    __tablename__ = "host_events"
    __table_args__ = (
        UniqueConstraint("conversation", "told_as", name="uq_host_events_told_as"),
        Index("ix_host_events_site_at", "site", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    told_as: Mapped[str]
    """The id that the browser gave it, which may come twice."""
    name: Mapped[str] = mapped_column(String(64))
    properties: Mapped[dict[str, Any]]
    at: Mapped[datetime]
