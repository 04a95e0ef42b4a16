"""Collects what a follow-up tells: each question of the conversation with the words that answer it today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urldefrag

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import standing as pages
from knowledge.sentences import split_sentences
from knowledge.standing import CitedWords, Standing
from knowledge.values import Answer
from knowledge.writing.scribe import Errand
from server.actions.follow_ups.composing import MOST_EXCHANGES, question_of
from server.actions.follow_ups.sentences import plain
from server.actions.follow_ups.values import Exchange, Source, Words
from server.desk import Desk
from server.dialogue.blocks import Block, Citation, ListBlock, SourcesBlock, TableBlock, TextBlock
from server.dialogue.claims import holds_banned
from server.moves.answering import blocks as blocks_of
from server.moves.answering import web_address
from server.store.tables import DecisionRow

_REPLY: TypeAdapter[list[Block]] = TypeAdapter(list[Block])
_MOST_WORDS = 6
"""Lines quoted for one question."""
_MOST_ROWS = 4
_SHORT = 3
"""Words below which a line says nothing by itself, such as a heading."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was asked, with the answers as they stand now."""

    exchanges: tuple[Exchange, ...]
    sources: tuple[Source, ...]
    languages: tuple[str, ...]
    tokens: int
    unanswered: tuple[str, ...]
    """What the documents still do not hold, redacted."""
    records: tuple[Mapping[str, Any], ...]


async def records_of(session: AsyncSession, site: str, conversation: str) -> list[Mapping[str, Any]]:
    """The decision records of a conversation, oldest first."""
    wanted = select(DecisionRow.record).where(
        DecisionRow.site == site, DecisionRow.conversation == conversation
    )
    return list(await session.scalars(wanted.order_by(DecisionRow.at, DecisionRow.turn)))


async def gather(
    desk: Desk, site: str, conversation: str, *, now: datetime, worded: bool = False, only_new: bool = False
) -> Gathered:
    """Reads the conversation's answers, checks which still stand, and asks again where they do not."""
    async with desk.readers() as session:
        records = await records_of(session, site, conversation)
        cited = await pages.cited_in(session, site, conversation)
        stand = await pages.standing(session, site, {each.document for each in cited}, now=now)
    by_turn: dict[str, dict[int, CitedWords]] = {}
    for each in cited:
        by_turn.setdefault(each.answer, {})[each.n] = each
    pen = _Collector(desk, site, now, worded)
    for record in records:
        if record.get("abstained") is True:
            await pen.unanswered(record)
        elif record.get("abstained") is False and not only_new:
            await pen.answered(record, by_turn.get(str(record.get("turn")), {}), stand)
    languages = tuple(dict.fromkeys(each for each in pen.languages if each))
    return Gathered(
        tuple(pen.exchanges), tuple(pen.sources), languages, pen.tokens, tuple(pen.open), tuple(records)
    )


