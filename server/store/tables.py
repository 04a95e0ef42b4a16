"""The tables of conversations, their log, decisions, the vault and console accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.columns import COLUMNS


class Base(DeclarativeBase):
    type_annotation_map = COLUMNS


class Visitor(Base):
    """Somebody with a token; nothing is known of them but their consent."""

    __tablename__ = "visitors"

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    consent: Mapped[str]
    created_at: Mapped[datetime]


class Conversation(Base):
    """One conversation and the dialogue's state in it."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_site_updated", "site", "updated_at"),
        Index("ix_conversations_site_visitor_updated", "site", "visitor", "updated_at"),
        Index("ix_conversations_site_member_updated", "site", "member", "updated_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    visitor: Mapped[str] = mapped_column(index=True)
    member: Mapped[str] = mapped_column(default="", server_default="")
    """Key of the signed-in user who alone may join it; empty for anybody with the visitor's token."""
    mode: Mapped[str]
    consent: Mapped[str]
    locale: Mapped[str]
    time_zone: Mapped[str]
    head: Mapped[int]
    """Sequence number of the last logged frame."""
    version: Mapped[int]
    """Rises with every save; a save with an old version is refused."""
    state: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Logged(Base):
    """One frame of a conversation's log, words redacted; what the visitor sees is exactly this, in order."""

    __tablename__ = "log"
    __table_args__ = (UniqueConstraint("conversation", "client_id"),)

    conversation: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    type: Mapped[str]
    message: Mapped[str | None]
    """Id of the message, for `message` frames."""
    turn: Mapped[str | None]
    client_id: Mapped[str | None]
    by: Mapped[str | None]
    """Login of the person of the company who wrote it."""
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class DecisionRow(Base):
    """The decision record of one assistant turn."""

    __tablename__ = "decisions"

    turn: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    play: Mapped[str]
    record: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Sealed(Base):
    """A personal detail, encrypted; everywhere else stands its placeholder."""

    __tablename__ = "vault"

    conversation: Mapped[str] = mapped_column(primary_key=True)
    placeholder: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    kind: Mapped[str]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Unsealing(Base):
    """Who or what read a personal detail, and why."""

    __tablename__ = "unsealings"

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    placeholder: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class Rating(Base):
    """Thumbs for one turn; the last one counts."""

    __tablename__ = "ratings"

    turn: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str]
    value: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Account(Base):
    """Somebody who may sign in to the console."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("login"),
        UniqueConstraint("issuer", "subject", name="uq_accounts_issuer_subject"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    """The site whose data the account sees; `*` for all."""
    login: Mapped[str]
    password_hash: Mapped[str] = mapped_column(String(200))
    """Empty for an account that has no password and signs in at the provider."""
    role: Mapped[str]
    created_at: Mapped[datetime]
    issuer: Mapped[str | None] = mapped_column(String(200))
    """With `subject`: who it is at the OpenID Connect provider."""
    subject: Mapped[str | None] = mapped_column(String(255))
    disabled_at: Mapped[datetime | None]
    """Since when nobody signs in with it."""
    closed_by_provider: Mapped[bool] = mapped_column(default=False)
    """Whether it was closed because the provider gave no role any more; then it opens as soon as there is one."""


class SignIn(Base):
    """A console session; the cookie holds the token whose SHA-256 stands here."""

    __tablename__ = "sign_ins"
    __table_args__ = (UniqueConstraint("id", name="uq_sign_ins_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    csrf: Mapped[str]
    expires_at: Mapped[datetime]
    id: Mapped[str]
    """What it is called on pages, where its token must not stand."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When its owner last did something, to the minute."""
    place: Mapped[str] = mapped_column(String(200))
    """The browser and the address it was begun from."""
    how: Mapped[str]
    """`password` or `oidc`."""
    id_token: Mapped[str | None] = mapped_column(Text)
    """What the provider wants to see again when its session is to end as well."""


