"""Laws of the knowledge room: offsets are exact, quotes are verbatim, and nobody sees another audience's words."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.answerability import Model, Signals
from knowledge.answering import answer, find
from knowledge.chunking import chunk
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.sentences import split_sentences
from knowledge.snapshot import Snapshot
from knowledge.values import Document, Line, Passage, Points, Sentences
from tests.support.knowledge import WordEmbedder

PLAIN = ["team", "plan", "price", "seat", "cost", "webhook", "API", "e.g.", "12", "EUR", "user", "Ü", "naïve"]
MARKUP = ["<div>", "{x}", "**bold**", "`code`", "[link](javascript:x)"]
WORDS = st.sampled_from([*PLAIN, *MARKUP])
LINE = st.lists(WORDS, min_size=1, max_size=14).map(lambda words: " ".join(words) + ".")
BLOCK = st.one_of(
    LINE,
    LINE.map(lambda line: f"## {line}"),
    st.lists(LINE, min_size=1, max_size=5).map(lambda lines: "\n".join(f"- {line}" for line in lines)),
    st.lists(LINE, min_size=1, max_size=5).map(
        lambda lines: "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    ),
    LINE.map(lambda line: f"| a | b |\n|---|---|\n| {line} | x |"),
    LINE.map(lambda line: f"```\n{line}\n```"),
    st.text(max_size=80),
)
PAGE = st.lists(BLOCK, min_size=1, max_size=12).map("\n\n".join)
ALWAYS = Model((0.0,) * len(fields(Signals)), 10.0, 0.0)


def cut(markdown: str, name: str, audience: str = "public") -> tuple[Document, tuple[Passage, ...]]:
    text, placed = lay_out(parse_markdown("\n" + markdown, fallback_title=name).blocks)
    document_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    passages = chunk(document_id, "v1", text, placed)
    page = Document(
        document_id, "s", name, f"/{name}", name, "", text, markdown, "markdown", (audience,), "v1", None
    )
    return page, passages


def snapshot_of(*pages: tuple[Document, tuple[Passage, ...]]) -> Snapshot:
    pairs = [(document, passage) for document, passages in pages for passage in passages]
    embedder = WordEmbedder()
    vectors = (
        embedder.embed([passage.text for _, passage in pairs]) if pairs else np.empty((0, 256), np.float32)
    )
    return Snapshot.of(1, pairs, vectors)


@given(PAGE)
@settings(max_examples=150, deadline=None)
def test_every_passage_and_unit_stands_where_it_says(markdown: str) -> None:
    document, passages = cut(markdown, "page")

    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        for unit in passage.units:
            assert 0 <= unit.start < unit.end <= len(passage.text)
    assert len({passage.id for passage in passages}) == len(passages)
    assert all(left.end <= right.start for left, right in itertools.pairwise(passages))


@given(st.text(max_size=400))
def test_sentences_lose_nothing_but_space(text: str) -> None:
    spans = split_sentences(text)

    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


@given(PAGE, LINE)
@settings(max_examples=100, deadline=None)
def test_every_quote_is_verbatim_and_every_line_is_made_of_quoted_words(markdown: str, question: str) -> None:
    document, passages = cut(markdown, "page")
    shelf = snapshot_of((document, passages)).shelf(())

    made = answer(shelf, WordEmbedder(), question, model=ALWAYS)

    quotes = {citation.n: citation for citation in made.citations}
    for citation in made.citations:
        assert citation.passage[citation.start : citation.end] == citation.quote
        assert document.text[citation.doc_start : citation.doc_end] == citation.quote
        assert "javascript:" not in citation.url
    for part in made.parts:
        lines: tuple[Line, ...] = ()
        if isinstance(part, Sentences):
            lines = part.lines
        elif isinstance(part, Points):
            lines = part.items
        for line in lines:
            said = set(" ".join(quotes[n].quote for n in line.cites).split())
            assert {word.rstrip(";") for word in line.text.split()} <= {word.rstrip(";") for word in said}


@given(LINE, LINE, LINE)
@settings(max_examples=60, deadline=None)
def test_a_hidden_page_changes_nothing_that_another_audience_can_see(
    shown: str, hidden: str, question: str
) -> None:
    public = cut(f"## Open\n\n{shown}", "open")
    secret = cut(f"## Secret\n\nZanzibar {hidden}", "secret", "signed-in")

    with_secret = snapshot_of(public, secret)
    without = snapshot_of(public)
    asked = f"{question} Zanzibra"

    for audience in ((), ("public",), ("partner",)):
        seen = find(with_secret.shelf(audience), WordEmbedder(), asked, 8)
        assert seen == find(without.shelf(audience), WordEmbedder(), asked, 8)
    unsealed = find(with_secret.shelf(("signed-in",)), WordEmbedder(), asked, 8)
    assert any(found.page.title == "secret" for found in unsealed[1])
