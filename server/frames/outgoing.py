"""What the server sends."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from server.dialogue.blocks import Block
from server.frames.common import MAX_FRAME_BYTES, MAX_TEXT_CHARS, PROTOCOL, ConsentLevel, Frame


class _ServerFrame(Frame):
    seq: int = Field(ge=0)
    """Place in the conversation's log. Logged frames (`message`, `block`, `done`) each advance it by one; the
    others repeat the last one."""


class SiteFace(Frame):
    """What the widget shows before anything was said."""

    name: str
    assistant: str
    accent: str
    greeting: str
    starters: list[str]
    privacy: str
    privacy_url: str | None = None
    help_url: str | None = None


class MemberFace(Frame):
    """The signed-in user of the host application, as the widget greets them."""

    name: str
    plan: str
    """The plan's name as the company writes it; empty when the host application did not say."""


class FileRules(Frame):
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


class AttachedFile(Frame):
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
    files: list[AttachedFile] = Field(default=[])


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
    replies: list[str] = Field(default=[])
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

server_frame: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)
