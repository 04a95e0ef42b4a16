"""The tables of the help panel: votes on articles, and what a reader has seen or done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Base


class ArticleVote(Base):
    """Whether an article helped, by one reader; the last word counts."""

    __tablename__ = "help_votes"
    __table_args__ = (Index("ix_help_votes_voter", "site", "voter"),)

    site: Mapped[str] = mapped_column(primary_key=True)
    article: Mapped[str] = mapped_column(primary_key=True)
    voter: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text)
    """Redacted; what was sealed of it is kept nowhere."""
    at: Mapped[datetime]


class HelpMark(Base):
    """A step that a reader did, or an announcement that they have seen."""

    __tablename__ = "help_marks"

    site: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """`step` or `seen`."""
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    """`guide/step`, or the key of the announcement."""
    at: Mapped[datetime]
