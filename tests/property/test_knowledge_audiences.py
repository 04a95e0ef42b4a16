"""What an audience may not see changes nothing that it can observe: not a hit, not a score, not a spelling."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.answerability import Model, Signals
from knowledge.answering import answer, find
from knowledge.chunking import chunk, index_text
from knowledge.indexes import dense
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.snapshot import Snapshot
from knowledge.values import Answer, Document, Passage
from tests.support.knowledge import WordEmbedder

ALWAYS = Model((0.5,) * len(fields(Signals)), 0.0, 0.0)
"""Answers whatever it is asked, with a confidence that moves with every signal: more to see than abstentions."""
EVERYTHING_EXACT = 1_000_000
CELLS_FROM_TWO = 1
"""Passages above which a shelf is searched by cells: with one cell looked into, the approximate index errs a lot."""

WORDS = [
    "team",
    "plan",
    "price",
    "seat",
    "webhook",
    "API",
    "invoice",
    "crew",
    "route",
    "token",
    "limit",
    "zebra",
]
LABELS = ("public", "starter", "business", "staff")
LINE = st.lists(st.sampled_from([*WORDS, "Zanzibar", "quagga"]), min_size=2, max_size=9).map(" ".join)
BODY = st.lists(LINE, min_size=1, max_size=5).map(
    lambda lines: "\n\n".join(f"## What {line}?\n\n{line}." for line in lines)
)
AUDIENCES = st.sets(st.sampled_from(LABELS), min_size=1, max_size=2).map(lambda labels: tuple(sorted(labels)))


@dataclass(frozen=True)
class Page:
    name: int
    body: str
    audience: tuple[str, ...]


PAGES = st.lists(
    st.builds(Page, st.integers(0, 30), BODY, AUDIENCES),
    min_size=1,
    max_size=9,
    unique_by=lambda page: page.name,
)


def passages_of(page: Page) -> list[tuple[Document, Passage]]:
    name = f"page-{page.name:02}"
    text, placed = lay_out(parse_markdown("\n" + page.body, fallback_title=name).blocks)
    document_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    document = Document(
        document_id, "s", name, f"/{name}", name, "", text, "", "markdown", page.audience, "v1", None
    )
    return [(document, passage) for passage in chunk(document_id, "v1", text, placed)]


def snapshot_of(pages: Sequence[Page], exact_up_to: int) -> Snapshot:
    """As the store hands it over: by path."""
    ordered = sorted(pages, key=lambda page: page.name)
    pairs = [pair for page in ordered for pair in passages_of(page)]
    texts = [index_text(document.title, passage) for document, passage in pairs]
    vectors = WordEmbedder().embed(texts) if texts else np.empty((0, 256), np.float32)
    return Snapshot.of(1, pairs, vectors, exact_up_to=exact_up_to)


def observed(snapshot: Snapshot, audience: Sequence[str], questions: Sequence[str]) -> list[Any]:
    """Everything that somebody of this audience could tell two worlds apart by."""
    shelf = snapshot.shelf(audience)
    seen: list[Any] = [len(shelf), shelf.document_ids, snapshot.labels(audience)]
    seen += [[(card.id, heading) for card, heading in shelf.headings()]]
    for question in questions:
        seen.append(find(shelf, WordEmbedder(), question, 8))
        made: Answer = answer(shelf, WordEmbedder(), question, model=ALWAYS)
        seen.append(replace(made, timings_ms={}))
        seen.append(shelf.speller.mend(question))
        seen.append([shelf.keywords.rarity(word) for word in question.split()])
        seen.append([shelf.keywords.knows(word) for word in question.split()])
        seen.append(shelf.dense.background(WordEmbedder().embed([question])[0]))
    return seen


@pytest.mark.parametrize("exact_up_to", [EVERYTHING_EXACT, CELLS_FROM_TWO], ids=["exact", "by cells"])
@given(pages=PAGES, others=PAGES, audience=AUDIENCES, question=LINE)
@settings(max_examples=50, deadline=None)
def test_pages_outside_an_audience_change_nothing_that_it_can_observe(
    exact_up_to: int, pages: list[Page], others: list[Page], audience: tuple[str, ...], question: str
) -> None:
    allowed = {"public", *audience}
    own = [page for page in pages if allowed & set(page.audience)]
    taken = {page.name for page in own}
    # Adding, changing and removing at once: one world has these foreign pages, the other those.
    foreign = [page for page in pages if page not in own]
    elsewhere = [page for page in others if not allowed & set(page.audience) and page.name not in taken]
    questions = (question, "what is the zanzibra quaga pricee?")

    with patch.object(dense, "PROBES", 1):
        here = observed(snapshot_of([*own, *foreign], exact_up_to), audience, questions)
        there = observed(snapshot_of([*own, *elsewhere], exact_up_to), audience, questions)
        alone = observed(snapshot_of(own, exact_up_to), audience, questions)

    assert here == there == alone


@pytest.mark.parametrize("exact_up_to", [EVERYTHING_EXACT, CELLS_FROM_TWO], ids=["exact", "by cells"])
@given(pages=PAGES, hidden=st.sets(st.integers(0, 30)), question=LINE)
@settings(max_examples=50, deadline=None)
def test_every_passage_that_may_be_found_is_found_and_no_other(
    exact_up_to: int, pages: list[Page], hidden: set[int], question: str
) -> None:
    shelf = snapshot_of(pages, exact_up_to).shelf(LABELS)
    without = {document.id for page in pages if page.name in hidden for document, _ in passages_of(page)}
    left = [page for page in pages if page.name not in hidden]
    wanted = {passage.id for page in left for _, passage in passages_of(page)}

    with patch.object(dense, "PROBES", 1):
        allowed = shelf.allowed(None, without)
        vector = WordEmbedder().embed([question])[0]
        rows, scores = shelf.dense.search(vector, 1_000, allowed)
        few, _ = shelf.dense.search(vector, 3, allowed)
        found = find(shelf, WordEmbedder(), question, 1_000, allowed=allowed)[1]

    assert {shelf.entry(int(row)).passage.id for row in rows} == wanted
    assert len(few) == min(3, len(wanted))
    assert list(scores) == sorted(scores, reverse=True)
    assert {one.passage.id for one in found} <= wanted
    assert len({one.passage.id for one in found}) == len(found)
