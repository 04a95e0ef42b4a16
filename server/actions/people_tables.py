"""The tables of who is at the desk, how leads were routed, and what happened to a hand-over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.actions.tables import Base


class RepPresenceRow(Base):
    """Somebody who may answer visitors: whether they want to, and when their console was last open."""

    __tablename__ = "rep_presence"

    site: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    available: Mapped[bool]
    seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class HandoffStepRow(Base):
    """One thing that happened to a hand-over; written with it, never edited."""

    __tablename__ = "handoff_steps"
    __table_args__ = (Index("ix_handoff_steps_site_conversation", "site", "conversation"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    act: Mapped[str]
    """`joined`, `transferred`, `assigned`, `handed_back` or `nobody_came`."""
    by: Mapped[str | None] = mapped_column(String(200))
    to: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)
    """For the colleague, redacted."""
    at: Mapped[datetime]


class RouteRow(Base):
    """Whose lead a conversation is, and the steps that led to them; a conversation is routed once."""

    __tablename__ = "routes"
    __table_args__ = (
        UniqueConstraint("site", "conversation"),
        Index("ix_routes_site_rep_at", "site", "rep", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    rep: Mapped[str]
    """Key of the playbook."""
    how: Mapped[str]
    """`owner`, `rule`, `turn` or `transfer`."""
    trace: Mapped[dict[str, Any]]
    """`{"steps": [...]}`: no personal details in it."""
    at: Mapped[datetime]


class RoutingTurnRow(Base):
    """How far a pool of reps is in taking turns: credits by rep."""

    __tablename__ = "routing_turns"

    site: Mapped[str] = mapped_column(primary_key=True)
    pool: Mapped[str] = mapped_column(String(200), primary_key=True)
    credits: Mapped[dict[str, Any]]
