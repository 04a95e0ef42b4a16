"""The table of files that came with messages; what stands in them lies outside the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Base


class FileRow(Base):
    """One file; its name is a personal detail and stands in the vault, here only its placeholder."""

    __tablename__ = "files"

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    message: Mapped[str]
    client_id: Mapped[str]
    mark: Mapped[str]
    """The placeholder of its name."""
    kind: Mapped[str] = mapped_column(String(100))
    """Its media type."""
    size: Mapped[int]
    at: Mapped[datetime]
