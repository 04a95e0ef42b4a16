"""The scribe: asks when it is worth it and allowed, checks what comes, and else leaves the answer as it was."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime

from knowledge.ports import Embedder
from knowledge.untrusted import addresses_assistant
from knowledge.values import Answer, Found, Written
from knowledge.words import fold, stem
from knowledge.writing.escalating import When, passages, why_ask
from knowledge.writing.judging import Grounds, Verdict, judge
from knowledge.writing.ports import Draft, SpentToday, Task, Writer, WriterError
from knowledge.writing.prompting import PROMPT, estimated_tokens, excerpts, messages
from knowledge.writing.spending import Allowance, Breaker, DayBook, Purse

_DRAFTS_KEPT = 500
_MOST_OUT = 400
"""Tokens of an answer: a hundred words and their markers, with room."""
_LEAST_OUT = 60

_DraftKey = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Errand:
    """What one turn wants of the writer."""

    site: str
    when: When
    allowance: Allowance
    now: datetime
    is_banned: Callable[[str], bool]
    names: tuple[str, ...] = ()
    """Words of the company's name: they need not stand in a passage."""


@dataclass(frozen=True, slots=True)
class _Spent:
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass
class Scribe:
    """One for an installation. Waiting for the network holds no worker thread; checking runs on one."""

    writer: Writer
    embedder: Embedder
    pool: Executor
    """Where drafts are checked."""
    spent_today: SpentToday
    clock: Callable[[], float] = time.monotonic
    breaker: Breaker = field(init=False)
    purse: Purse = field(default_factory=Purse)
    """Shared with whatever else asks the same endpoint."""
    _day_book: DayBook = field(init=False)
    _drafts: OrderedDict[_DraftKey, Draft] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.clock)
        self._day_book = DayBook(self.spent_today, self.clock, self.purse)

    async def close(self) -> None:
        await self.writer.close()

    async def improve(self, answer: Answer, errand: Errand) -> Answer:
        """The answer in the writer's checked words, or as it was; `answer.writer` says what happened."""
        why = why_ask(answer, errand.when)
        if not why:
            return answer
        started = time.perf_counter()
        found = tuple(one for one in passages(answer) if _may_be_sent(one, errand.is_banned))
        spent = _Spent()
        verdict = Verdict((), (), (), "no_passages")
        if found:
            try:
                draft = await self._draft(answer, found, errand)
                spent = _Spent(draft.tokens_in, draft.tokens_out)
                verdict = await asyncio.get_running_loop().run_in_executor(
                    self.pool, judge, draft, self._grounds(answer, found, errand)
                )
            except WriterError as error:
                spent = _Spent(error.tokens_in, 0)
                verdict = Verdict((), (), (), error.code)
        written = Written(
            model=self.writer.model,
            why=why,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            ms=round((time.perf_counter() - started) * 1000, 1),
            dropped=verdict.dropped,
            used=not verdict.failed,
            failed=verdict.failed,
            prompt=PROMPT,
        )
        if verdict.failed:
            return replace(answer, writer=written)
        return replace(
            answer,
            parts=verdict.parts,
            citations=verdict.citations,
            abstained=False,
            notes=(),
            writer=written,
        )

    def _grounds(self, answer: Answer, found: tuple[Found, ...], errand: Errand) -> Grounds:
        return Grounds(
            question=answer.searched_for,
            found=found,
            free_names=frozenset(stem(fold(name)) for name in errand.names),
            is_banned=errand.is_banned,
            similarity=self._similarity,
        )

    def _similarity(self, one: str, other: str) -> float:
        left, right = self.embedder.embed([one, other])
        return float(left @ right)

    async def _draft(self, answer: Answer, found: tuple[Found, ...], errand: Errand) -> Draft:
        """Raises `WriterError` when there is none: not allowed, not affordable, or it failed."""
        key: _DraftKey = (
            errand.site,
            fold(answer.searched_for).strip(),
            tuple((one.passage.id, one.document_version) for one in found),
        )
        if key in self._drafts:
            self._drafts.move_to_end(key)
            return replace(self._drafts[key], tokens_in=0, tokens_out=0)
        task, reserved = await self._afforded(answer, found, errand)
        if not self.breaker.lets_through():
            raise WriterError("writer.resting", "the writer failed repeatedly and is left alone for a while")
        self.purse.change(errand.site, errand.now, reserved)
        # Whoever hangs up in the middle does not get the tokens back.
        spent = reserved
        try:
            draft = await self.writer.write(task)
            spent = draft.tokens_in + draft.tokens_out
        except WriterError as error:
            spent = error.tokens_in
            self.breaker.failed(error.pause_s)
            raise
        finally:
            self.purse.change(errand.site, errand.now, spent - reserved)
        self.breaker.went_well()
        self._drafts[key] = draft
        while len(self._drafts) > _DRAFTS_KEPT:
            self._drafts.popitem(last=False)
        return draft

    async def _afforded(self, answer: Answer, found: tuple[Found, ...], errand: Errand) -> tuple[Task, int]:
        """The task with as many passages as the turn's budget holds, and what it will cost at most."""
        limits = errand.allowance
        left = await self._day_book.left(errand.site, errand.now, limits.tokens_per_day)
        for count in range(len(found), 0, -1):
            task = Task(answer.searched_for, excerpts(found[:count]), _MOST_OUT, limits.seconds)
            tokens_in = sum(estimated_tokens(message["content"]) for message in messages(task, ""))
            tokens_out = min(_MOST_OUT, limits.tokens_per_turn - tokens_in)
            if tokens_out < _LEAST_OUT:
                continue
            if tokens_in + tokens_out > left:
                raise WriterError(
                    "writer.day_spent", f"the {limits.tokens_per_day} tokens of today are spent"
                )
            return replace(task, max_tokens=tokens_out), tokens_in + tokens_out
        raise WriterError("writer.turn_too_small", "not one passage fits writer.tokens_per_turn; raise it")


def _may_be_sent(one: Found, is_banned: Callable[[str], bool]) -> bool:
    """Neither what may not be claimed nor what speaks to machines."""
    return not is_banned(one.passage.text) and not addresses_assistant(one.passage.text)
