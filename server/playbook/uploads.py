"""What visitors may attach; nothing, unless the operator says so."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from server.dialogue.policy import Rules
from server.files.kinds import MediaType


class UploadRules(Rules):
    """When, what, how large and how many."""

    when: Literal["never", "with_person", "always"] = "never"
    """`with_person`: while somebody of the company has taken the conversation over."""
    types: Annotated[tuple[MediaType, ...], Field(min_length=1)] = (
        "image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf", "text/plain",
    )  # fmt: skip
    """Found by what stands in a file, whatever its name says."""
    max_bytes: Annotated[int, Field(ge=10_240, le=26_214_400)] = 10_485_760
    per_conversation: Annotated[int, Field(ge=1, le=100)] = 10
