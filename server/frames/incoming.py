"""What the browser sends."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, TypeAdapter, field_validator

from server.frames.common import (
    MAX_ID_CHARS,
    MAX_IDENTITY_CHARS,
    MAX_TEXT_CHARS,
    ClientId,
    ConsentLevel,
    Frame,
)


class Page(Frame):
    """Where the visitor is; sent without query string or fragment."""

    url: str = Field(max_length=2_048)
    title: str = Field(default="", max_length=300)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        urlsplit(url)  # raises ValueError for what is none, such as "http://["
        return url


class Hello(Frame):
    """The first frame on every connection: who is there, and what it has seen already."""

    type: Literal["hello"]
    site: str = Field(max_length=MAX_ID_CHARS)
    visitor_token: str | None = Field(default=None, max_length=512)
    """The signed token of an earlier `welcome`; absent on a first visit."""
    conversation: str | None = Field(default=None, max_length=MAX_ID_CHARS)
    last_seq: int = Field(default=0, ge=0)
    """Highest sequence number that this client has; the server replays what follows."""
    page: Page | None = None
    locale: str = Field(default="en", max_length=35)
    time_zone: str = Field(default="UTC", max_length=64)
    mode: Literal["chat", "help"] = "chat"
    consent: ConsentLevel = "necessary"
    identity: str | None = Field(default=None, max_length=MAX_IDENTITY_CHARS)
    """Signed token (JWT) in which the host application says which of its users this is."""
    fresh: bool = False
    """Begin another conversation, though this user has one that they could go on with."""

    @field_validator("locale")
    @classmethod
    def _is_a_language(cls, locale: str) -> str:
        """Language, script and land; whatever else was sent is kept nowhere, for it could be anything."""
        known = _LOCALE.match(locale)
        return known.group() if known else "en"

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        return name if name in _zones() else "UTC"


_LOCALE = re.compile(r"[a-z]{2,3}(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|\d{3}))?(?=[-_.]|\Z)", re.IGNORECASE)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Say(Frame):
    """The visitor typed something."""

    type: Literal["say"]
    id: ClientId
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    page: Page | None = None
    """Where they typed it, when that is not where the last frame was sent from."""

    @field_validator("text")
    @classmethod
    def _holds_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("it is empty")
        return text


class Choose(Frame):
    """The visitor picked a quick reply, a slot, or another offered value."""

    type: Literal["choose"]
    id: ClientId
    prompt: str = Field(max_length=MAX_ID_CHARS)
    """The `prompt` of the block that offered it."""
    value: str = Field(max_length=200)
    label: str = Field(min_length=1, max_length=200)
    """What the transcript shows as the visitor's words."""
    time_zone: str | None = Field(default=None, max_length=64)
    """The zone in which a time was chosen, when the visitor switched it; later times are told in it."""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        return name if name in _zones() else None


class Submit(Frame):
    """The visitor sent a form."""

    type: Literal["submit"]
    id: ClientId
    prompt: str = Field(max_length=MAX_ID_CHARS)
    fields: dict[str, Annotated[str, Field(max_length=500)]] = Field(max_length=12)


class Contact(Frame):
    """A person is asked for in writing, from inside the product, with what helps them to help."""

    type: Literal["contact"]
    id: ClientId
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    page: Page | None = None
    app_version: str = Field(default="", max_length=100)
    last_error: str = Field(default="", max_length=1_000)


class Visit(Frame):
    """The visitor moved to another page of the site."""

    type: Literal["visit"]
    page: Page


class Consent(Frame):
    """The visitor chose what may be kept."""

    type: Literal["consent"]
    id: ClientId
    level: ConsentLevel


class Rate(Frame):
    """Thumbs for one answer; the last one counts."""

    type: Literal["rate"]
    id: ClientId
    turn: str = Field(max_length=MAX_ID_CHARS)
    value: Literal["up", "down", "none"]
    """`none` takes it back."""
    about: Literal["", "wrong", "out_of_date", "not_asked", "hard_to_follow"] = ""
    """What was wrong, when one of the usual reasons was picked."""
    reason: str = Field(default="", max_length=500)
    """What was wrong, in the visitor's own words."""


class Csat(Frame):
    """How the whole conversation was; the last one counts."""

    type: Literal["csat"]
    id: ClientId
    score: int = Field(ge=1, le=5)
    """5 is best."""
    comment: str = Field(default="", max_length=1_000)


class MailTranscript(Frame):
    """Send me this conversation by mail."""

    type: Literal["mail_transcript"]
    id: ClientId
    email: str = Field(max_length=254)


class Track(Frame):
    """Something that the visitor did on the host page, told by its code."""

    type: Literal["track"]
    id: ClientId
    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")
    properties: dict[
        Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=200)] | bool | float
    ] = Field(default={}, max_length=10)


class Typing(Frame):
    """The visitor is writing; told to whoever looks, kept nowhere."""

    type: Literal["typing"]


class Seen(Frame):
    """The visitor has seen the conversation up to here."""

    type: Literal["seen"]
    up_to: int = Field(ge=0)
    """A `seq`."""


class Nudge(Frame):
    """A message that the page would show unasked: may it, and what became of it."""

    type: Literal["nudge"]
    id: ClientId
    rule: str = Field(max_length=MAX_ID_CHARS)
    """Its key in the playbook."""
    act: Literal["ask", "open", "dismiss", "off", "on"]
    """`off`: no such messages again; `on`: they may come again. Both hold for every rule."""
    page: Page | None = None
    seconds: int = Field(default=0, ge=0, le=86_400)
    """How long the page has been looked at."""
    visits: int = Field(default=1, ge=1, le=10_000)
    scrolled: int = Field(default=0, ge=0, le=100)
    """How much of the page was seen, in percent."""
    leaving: bool = False


class Ping(Frame):
    """Are you there? Answered by `pong`."""

    type: Literal["ping"]


ClientFrame = Annotated[
    Hello
    | Say
    | Choose
    | Submit
    | Contact
    | Visit
    | Consent
    | Rate
    | Csat
    | MailTranscript
    | Track
    | Typing
    | Seen
    | Nudge
    | Ping,
    Field(discriminator="type"),
]

client_frame: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