class ApiToken(Base):
    """What another system signs its calls with; only the SHA-256 of it stands here."""

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("site", "name"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    name: Mapped[str]
    """What it is for; two of a site differ, so that the one meant is revoked."""
    hint: Mapped[str]
    """Its last four characters, to tell it by."""
    scopes: Mapped[str] = mapped_column(String(200))
    """Separated by spaces."""
    by: Mapped[str]
    """Login of who made it, or `the command line`."""
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """To the minute."""
    expires_at: Mapped[datetime | None]


class Deed(Base):
    """Something that a person or a token changed in what the assistant knows; written with the change, never edited."""

    __tablename__ = "deeds"
    __table_args__ = (Index("ix_deeds_site_at", "site", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    by: Mapped[str] = mapped_column(String(100))
    """A login, or `token` and its name."""
    act: Mapped[str]
    thing: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Doubt(Base):
    """A message whose reading was unsure or was corrected; a person says what it means, and it becomes an example."""

    __tablename__ = "doubts"
    __table_args__ = (
        UniqueConstraint("site", "message"),
        Index("ix_doubts_site_status", "site", "status", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    message: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    """Redacted."""
    language: Mapped[str]
    guesses: Mapped[dict[str, Any]]
    """Intent -> probability, the likeliest few."""
    why: Mapped[str]
    """`unsure`, `chosen` (the visitor said which of two was meant), `rated` (thumbs down) or `corrected` (by a rep)."""
    status: Mapped[str]
    """`waiting`, `candidate` (labelled, joins the next training) or `dismissed`."""
    label: Mapped[str | None]
    """The intent that is meant; `none_of_these` for none."""
    by: Mapped[str | None] = mapped_column(String(100))
    """Login of who labelled or dismissed it, or `visitor`."""
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Outcome(Base):
    """What became of a lead, from which the score learns."""

    __tablename__ = "outcomes"
    __table_args__ = (
        UniqueConstraint("site", "conversation", "kind"),
        Index("ix_outcomes_site_at", "site", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    conversation: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    """`meeting_held`, `meeting_missed`, `trial_activated`, `won`, `lost` …; the score module lists them."""
    by: Mapped[str] = mapped_column(String(100))
    """A login, `token` and its name, or the part of the server that saw it."""
    at: Mapped[datetime]


class Touch(Base):
    """Once that we turned to a visitor unasked: what holds the caps across tabs, devices and restarts."""

    __tablename__ = "touches"
    __table_args__ = (
        Index("ix_touches_site_visitor_at", "site", "visitor", "at"),
        Index("ix_touches_site_person_at", "site", "person", "at"),
        Index("ix_touches_site_kind_at", "site", "kind", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    visitor: Mapped[str]
    person: Mapped[str]
    """Keyed hash of the e-mail address, once it is known: the same person on another device. Empty before."""
    conversation: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    """`question`, `proactive`, `follow_up` or `offer`."""
    key: Mapped[str] = mapped_column(String(100))
    """Which question, rule, mail or offer."""
    at: Mapped[datetime]


class Assignment(Base):
    """Whether somebody takes part in an experiment: drawn once, and kept when shares change."""

    __tablename__ = "assignments"

    site: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(primary_key=True)
    """A visitor who allowed to be remembered, else a conversation."""
    experiment: Mapped[str] = mapped_column(primary_key=True)
    """`holdout`, or the pilot's key."""
    is_in: Mapped[bool]
    share: Mapped[float]
    """What it was drawn with."""
    version: Mapped[str]
    """Of the playbook."""
    at: Mapped[datetime]


class Nudge(Base):
    """A message that was shown unasked: why, to whom, and what became of it."""

    __tablename__ = "nudges"
    __table_args__ = (
        Index("ix_nudges_site_at", "site", "at"),
        Index("ix_nudges_site_visitor", "site", "visitor"),
        Index("ix_nudges_site_person", "site", "person"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    visitor: Mapped[str]
    person: Mapped[str]
    """The keyed hash of their address; empty while it is unknown."""
    conversation: Mapped[str] = mapped_column(index=True)
    rule: Mapped[str]
    asked_as: Mapped[str]
    """The id that the browser gave its question, which may come twice."""
    page: Mapped[str] = mapped_column(String(300))
    checks: Mapped[dict[str, Any]]
    version: Mapped[str]
    """Of the playbook."""
    became: Mapped[str]
    """`shown`, `opened`, `dismissed`, or `off`: no more such messages."""
    at: Mapped[datetime]
    became_at: Mapped[datetime]
