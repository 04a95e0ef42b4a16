"""A turn answers from what the database holds, whatever this process has in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge.library import Library
from knowledge.values import PUBLIC, Answer, Approval, CitedSpan, PutDocument
from server import saving, thinking
from server.desk import Desk
from server.dialogue.values import Said
from tests.support.knowledge import NOW, WordEmbedder, a_database

QUESTION = "What does Team cost?"
OLD = "Team costs 12 EUR per seat."


class FakeDesk:
    """As much of a desk as a look-up needs."""

    def __init__(self, library: Library, readers: async_sessionmaker[AsyncSession]) -> None:
        self.library, self.readers = library, readers
        self.reader = SimpleNamespace(texts_to_embed=lambda redacted: [redacted.text])

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        return work(*args)


async def ask(library: Library, sessions: async_sessionmaker[AsyncSession]) -> Answer:
    desk = cast("Desk", FakeDesk(library, sessions))
    state = SimpleNamespace(with_person=False, questions=())
    talk: Any = SimpleNamespace(site="demo", state=state, audience=(PUBLIC,))
    reading: Any = SimpleNamespace(redacted=SimpleNamespace(text=QUESTION), gloss="")
    answer = await thinking._answered(desk, talk, Said(QUESTION), reading, NOW)
    assert answer is not None
    return answer


async def test_a_server_with_an_old_index_gives_no_old_words(tmp_path: Path) -> None:
    approval = Approval(QUESTION, "12 EUR.", (CitedSpan("prices", OLD),))

    async with a_database(tmp_path) as sessions:
        writer, server = Library(sessions, WordEmbedder()), Library(sessions, WordEmbedder())
        await writer.put_document("demo", PutDocument("prices", "Prices", OLD), now=NOW)
        await writer.put_document("demo", PutDocument("seats", "Seats", "Team has 50 seats."), now=NOW)
        await writer.approve("demo", approval, by="lead", now=NOW)
        await server.refresh("demo")
        before = await ask(server, sessions)
        await writer.put_document("demo", PutDocument("prices", "Prices", "Team costs 13 EUR."), now=NOW)
        changed = await ask(server, sessions)
        await writer.delete_document("demo", "prices", now=NOW)
        gone = await ask(server, sessions)

    assert before.citations[0].quote == OLD
    for answer in (changed, gone):
        assert "12 EUR" not in repr((answer.parts, answer.citations, answer.found))
        assert "Prices" not in repr(answer.nearest)
    assert [one.passage.text for one in gone.found] == ["Team has 50 seats."]


async def test_when_everything_found_keeps_changing_the_turn_abstains_and_names_nothing(
    tmp_path: Path,
) -> None:
    async with a_database(tmp_path) as sessions:
        writer, server = Library(sessions, WordEmbedder()), Library(sessions, WordEmbedder())
        for number in range(40):
            await writer.put_document(
                "demo", PutDocument(f"p{number}", "P", f"Team costs {number} EUR."), now=NOW
            )
        await server.refresh("demo")
        for number in range(40):
            await writer.delete_document("demo", f"p{number}", now=NOW)
        answer = await ask(server, sessions)

    assert answer.abstained
    assert (answer.parts, answer.citations, answer.found, answer.nearest) == ((), (), (), ())


def test_a_follow_up_that_is_not_answered_is_filed_as_what_it_was_understood_to_ask() -> None:
    def filed(words: str, searched_for: str) -> str:
        answer = Answer(words, searched_for, (), (), True, 0.1, (), (), 1, {})
        thought: Any = SimpleNamespace(case=SimpleNamespace(answer=answer))
        return saving.missing(thought, words)

    assert filed("And for Business?", "What does Business cost?") == "What does Business cost?"
    assert filed("Do you sell umbrelas?", "Do you sell umbrellas?") == "Do you sell umbrelas?"
    assert (
        filed("Hi, do you sell umbrellas please?", "do you sell umbrellas")
        == "Hi, do you sell umbrellas please?"
    )
