"""When an outside model may word an answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from knowledge.writing.escalating import When
from knowledge.writing.spending import Allowance
from server.dialogue.policy import Rules


class WriterRules(Rules):
    """When the configured language model may word an answer, and what it may cost; checked sentences only."""

    when: When = "never"
    """`unsure`: only where the documents' own words may not be enough."""
    seconds: Annotated[float, Field(ge=0.1, le=60)] = 6.0
    tokens_per_turn: Annotated[int, Field(ge=300, le=100_000)] = 4_000
    tokens_per_day: Annotated[int, Field(ge=0)] = 200_000

    def allowance(self) -> Allowance:
        return Allowance(self.seconds, self.tokens_per_turn, self.tokens_per_day)
