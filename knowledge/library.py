"""The door of the knowledge room: documents in, passages found, answers made only of what documents say."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import answering, approved, pinned, previewing, store, suggesting
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.indexes.dense import Mask
from knowledge.indexes.pile import Card
from knowledge.loading import load
from knowledge.pinned import Pinned, choose, pin
from knowledge.ports import Embedder
from knowledge.remembered import Key, Remembered, normalised
from knowledge.snapshot import Snapshot
from knowledge.sources.reading import Web
from knowledge.suggesting import Suggested
from knowledge.upkeep import Upkeep
from knowledge.values import PUBLIC, Answer, Found, PutDocument

_ANSWERS_KEPT = 1_000
_FOUND_KEPT = 500
_NEAR = 200
"""Passages whose pages stand beside a draft."""
_STARTERS_TRIED = 20
"""Questions of headings that are answered to see whether the page does; a site may have hundreds."""
_STARTER = re.compile(r"^(?:how|what|which|can|do|does|is|are|where|when|who)\b.{8,70}\?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Held:
    """What serves: swapped as one, so that readers see the old or the new."""

    snapshot: Snapshot
    pinned: tuple[Pinned, ...]

    @property
    def generation(self) -> int:
        return self.snapshot.generation


class Library(Upkeep):
    """Each site's documents, passages and answers. `find` and `answer` are plain CPU work: call them in a thread."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        embedder: Embedder,
        *,
        readers: async_sessionmaker[AsyncSession] | None = None,
        index_dir: Path | None = None,
        web: Web | None = None,
    ) -> None:
        """`readers` are sessions that only read, so that loading a generation never waits for a writer.

        `index_dir`: where the indexes of large sites are kept, so that another process need not make them again.
        `web`: how sites are asked, and what they are told about who asks.
        """
        super().__init__(sessions, embedder, readers, web)
        self._embedder = RememberingEmbedder(embedder)
        self._index_dir = index_dir
        self._held: dict[str, _Held] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._answers: Remembered[Answer] = Remembered(_ANSWERS_KEPT)
        self._found: Remembered[tuple[Found, ...]] = Remembered(_FOUND_KEPT)

    async def refresh(self, site: str) -> int:
        """Loads the newest generation, which another process may have made; cheap when it is in memory already."""
        async with self._readers() as session:
            number = await store.generation_of(session, site)
        held = self._held.get(site)
        if held is not None and held.generation == number:
            return number
        async with self._loading.setdefault(site, asyncio.Lock()):
            held = self._held.get(site)
            if held is None or held.generation < number:
                held = self._held[site] = await self._load(site, held)
        return held.generation

    async def _load(self, site: str, held: _Held | None) -> _Held:
        earlier = held.snapshot.pile if held else None
        snapshot = await load(self._readers, site, self._ingesting, self._index_dir, earlier)
        async with self._readers() as session:
            kept = await approved.serving(session, site)
        return _Held(snapshot, await asyncio.to_thread(pin, kept, snapshot.pile))

    def generation(self, site: str) -> int:
        """The one in memory; 0 when nothing was ingested or `refresh` was not called yet."""
        held = self._held.get(site)
        return held.generation if held else 0

    def find(
        self,
        site: str,
        question: str,
        *,
        audience: Sequence[str] = (PUBLIC,),
        k: int = 8,
        now: datetime | None = None,
        without: frozenset[str] = frozenset(),
    ) -> list[Found]:
        """The best passages that this audience may see at a moment, best first; `without` names documents by id."""
        held = self._held.get(site)
        if held is None or not question.strip():
            return []
        shelf = held.snapshot.shelf(audience)
        allowed = shelf.allowed(now or datetime.now(UTC), without)
        key = self._key(site, held, audience, allowed, question, k)
        found = self._found.recall(key)
        if found is None:
            found = tuple(answering.find(shelf, self._embedder, question, k, allowed=allowed)[1])
            self._found.keep(key, found)
        return list(found)

    def suggest(
        self,
        site: str,
        query: str,
        *,
        audience: Sequence[str] = (PUBLIC,),
        k: int = 8,
        now: datetime | None = None,
        whole: bool = False,
    ) -> Suggested:
        """Pages for what somebody has typed so far, and how many of those that they may see fit.

        `whole`: nothing more is typed just now, so that it may also be searched by meaning, however short it is.
        """
        held = self._held.get(site)
        if held is None or not query.strip():
            return suggesting.NOTHING
        shelf = held.snapshot.shelf(audience)
        moment = now or datetime.now(UTC)
        find = partial(self.find, site, audience=audience, k=suggesting.PASSAGES, now=moment)
        return suggesting.suggest(shelf, find, query, k=k, allowed=shelf.allowed(moment), whole=whole)

    def cards(
        self, site: str, *, audience: Sequence[str] = (PUBLIC,), now: datetime | None = None
    ) -> list[Card]:
        """The pages that this audience may see at a moment, by path."""
        held = self._held.get(site)
        moment = now or datetime.now(UTC)
        cards = held.snapshot.shelf(audience).cards if held else []
        return [card for card in cards if card.expires is None or card.expires > moment]

    def card(
        self, site: str, page: str, *, audience: Sequence[str] = (PUBLIC,), now: datetime | None = None
    ) -> Card | None:
        """The page of that id, when this audience may see it at a moment."""
        held = self._held.get(site)
        card = held.snapshot.shelf(audience).card_of(page) if held else None
        moment = now or datetime.now(UTC)
        return card if card and (card.expires is None or card.expires > moment) else None

    def addresses(self, site: str) -> frozenset[str]:
        """Of every page, for whomever it is: only to keep links to those out that somebody may not see."""
        held = self._held.get(site)
        return held.snapshot.addresses if held else frozenset()

    def answer(
        self,
        site: str,
        question: str,
        *,
        audience: Sequence[str] = (PUBLIC,),
        previous: Sequence[str] = (),
        now: datetime | None = None,
        without: frozenset[str] = frozenset(),
    ) -> Answer:
        """What the documents say, in their words. `previous`: the visitor's earlier questions, the latest last."""
        held = self._held.get(site)
        if held is None or not question.strip():
            return Answer(question, question, (), (), True, 0.0, (), (), self.generation(site), {})  # noqa: FBT003
        moment = now or datetime.now(UTC)
        reviewed = choose(held.pinned, self._embedder, question, frozenset(audience), moment, without)
        if reviewed is not None:
            return pinned.answer(reviewed, question, held.generation)
        shelf = held.snapshot.shelf(audience)
        allowed = shelf.allowed(moment, without)
        key = self._key(site, held, audience, allowed, question, tuple(previous[-1:]))
        kept = self._answers.recall(key)
        if kept is not None:
            return replace(kept, question=question)
        made = answering.answer(
            shelf,
            self._embedder,
            question,
            previous=previous,
            generation=held.generation,
            allowed=allowed,
        )
        self._answers.keep(key, made)
        return made

    @staticmethod
    def _key(
        site: str, held: _Held, audience: Sequence[str], allowed: Mask | None, question: str, rest: Hashable
    ) -> Key:
        labels = held.snapshot.labels(audience)
        return Key(site, held.generation, labels, _name(allowed), normalised(question), rest)

    async def preview(
        self, site: str, body: PutDocument, question: str, *, audience: Sequence[str], now: datetime
    ) -> Answer:
        """What would be answered if this document were put; nothing is saved."""
        draft = await self._intake.draft(site, body, now=now)
        find = partial(self.find, site, question, audience=audience, k=_NEAR, now=now)
        near = dict.fromkeys(found.passage.document_id for found in await asyncio.to_thread(find))
        return await previewing.preview(
            self._readers, self._ingesting, draft, question, near=list(near), audience=audience, now=now
        )

    def starters(self, site: str, *, count: int = 3) -> list[str]:
        """Questions that public pages ask in their headings and answer, one a page."""
        held = self._held.get(site)
        if held is None:
            return []
        by_page: dict[str, str] = {}
        for card, heading in held.snapshot.shelf((PUBLIC,)).headings():
            if _STARTER.match(heading):
                by_page.setdefault(card.id, heading)
        chosen: list[str] = []
        for question in islice(by_page.values(), _STARTERS_TRIED):
            if len(chosen) == count:
                break
            if not self.answer(site, question).abstained:
                chosen.append(question)
        return chosen


def _name(allowed: Mask | None) -> bytes:
    """Of what may be found, so that an answer is remembered for the same passages only."""
    return b"" if allowed is None else hashlib.sha256(np.packbits(allowed).tobytes()).digest()
