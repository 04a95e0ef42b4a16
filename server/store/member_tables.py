"""The table of members: signed-in users of the host application who let us remember them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Base


class MemberRow(Base):
    """One user of the host application; without consent `remembered` there is no row of them."""

    __tablename__ = "members"

    site: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """Keyed hash of the token's subject."""
    plan: Mapped[str]
    """Key in the playbook; empty when unknown."""
    sealed: Mapped[str] = mapped_column(Text)
    """Name, e-mail and company as the last token told them, encrypted as the vault does."""
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
