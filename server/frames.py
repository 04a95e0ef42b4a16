"""The frames of protocol `frontdesk.v1`: two closed unions, defined here once.

JSON Schema (`docs/protocol.schema.json`) and the widget's TypeScript types are generated from this module by
`make generate`; `docs/protocol.md` explains how the frames are used.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from server.dialogue.blocks import Block

PROTOCOL: Literal["frontdesk.v1"] = "frontdesk.v1"
MAX_FRAME_BYTES = 32_768
MAX_TEXT_CHARS = 4_000
MAX_ID_CHARS = 64
MAX_IDENTITY_CHARS = 8_192

ClientId = Annotated[str, Field(min_length=8, max_length=MAX_ID_CHARS, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id that the client chose; sending the same one again is answered once."""

ConsentLevel = Literal["necessary", "conversation", "remembered"]
"""What the visitor allowed: nothing kept beyond this page, this conversation, or being recognised next time."""


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# -- from the browser ----------------------------------------------------------------------------------------


class Page(_Frame):
    """Where the visitor is; sent without query string or fragment."""

    url: str = Field(max_length=2_048)
    title: str = Field(default="", max_length=300)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        urlsplit(url)  # raises ValueError for what is none, such as "http://["
        return url


class Hello(_Frame):
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


class Say(_Frame):
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


class Choose(_Frame):
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


class Submit(_Frame):
    """The visitor sent a form."""

    type: Literal["submit"]
    id: ClientId
    prompt: str = Field(max_length=MAX_ID_CHARS)
    fields: dict[str, Annotated[str, Field(max_length=500)]] = Field(max_length=12)


class Contact(_Frame):
    """A person is asked for in writing, from inside the product, with what helps them to help."""

    type: Literal["contact"]
    id: ClientId
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    page: Page | None = None
    app_version: str = Field(default="", max_length=100)
    last_error: str = Field(default="", max_length=1_000)


class Visit(_Frame):
    """The visitor moved to another page of the site."""

    type: Literal["visit"]
    page: Page


class Consent(_Frame):
    """The visitor chose what may be kept."""

    type: Literal["consent"]
    id: ClientId
    level: ConsentLevel


class Rate(_Frame):
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


class Csat(_Frame):
    """How the whole conversation was; the last one counts."""

    type: Literal["csat"]
    id: ClientId
    score: int = Field(ge=1, le=5)
    """5 is best."""
    comment: str = Field(default="", max_length=1_000)


class MailTranscript(_Frame):
    """Send me this conversation by mail."""

    type: Literal["mail_transcript"]
    id: ClientId
    email: str = Field(max_length=254)


class Track(_Frame):
    """Something that the visitor did on the host page, told by its code."""

    type: Literal["track"]
    id: ClientId
    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")
    properties: dict[
        Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=200)] | bool | float
    ] = Field(default={}, max_length=10)


class Typing(_Frame):
    """The visitor is writing; told to whoever looks, kept nowhere."""

    type: Literal["typing"]


class Seen(_Frame):
    """The visitor has seen the conversation up to here."""

    type: Literal["seen"]
    up_to: int = Field(ge=0)
    """A `seq`."""


class Nudge(_Frame):
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


class Ping(_Frame):
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

# -- from the server -----------------------------------------------------------------------------------------


class _ServerFrame(_Frame):
    seq: int = Field(ge=0)
    """Place in the conversation's log. Logged frames (`message`, `block`, `done`) each advance it by one; the
    others repeat the last one."""


class SiteFace(_Frame):
    """What the widget shows before anything was said."""

    name: str
    assistant: str
    accent: str
    greeting: str
    starters: list[str]
    privacy: str
    privacy_url: str | None = None
    help_url: str | None = None


class MemberFace(_Frame):
    """The signed-in user of the host application, as the widget greets them."""

    name: str
    plan: str
    """The plan's name as the company writes it; empty when the host application did not say."""


class FileRules(_Frame):
    """What may be attached."""

    max_bytes: int
    types: list[str]
    """Media types, as an `accept` attribute takes them."""
    when: Literal["with_person", "always"] = "always"
    """`with_person`: while somebody of the company answers, and not before."""


class Welcome(_ServerFrame):
    """Answer to `hello`: the identity to come back with. Replayed frames follow."""

    type: Literal["welcome"] = "welcome"
    protocol: Literal["frontdesk.v1"] = PROTOCOL
    conversation: str
    visitor_token: str
    site: SiteFace
    consent: ConsentLevel
    heartbeat_s: int
    max_frame_bytes: int = MAX_FRAME_BYTES
    max_text_chars: int = MAX_TEXT_CHARS
    member: MemberFace | None = None
    files: FileRules | None = None
    """None where nothing may be attached."""
    csat: int | None = None
    """How the visitor rated this conversation, so that no tab asks twice."""
    unasked_off: bool | None = None
    """The visitor wants no messages unasked; None where the site shows none."""


class AttachedFile(_Frame):
    """A file that came with a message."""

    id: str
    name: str
    type: str
    """Its media type, as found by the server."""
    bytes: int
    url: str
    """Signed; opens it for this visitor for a while."""


class Message(_ServerFrame):
    """Words by the visitor (the receipt for what they sent), by a person of the company, or a system line."""

    type: Literal["message"] = "message"
    id: str
    author: Literal["visitor", "person", "system"]
    text: str
    at: datetime
    client_id: str | None = None
    """For the visitor's own words: the id that the client gave."""
    name: str | None = None
    files: list[AttachedFile] = []


class BlockFrame(_ServerFrame):
    """One piece of the assistant's turn; pieces arrive in order of `index`."""

    type: Literal["block"] = "block"
    turn: str
    index: int = Field(ge=0)
    at: datetime
    block: Block


class Done(_ServerFrame):
    """The assistant's turn is complete."""

    type: Literal["done"] = "done"
    turn: str
    at: datetime


class Working(_ServerFrame):
    """The assistant (or a person) is preparing a reply to `client_id`."""

    type: Literal["working"] = "working"
    client_id: str | None = None


class Resync(_ServerFrame):
    """The client could not keep up, or is ahead of the log: say `hello` again from `seq`."""

    type: Literal["resync"] = "resync"


class Nudged(_ServerFrame):
    """Answer to a `nudge` that asked: whether the message is shown, and its words."""

    type: Literal["nudge"] = "nudge"
    client_id: str
    rule: str
    shows: bool
    reason: str = ""
    """The check that it did not pass."""
    text: str = ""
    why: str = ""
    replies: list[str] = []
    """The words of its buttons; pressing one says them."""


class PersonTyping(_ServerFrame):
    """Somebody of the company is writing; shown for some seconds."""

    type: Literal["typing"] = "typing"
    name: str | None = None


class PersonSeen(_ServerFrame):
    """Somebody of the company has read the conversation up to here."""

    type: Literal["seen"] = "seen"
    up_to: int = Field(ge=0)


class Pong(_ServerFrame):
    """Yes."""

    type: Literal["pong"] = "pong"


class Problem(_ServerFrame):
    """Something was refused; the connection lives unless the code says otherwise."""

    type: Literal["error"] = "error"
    code: str
    message: str
    """For the visitor: what happened and what to do."""
    client_id: str | None = None
    """The frame that was refused, when it had an id."""
    retry_after_s: float | None = None


ServerFrame = Annotated[
    Welcome
    | Message
    | BlockFrame
    | Done
    | Working
    | Nudged
    | PersonTyping
    | PersonSeen
    | Resync
    | Pong
    | Problem,
    Field(discriminator="type"),
]

client_frame: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
server_frame: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)
