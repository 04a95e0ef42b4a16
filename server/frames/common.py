"""What the frames of both directions share: the protocol's name, its limits, and that a frame is closed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL: Literal["frontdesk.v1"] = "frontdesk.v1"
MAX_FRAME_BYTES = 32_768
MAX_TEXT_CHARS = 4_000
MAX_ID_CHARS = 64
MAX_IDENTITY_CHARS = 8_192

ClientId = Annotated[str, Field(min_length=8, max_length=MAX_ID_CHARS, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id that the client chose; sending the same one again is answered once."""

ConsentLevel = Literal["necessary", "conversation", "remembered"]
"""What the visitor allowed: nothing kept beyond this page, this conversation, or being recognised next time."""


class Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
