"""The larger model as a chooser of readings: within its time and the day's tokens, and left alone when it fails."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from intents.choosing import MOST_TOKENS, Choice, Question, messages, validated
from knowledge.writing.ports import Chat, WriterError
from knowledge.writing.prompting import estimated_tokens
from knowledge.writing.spending import Breaker, DayBook
from server.dialogue.policy import Rules


class ChooserRules(Rules):
    """When the configured language model may be asked what a message means, and what one choice may cost."""

    when: Literal["never", "unsure"] = "never"
    seconds: Annotated[float, Field(ge=0.1, le=30)] = 2.0
    tokens_per_turn: Annotated[int, Field(ge=300, le=10_000)] = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one choice may cost. The day's tokens are the writer's and ours together."""

    seconds: float
    tokens_per_turn: int
    tokens_per_day: int


@dataclass
class OutsideModel:
    """One for an installation; `for_turn` makes the chooser of one turn."""

    chat: Chat
    day_book: DayBook
    clock: Callable[[], float] = time.monotonic
    mark: Callable[[], str] = lambda: f"#{secrets.token_hex(8)}"
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.clock)

    def for_turn(self, site: str, limits: Limits, now: datetime) -> _TurnChooser:
        return _TurnChooser(self, site, limits, now)

    async def choose(self, question: Question, why: str, site: str, limits: Limits, now: datetime) -> Choice:
        """The choice, or why there is none."""
        started = time.perf_counter()
        spent, choice, failed = (0, 0), "", ""
        try:
            text, spent = await self._asked(question, site, limits, now)
            choice = validated(text, question)
            failed = "" if choice else "chooser.not_a_choice"
        except WriterError as error:
            spent, failed = (error.tokens_in, 0), error.code.replace("writer.", "chooser.", 1)
        ms = round((time.perf_counter() - started) * 1000, 1)
        return Choice(self.chat.model, why, choice, failed, *spent, ms)

    async def _asked(
        self, question: Question, site: str, limits: Limits, now: datetime
    ) -> tuple[str, tuple[int, int]]:
        said = messages(question, self.mark())
        reserved = sum(estimated_tokens(message["content"]) for message in said) + MOST_TOKENS
        if reserved > limits.tokens_per_turn:
            raise WriterError("writer.turn_too_small", "one choice needs more than chooser.tokens_per_turn")
        if reserved > await self.day_book.left(site, now, limits.tokens_per_day):
            raise WriterError("writer.day_spent", f"the {limits.tokens_per_day} tokens of today are spent")
        if not self.breaker.lets_through():
            raise WriterError("writer.resting", "the model failed repeatedly and is left alone for a while")
        self.day_book.purse.change(site, now, reserved)
        # Whoever hangs up in the middle does not get the tokens back.
        spent = reserved
        try:
            draft = await self.chat.ask(
                said,
                max_tokens=MOST_TOKENS,
                seconds=limits.seconds,
                as_json=True,
                setting="chooser.seconds",
            )
            spent = draft.tokens_in + draft.tokens_out
        except WriterError as error:
            spent = error.tokens_in
            self.breaker.failed(error.pause_s)
            raise
        finally:
            self.day_book.purse.change(site, now, spent - reserved)
        self.breaker.went_well()
        return (draft.text if draft.is_whole else ""), (draft.tokens_in, draft.tokens_out)


@dataclass(frozen=True, slots=True)
class _TurnChooser:
    """What `intents.choosing.Chooser` asks for."""

    model: OutsideModel
    site: str
    limits: Limits
    now: datetime

    async def choose(self, question: Question, why: str) -> Choice:
        return await self.model.choose(question, why, self.site, self.limits, self.now)
