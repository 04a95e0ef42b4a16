"""The tables of follow-ups: cadences, drafts with what became of them, and who wants none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.actions.tables import Base


class CadenceRow(Base):
    """The mails to one person about one conversation; `person` is a keyed hash of the address."""

    __tablename__ = "follow_up_cadences"
    __table_args__ = (
        UniqueConstraint("site", "conversation", "head"),
        Index("ix_follow_up_cadences_next", "state", "next_at"),
        Index("ix_follow_up_cadences_person", "site", "person"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    person: Mapped[str]
    rule: Mapped[str]
    step: Mapped[int]
    """Of the next mail; the first is 0."""
    state: Mapped[str]
    why: Mapped[str] = mapped_column(String(200))
    """Why it pauses or ended."""
    next_at: Mapped[datetime | None]
    """When the next mail is drafted; nothing while one waits."""
    head: Mapped[int]
    """Of the conversation when the cadence began: who writes again begins a new one."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class FollowUpRow(Base):
    """One mail of a cadence, as a draft and after; the words carry placeholders only."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("site", "cadence", "step"),
        Index("ix_follow_ups_state", "site", "state", "due_at"),
        Index("ix_follow_ups_person", "site", "person", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    cadence: Mapped[str]
    person: Mapped[str]
    email: Mapped[str] = mapped_column(Text)
    rule: Mapped[str]
    step: Mapped[int]
    language: Mapped[str]
    state: Mapped[str]
    why: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    """Sources, turns, our own sentences, findings."""
    score: Mapped[int]
    is_edited: Mapped[bool]
    by: Mapped[str] = mapped_column(String(100))
    """Login of who approved or rejected it; `auto` when the playbook let it go."""
    tokens: Mapped[int]
    due_at: Mapped[datetime]
    """When it may go out once it is approved."""
    hidden_until: Mapped[datetime | None]
    """Snoozed until then."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    """When it was sent, rejected or stopped."""


class RefusalRow(Base):
    """Somebody wants no follow-ups. It holds no address, and outlives the conversation, or it could not be obeyed."""

    __tablename__ = "follow_up_refusals"

    site: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(80), primary_key=True)
    """`person:` and the keyed hash of an address, or `conversation:` and its id where no address was known."""
    how: Mapped[str]
    """`link`, `one_click`, `chat` or `console`."""
    at: Mapped[datetime]
