"""What everything that an operator writes has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Rules(BaseModel):
    """Base of everything an operator writes: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
