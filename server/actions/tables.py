"""The tables of meetings, trials, carts, hand-overs, the built-in mailbox and the outbox of effects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.columns import COLUMNS


class Base(DeclarativeBase):
    type_annotation_map = COLUMNS


class MeetingRow(Base):
    """A meeting; name and e-mail are placeholders."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("site", "key"),
        Index("ix_meetings_site_rep_start", "site", "rep", "starts_at"),
        Index("ix_meetings_site_conversation", "site", "conversation"),
        Index("ix_meetings_site_start", "site", "starts_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    key: Mapped[str] = mapped_column(String(200))
    """Derived from what asked for the meeting; the same key is the same meeting."""
    rep: Mapped[str]
    meeting_type: Mapped[str]
    title: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    held_from: Mapped[datetime]
    """Start and end with the buffers: what the rep's calendar is busy for."""
    held_until: Mapped[datetime]
    zone: Mapped[str]
    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    sequence: Mapped[int]
    uid: Mapped[str] = mapped_column(String(200))
    hold_until: Mapped[datetime | None]
    """How long one in state `held` waits for the rep's own calendar to be read."""
    why: Mapped[str] = mapped_column(default="")
    """Of one that we called off ourselves: `time_gone` or `calendar_away`; it may be given another time."""
    wall: Mapped[str] = mapped_column(default="")
    """The time on the visitor's clock as it was agreed, with its offset."""
    tz_version: Mapped[str] = mapped_column(default="")
    """The rules of time zones that it was agreed under."""
    zone_drift: Mapped[str] = mapped_column(default="")
    """What later rules make of that clock time; empty while they agree."""
    calendar_state: Mapped[str] = mapped_column(default="none")
    """Of its event in the rep's own calendar: `none`, `waiting`, `written`, `removed` or `refused`."""
    calendar_ref: Mapped[str | None] = mapped_column(Text)
    """What that calendar calls the event."""
    became: Mapped[str] = mapped_column(default="")
    """`meeting_held` or `meeting_missed`, as a rep said; empty while nobody has."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MeetingHoldRow(Base):
    """A time that is kept for a conversation while it tells its address; its cells carry this id."""

    __tablename__ = "meeting_holds"
    __table_args__ = (UniqueConstraint("site", "conversation"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    rep: Mapped[str]
    starts_at: Mapped[datetime]
    held_from: Mapped[datetime]
    held_until: Mapped[datetime]
    hold_until: Mapped[datetime] = mapped_column(index=True)
    """From then on the time is anybody's."""
    created_at: Mapped[datetime]


class MeetingCellRow(Base):
    """Five minutes of a rep's calendar. The primary key is what makes a double booking impossible."""

    __tablename__ = "meeting_cells"

    site: Mapped[str] = mapped_column(primary_key=True)
    rep: Mapped[str] = mapped_column(primary_key=True)
    cell_start: Mapped[datetime] = mapped_column(primary_key=True)
    meeting: Mapped[str] = mapped_column(index=True)


class TrialRow(Base):
    """A trial; `email_key` is a keyed hash of the address, so that one address has one trial."""

    __tablename__ = "trials"
    __table_args__ = (UniqueConstraint("site", "email_key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    email_key: Mapped[str]
    email: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(String(200))
    days: Mapped[int]
    """What was promised when it was asked for, whatever the terms are by the time the link is opened."""
    state: Mapped[str]
    mails: Mapped[int]
    mailed_at: Mapped[datetime]
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    provision: Mapped[str] = mapped_column(default="")
    provisions: Mapped[int] = mapped_column(default=0)
    """How often the product was told of it anew, by people."""
    external_id: Mapped[str | None] = mapped_column(String(200))
    """What the product calls it."""
    login_url: Mapped[str] = mapped_column(Text, default="")
    activated_at: Mapped[datetime | None]
    converted_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]


class CartRow(Base):
    """A cart as it was quoted; money is text, because SQLite would keep a float."""

    __tablename__ = "carts"
    __table_args__ = (UniqueConstraint("site", "key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(String(200))
    quote: Mapped[dict[str, Any]]
    state: Mapped[str]
    email: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    payment: Mapped[str | None] = mapped_column(String(200), index=True)
    """What the payment provider calls the payment that was begun for the cart as it stands."""
    paid_at: Mapped[datetime | None]


class HandoffRow(Base):
    """A person was asked for; while nobody took it, it is a task."""

    __tablename__ = "handoffs"
    __table_args__ = (Index("ix_handoffs_site_state", "site", "state"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    open_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    """Site and conversation while it is open: a conversation has one open hand-over at most."""
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    person: Mapped[str | None] = mapped_column(String(200))
    assigned: Mapped[str | None] = mapped_column(String(200))
    """Login of whom it is meant for, before anybody joins."""
    score: Mapped[int | None]
    """The lead score when it was asked for last, to sort those who wait."""
    joined_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MailRow(Base):
    """A mail in the built-in mailbox. Real addresses stand here, as they would in any sent folder."""

    __tablename__ = "mails"
    __table_args__ = (UniqueConstraint("site", "key"), Index("ix_mails_site_sent", "site", "sent_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    key: Mapped[str] = mapped_column(String(200))
    to: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    ics: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime]


class EffectRow(Base):
    """Something to do, saved with its cause; the payload carries placeholders only."""

    __tablename__ = "effects"
    __table_args__ = (
        UniqueConstraint("site", "key"),
        Index("ix_effects_status_next", "status", "next_attempt_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str | None] = mapped_column(index=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(String(200))
    status: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    """For a running one: when its lease ends and somebody else may take it."""
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WebhookRow(Base):
    """A webhook that was taken: the same id again changes nothing."""

    __tablename__ = "webhooks"

    site: Mapped[str] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class GoneRow(Base):
    """An address of an operator's product that answered 410: it is not asked any more."""

    __tablename__ = "gone_endpoints"

    site: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


async def insert_missing(session: AsyncSession, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that collide with nothing; leave the caller's transaction usable either way.

    A savepoint around a plain insert would do the same, but the SQLite driver commits the outermost one.
    """
    if rows:
        await session.execute(_insert(table, session.get_bind().dialect.name), list(rows))


@cache
def _insert(table: type[Base], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Built once, with the rows as parameters: a statement that holds them would be compiled for each."""
    made = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return made(cast("Table", table.__table__)).on_conflict_do_nothing()