class _Collector:
    """Fills lists while it goes through a conversation."""

    def __init__(self, desk: Desk, site: str, now: datetime, worded: bool) -> None:  # noqa: FBT001
        self._desk, self._site, self._now, self._worded = desk, site, now, worded
        self.exchanges: list[Exchange] = []
        self.sources: list[Source] = []
        self.languages: list[str] = []
        self.open: list[str] = []
        self.tokens = 0
        self._told: set[str] = set()

    async def answered(
        self, record: Mapping[str, Any], cited: Mapping[int, CitedWords], stand: Mapping[str, Standing]
    ) -> None:
        """An answer that was given: in its own words while they stand, else as it is answered today."""
        question = str(record.get("said") or "")
        reply = _blocks(record)
        holds = cited and all(
            each.document in stand and plain(each.quote) in plain(stand[each.document].text)
            for each in cited.values()
        )
        if holds and not self._worded:
            shown = {
                each.n: each for block in reply if isinstance(block, SourcesBlock) for each in block.citations
            }
            sources = {n: self._source(each, shown.get(n), stand[each.document]) for n, each in cited.items()}
            self._add(question, reply, sources, "answered", record)
            return
        await self._ask_again(record, "answered" if holds else "changed")

    async def unanswered(self, record: Mapping[str, Any]) -> None:
        """A question that had no answer: it may have one by now."""
        if not await self._ask_again(record, "now"):
            asked = question_of(str(record.get("said") or ""))
            if asked.endswith(("?", "؟")) and not record.get("out_of_scope"):
                self.open.append(asked)

    async def _ask_again(self, record: Mapping[str, Any], how: Literal["answered", "now", "changed"]) -> bool:
        asked = str(record.get("searched_for") or record.get("said") or "")
        if len(self.exchanges) >= MOST_EXCHANGES or not asked:
            return False
        answer = await self._desk.in_thread(
            partial(self._desk.library.answer, self._site, asked, now=self._now)
        )
        if answer.abstained or not answer.citations:
            return False
        answer = await self._improved(answer)
        async with self._desk.readers() as session:
            stand = await pages.standing(
                session, self._site, {each.document_id for each in answer.citations}, now=self._now
            )
        sources: dict[int, Source] = {}
        for each in answer.citations:
            if each.document_id in stand:
                words = CitedWords(
                    "", each.n, each.document_id, each.document_version, each.title, each.url, each.quote
                )
                sources[each.n] = self._source(words, None, stand[each.document_id])
        is_worded = answer.writer is not None and answer.writer.used
        self._add(str(record.get("said") or ""), blocks_of(answer), sources, how, record, is_worded=is_worded)
        return bool(sources)

    async def _improved(self, answer: Answer) -> Answer:
        """In the outside writer's checked words, where one is configured and the playbook lets it word mails."""
        rules = self._desk.playbooks.of_or_default(self._site)
        if not self._worded or self._desk.scribe is None:
            return answer
        banned = partial(holds_banned, rules.banned_claims)
        names = tuple(rules.site.name.split())
        when = rules.writer.when
        errand = Errand(self._site, when, rules.writer.allowance(), self._now, banned, names)
        worded = await self._desk.scribe.improve(answer, errand)
        if worded.writer is not None:
            self.tokens += worded.writer.tokens_in + worded.writer.tokens_out
        return worded

    def _source(self, cited: CitedWords, shown: Citation | None, page: Standing) -> Source:
        number = len(self.sources) + 1
        url = urldefrag(shown.url if shown else cited.url)[0]
        heading = _anchor(shown.url if shown else cited.url)
        address = self._desk.links.absolute(web_address(f"{url}{heading}"))
        made = Source(number, cited.document, page.version, page.title, address, cited.quote)
        self.sources.append(made)
        self.languages.append(page.language.partition("-")[0])
        return made

    def _add(
        self,
        question: str,
        reply: Sequence[Block],
        sources: Mapping[int, Source],
        how: Literal["answered", "now", "changed"],
        record: Mapping[str, Any],
        *,
        is_worded: bool = False,
    ) -> None:
        words = [left for each in _words(reply, sources, is_worded=is_worded) for left in self._untold(each)][
            :_MOST_WORDS
        ]
        if not words:
            return
        about = next(iter(sources.values())).title
        asked = question_of(question)
        self.exchanges.append(Exchange(asked, about, tuple(words), how, str(record.get("turn", ""))))

    def _untold(self, words: Words) -> Iterable[Words]:
        """What of a line was not quoted before in the same mail, in runs as they stand on the page."""
        if words.cells:
            is_new = plain(words.text) not in self._told
            self._told.add(plain(words.text))
            return [words] if is_new else []
        runs: list[tuple[int, int]] = []
        for start, end in split_sentences(words.text):
            sentence = plain(words.text[start:end])
            if sentence in self._told:
                continue
            self._told.add(sentence)
            if runs and not words.text[runs[-1][1] : start].strip():
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
        return [replace(words, text=words.text[start:end]) for start, end in runs]


def _blocks(record: Mapping[str, Any]) -> list[Block]:
    try:
        return _REPLY.validate_python(record.get("reply") or [])
    except ValidationError:
        return []  # of another version; what it cited is asked again


def _words(reply: Iterable[Block], sources: Mapping[int, Source], *, is_worded: bool) -> Iterable[Words]:
    """The lines that have a source. What is not a page's own words gives way to the words that it cites."""
    for block in reply:
        if isinstance(block, TextBlock | ListBlock):
            for place, line in enumerate(block.lines if isinstance(block, TextBlock) else block.items):
                mark = _mark(block, place)
                cites = [n for n in line.cites if n in sources]
                if not cites:
                    continue
                numbers = tuple(sources[n].n for n in cites)
                if is_worded:
                    yield Words(line.text, numbers, is_quote=False, mark=mark)
                elif any(plain(line.text) in plain(sources[n].quote) for n in cites):
                    if len(line.text.split()) >= _SHORT:
                        yield Words(line.text, numbers, mark=mark)
                else:
                    yield from (Words(sources[n].quote, (sources[n].n,)) for n in cites)
        elif isinstance(block, TableBlock):
            numbers = tuple(dict.fromkeys(sources[n].n for n in block.cites if n in sources))
            for row in block.rows[:_MOST_ROWS] if numbers else ():
                cells = tuple(zip(block.header or [""] * len(row), row, strict=False))
                yield Words(" ".join(row), numbers, mark="-", cells=cells)


def _mark(block: TextBlock | ListBlock, place: int) -> str:
    if isinstance(block, TextBlock):
        return ""
    return f"{block.start + place}." if block.ordered else "-"


def _anchor(url: str) -> str:
    """The heading's anchor without the text fragment, which is as long as the quote itself."""
    fragment = urldefrag(url)[1].partition(":~:")[0]
    return f"#{fragment}" if fragment else ""
