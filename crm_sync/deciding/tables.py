"""What people decide: who has to look at what until when, who stands in for whom, and what their decisions teach."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm_sync.tables import Base


class WaitingRow(Base):
    """An update that waits for a rep; the row goes when somebody decides."""

    __tablename__ = "crm_waiting"
    __table_args__ = (
        Index("ix_crm_waiting_owner", "site", "owner"),
        Index("ix_crm_waiting_due", "overdue_at", "due_at"),
    )

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    update_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    conversation: Mapped[str] = mapped_column(String(128))
    owner: Mapped[str | None] = mapped_column(String(200))
    """The login of whoever should decide; None is anybody."""
    assigned_by: Mapped[str | None] = mapped_column(String(200))
    """Who gave it to them; None: the rules did."""
    due_at: Mapped[datetime | None]
    after: Mapped[str] = mapped_column(String(8))
    """What the policy does with it then: `wait`, `write` or `drop`."""
    overdue_at: Mapped[datetime | None]
    """When it was found to be overdue, and told."""
    escalated_to: Mapped[str | None] = mapped_column(String(200))


class DelegateRow(Base):
    """Somebody stands in for somebody for a time."""

    __tablename__ = "crm_delegates"
    __table_args__ = (Index("ix_crm_delegates_site_until", "site", "until"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    person: Mapped[str] = mapped_column(String(200))
    delegate: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
    until: Mapped[datetime]
    named_by: Mapped[str] = mapped_column(String(200))
    named_at: Mapped[datetime]


class LessonRow(Base):
    """What became of one proposed value when a person looked at it. Added to, never changed, but for forgetting."""

    __tablename__ = "crm_lessons"
    __table_args__ = (
        Index("ix_crm_lessons_site_at", "site", "at", "id"),
        Index("ix_crm_lessons_conversation", "site", "conversation"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(200))
    update_id: Mapped[str] = mapped_column(String(36))
    conversation: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(64))
    became: Mapped[str] = mapped_column(String(16))
    """`approved` as it was, `edited`, `rejected`, `undone`, or `reopened` by whoever had decided."""
    field: Mapped[str] = mapped_column(String(140))
    """`object.name`."""
    how: Mapped[str] = mapped_column(String(16))
    confidence: Mapped[float] = mapped_column(Float)
    proposed: Mapped[str | None] = mapped_column(Text)
    """JSON, personal values as placeholders; None once it was forgotten."""
    corrected: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(String(24))
    """Why it was rejected."""
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    """JSON: the messages and their redacted words."""
    policy_version: Mapped[str] = mapped_column(String(64))
