"""Over pages with random audiences: whatever any reader is told, in any order, comes from pages that they may see."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from intents.values import Redacted, Understanding
from knowledge.library import Library
from knowledge.values import Answer
from server.members.values import Member, audience_of
from server.thinking import look_up
from tests.support.knowledge import NOW, WordEmbedder, a_database, ingest, write_pages

LABELS = ("public", "signed-in", "starter", "team", "enterprise", "beta")
TOPICS = ("encryption key", "sandbox reset", "audit stream", "route planning", "invoice export", "team seats")
PAGES = 36


class Words:
    """A reader of messages that splits nothing."""

    def in_english(self, text: str, _language: str) -> str:
        return text

    def texts_to_embed(self, redacted: Redacted) -> list[str]:
        return [redacted.text]


def a_corpus(dice: random.Random) -> dict[str, tuple[str, frozenset[str]]]:
    """Pages by path, each with a word that stands nowhere else."""
    made = {}
    for number in range(PAGES):
        topic = TOPICS[number % len(TOPICS)]
        audience = dice.sample(LABELS, dice.randint(1, 2))
        text = (
            f"---\ntitle: About {topic} {number}\naudience: [{', '.join(audience)}]\n---\n\n"
            f"## How does {topic} work in part {number}?\n\n"
            f"The {topic} works with marker{number}x after {number + 2} minutes.\n"
        )
        made[f"page-{number:02}.md"] = (text, frozenset(audience))
    return made


def a_member(labels: Sequence[str]) -> Member:
    return Member("demo", "k", "", "", "", "", "", frozenset(), ("public", *labels), NOW.replace(year=2027))


def said(words: str) -> Understanding:
    return Understanding(Redacted(words), "en", (), False, 1.0, (), 0.0, (), "", {})


def told(answer: Answer) -> Iterator[tuple[str, str]]:
    """Every page that an answer names, and through which channel."""
    yield from (("citation", one.url) for one in answer.citations)
    yield from (("found", one.page.url) for one in answer.found)
    yield from (("nearest", one.url) for one in answer.nearest)
    yield from (("newer", one.superseded_by.url) for one in answer.citations if one.superseded_by is not None)


@pytest.mark.parametrize("seed", range(3))
async def test_no_channel_of_an_answer_tells_of_a_page_that_is_for_others(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    corpus = a_corpus(dice)
    readers: list[Member | None] = [
        None,
        *(a_member(dice.sample(LABELS, dice.randint(1, 3))) for _ in range(6)),
    ]
    asked = [(reader, topic) for reader in readers for topic in (*TOPICS, "how does it work in part 7?")] * 2
    dice.shuffle(asked)
    folder = write_pages(tmp_path / "pages", {name: text for name, (text, _) in corpus.items()})
    named = 0
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, folder)
        await library.refresh("demo")
        for reader, topic in asked:
            may_see = {"public", *audience_of(reader, NOW)}
            theirs = {name.removesuffix(".md") for name, (_, labels) in corpus.items() if labels & may_see}
            reading = said(f"How does the {topic} work?")

            answer = look_up(
                library,
                Words(),  # type: ignore[arg-type]
                "demo",
                reading,
                now=NOW,
                audience=audience_of(reader, NOW),
            )

            words = repr((answer.parts, answer.notes, answer.citations))
            for channel, url in told(answer):
                named += 1
                page = url.partition("#")[0].rpartition("/")[2].removesuffix(".md")
                assert page in theirs, f"{channel} tells {sorted(may_see)} of {page}"
            for name, (_, labels) in corpus.items():
                marker = f"marker{int(name[5:7])}x"
                assert labels & may_see or marker not in words
        public = {name for name, (_, labels) in corpus.items() if "public" in labels}
        starters = library.starters("demo", count=PAGES)
    assert named > 100, "or nothing was tried"
    assert starters
    assert all(any(f"part {int(name[5:7])}?" in one for name in public) for one in starters)


async def test_a_member_whose_token_ran_out_sees_what_everybody_sees() -> None:
    member = a_member(["enterprise"])

    assert "enterprise" in audience_of(member, NOW)
    assert audience_of(member, member.expires_at) == ("public",)
