"""What everything that an operator writes has in common."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
"""A stretch of a day."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEB = r"^(https?://|/)\S+$"
"""A web address, or a path of the site's own."""


class Rules(BaseModel):
    """Base of everything an operator writes: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
