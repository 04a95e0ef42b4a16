"""One connection's side of the protocol. Pure: text in, events out; the endpoint does the talking."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from server.frames import (
    MAX_FRAME_BYTES,
    MAX_TEXT_CHARS,
    Choose,
    ClientFrame,
    Consent,
    Contact,
    Csat,
    Hello,
    MailTranscript,
    Nudge,
    Ping,
    Rate,
    Say,
    Seen,
    Submit,
    Track,
    Typing,
    Visit,
    client_frame,
)

HEARTBEAT_S = 25
"""How often a client should ping; a connection silent for three of these is closed."""


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DEEPEST = 8
"""No frame nests as deep; what does is refused by its shape."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that can not be taken; the connection goes on."""

    code: str
    message: str
    client_id: str | None = None


Deed = Say | Choose | Submit | Contact | Visit | Consent | Rate | Csat | MailTranscript | Track | Nudge
"""What a visitor does once they have joined, one after the other."""

Event = Hello | Deed | Typing | Seen | Ping | Refused


class Session:
    """Knows who said hello and which log frames this connection has; touches nothing else."""

    def __init__(self) -> None:
        self.joined = False
        self.cursor = 0
        """Sequence number of the last log frame that was handed to this connection."""

    def receive(self, raw: str | bytes) -> Event:
        """The frame that arrived, or why it is refused."""
        frame = read_frame(raw)
        if isinstance(frame, Refused):
            return frame
        client_id = getattr(frame, "id", None)
        if isinstance(frame, Hello):
            if self.joined:
                return Refused("already_joined", "This connection has said hello already; open another one.")
            return frame
        if not self.joined and not isinstance(frame, Ping):
            return Refused("hello_first", "Say hello before anything else.", client_id)
        return frame

    def join(self, last_seq: int) -> None:
        """The hello was accepted: replay what follows `last_seq`."""
        self.joined = True
        self.cursor = last_seq

    def unseen(self, frames: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those log frames that this connection does not have yet, in order; they count as handed over."""
        fresh = []
        for frame in frames:
            if frame["seq"] == self.cursor + 1:
                self.cursor += 1
                fresh.append(frame)
        return fresh


def read_frame(raw: str | bytes) -> ClientFrame | Refused:
    """Decode and check one frame."""
    if isinstance(raw, bytes):
        return Refused("binary_refused", "Frames are JSON text; binary ones are not read.")
    size = len(raw.encode("utf-8", "surrogatepass"))
    if size > MAX_FRAME_BYTES:
        return Refused("too_large", f"The frame has {size} bytes; at most {MAX_FRAME_BYTES} are read.")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return Refused("bad_json", "The frame is not valid JSON.")
    if not isinstance(value, dict):
        return Refused("bad_frame", "A frame is a JSON object with a `type`.")
    value = strip_controls(value)
    given = value.get("id")
    client_id = given if isinstance(given, str) and len(given) <= 64 else None
    try:
        return client_frame.validate_python(value)
    except ValidationError as error:
        return _refusal(error, client_id)


def strip_controls(value: Any, depth: int = _DEEPEST) -> Any:
    """The same, without characters that nobody types and PostgreSQL does not keep; lines and tabs stay."""
    if isinstance(value, str):
        return _CONTROLS.sub("", value)
    if depth > 0 and isinstance(value, list):
        return [strip_controls(each, depth - 1) for each in value]
    if depth > 0 and isinstance(value, dict):
        return {strip_controls(key): strip_controls(each, depth - 1) for key, each in value.items()}
    return value


def _refusal(error: ValidationError, client_id: str | None) -> Refused:
    first = error.errors()[0]
    if first["type"].startswith("union_tag"):
        return Refused(
            "unknown_frame", "There is no such frame in frontdesk.v1; see docs/protocol.md.", client_id
        )
    name = ".".join(str(step) for step in first["loc"][1:])
    if first["type"] == "string_too_long" and name == "text":
        return Refused(
            "too_long", f"The message is too long; at most {MAX_TEXT_CHARS} characters fit.", client_id
        )
    if name == "text":
        return Refused("empty", "The message is empty; write something first.", client_id)
    # The value is left out: it may be a personal detail, and errors are logged by their code.
    return Refused("bad_frame", f"The frame's {name!r} can not be used: {first['msg']}.", client_id)
