"""Documents put by two processes at once: a condition holds at the moment of the write, not only before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge import listing
from knowledge.library import Library
from knowledge.values import PutDocument
from tests.support.knowledge import NOW, WordEmbedder, a_database


class Waiting(WordEmbedder):
    """Embeds when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.may_go_on = threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.reached.set()
        assert self.may_go_on.wait(10)
        return super().embed(texts)


class Slow(WordEmbedder):
    """Embeds for as long as nobody lets it go, and says when it is through."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.may_go_on, self.is_through = threading.Event(), threading.Event(), False

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.reached.set()
        self.may_go_on.wait(3)
        self.is_through = True
        return super().embed(texts)


class Moved(Exception):
    """The document is not what the caller saw."""


async def test_a_document_that_another_process_wrote_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    slow = Waiting()

    async with a_database(tmp_path) as sessions:
        mine, theirs = Library(sessions, slow), Library(sessions, WordEmbedder())
        seen = (await theirs.put_document("demo", PutDocument("a", "A", "First."), now=NOW)).version

        def only_over_what_was_seen(version: str | None) -> None:
            if version != seen:
                raise Moved

        writing = asyncio.create_task(
            mine.put_document(
                "demo", PutDocument("a", "A", "Mine."), now=NOW, condition=only_over_what_was_seen
            )
        )
        await asyncio.to_thread(slow.reached.wait, 10)
        await theirs.put_document("demo", PutDocument("a", "A", "Theirs."), now=NOW)
        slow.may_go_on.set()
        with pytest.raises(Moved):
            await writing
        with pytest.raises(Moved):
            await mine.delete_document("demo", "a", now=NOW, condition=only_over_what_was_seen)
        stands = await theirs.document("demo", "a")

    assert stands is not None
    assert stands.text == "Theirs."


async def test_putting_can_be_given_up_without_waiting_for_the_embedder(tmp_path: Path) -> None:
    slow = Slow()

    async with a_database(tmp_path) as sessions:
        writing = asyncio.create_task(
            Library(sessions, slow).put_document("demo", PutDocument("a", "A", "Words."), now=NOW)
        )
        await asyncio.to_thread(slow.reached.wait, 10)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        had_to_wait = slow.is_through
        slow.may_go_on.set()

    assert not had_to_wait


async def test_a_document_can_be_put_although_the_source_of_what_is_put_was_removed_meanwhile(
    tmp_path: Path,
) -> None:
    slow = Waiting()

    async with a_database(tmp_path) as sessions:
        mine, theirs = Library(sessions, slow), Library(sessions, WordEmbedder())
        await theirs.put_document("demo", PutDocument("b", "B", "Theirs."), now=NOW)
        writing = asyncio.create_task(mine.put_document("demo", PutDocument("a", "A", "Mine."), now=NOW))
        await asyncio.to_thread(slow.reached.wait, 10)
        await theirs.remove_source("demo", "pushed", now=NOW)
        slow.may_go_on.set()
        await writing
        (source,) = await theirs.sources("demo")
        deleted = await theirs.delete_document("demo", "a", now=NOW)

    assert (source.name, source.documents, deleted) == ("pushed", 1, True)


@pytest.mark.parametrize("label", ["geschäft", "50% off", 'the "inner" ring'])
async def test_documents_are_listed_by_an_audience_of_any_letters(tmp_path: Path, label: str) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        for path, audience in (("a", label), ("b", "other")):
            await library.put_document("demo", PutDocument(path, path, path, audience=(audience,)), now=NOW)
        async with sessions() as session:
            sought = listing.Sought(audience=label)
            found = await listing.listed(session, "demo", sought, now=NOW, limit=10)

    assert [one.path for one in found] == ["a"]
