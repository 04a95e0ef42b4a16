"""What delivery remembers of each site's CRM: whether it refuses us, and when it takes the next update."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm_sync.tables import Base


class ProviderStateRow(Base):
    """A site's CRM as deliveries found it; no row where nothing was ever wrong and nothing is limited."""

    __tablename__ = "crm_provider_states"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    standing: Mapped[str] = mapped_column(String(16), default="open")
    """`open`, `refused` or `away`."""
    failures: Mapped[int] = mapped_column(Integer, default=0)
    """Attempts in a row that were put off."""
    since: Mapped[datetime | None]
    words: Mapped[str | None] = mapped_column(Text)
    """The CRM's own, of the last refusal."""
    probes: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was asked since it is shut."""
    probe_at: Mapped[datetime | None]
    """While it is shut: when one update may ask again; None: not before a person resumes."""
    free_at: Mapped[datetime | None]
    """When the next attempt may begin, where a rate is kept or the CRM asked for a pause."""
    resumed_by: Mapped[str | None] = mapped_column(String(200))
