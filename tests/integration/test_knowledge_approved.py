"""Approved answers: they win when the question matches, and fall with the documents that they rest on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from knowledge.errors import ApprovalError
from knowledge.library import Library
from knowledge.values import Approval, CitedSpan, PutDocument
from tests.support.knowledge import NOW, WordEmbedder, a_database, ingest, write_pages

PRICES = "# Prices\n\n## Team\n\nTeam costs 12 EUR per seat.\n\n## Refunds\n\nWe refund yearly plans within 30 days.\n"
PAGES = {
    "prices.md": PRICES,
    "inside.md": "---\naudience: staff\n---\n\n# Inside\n\nThe discount ceiling is 40 percent.\n",
}
REFUND = Approval(
    "Can I get my money back?",
    "Yes, for yearly plans within 30 days.",
    (CitedSpan("prices", "We refund yearly plans within 30 days."),),
    phrasings=("Do you refund yearly plans?",),
)


@asynccontextmanager
async def a_library(tmp_path: Path) -> AsyncIterator[Library]:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, write_pages(tmp_path / "docs", PAGES))
        yield library


async def test_an_approved_answer_wins_and_cites_the_words_it_rests_on(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        made = await library.approve("demo", REFUND, by="lead", now=NOW)
        answer = library.answer("demo", "do you refund a yearly plan", now=NOW)
        page = await library.document("demo", "prices")

    assert (answer.approved_id, answer.abstained) == (made.id, False)
    cited = answer.citations[0]
    assert page is not None
    assert (
        page.text[cited.doc_start : cited.doc_end] == cited.quote == "We refund yearly plans within 30 days."
    )
    assert cited.passage[cited.start : cited.end] == cited.quote
    assert "#refunds:~:text=" in cited.url


async def test_a_quote_that_does_not_stand_in_the_document_is_refused_by_name(tmp_path: Path) -> None:
    wrong = Approval("Refunds?", "Yes.", (CitedSpan("prices", "We refund everything."),))

    async with a_library(tmp_path) as library:
        with pytest.raises(ApprovalError, match="We refund everything"):
            await library.approve("demo", wrong, by="lead", now=NOW)
        with pytest.raises(ApprovalError, match="nowhere"):
            await library.approve(
                "demo", Approval("Refunds?", "Yes.", (CitedSpan("nowhere", "x"),)), by="lead", now=NOW
            )
        assert await library.approved("demo", now=NOW) == []


async def test_it_stops_when_a_document_it_cites_changes_and_is_listed_as_stale(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        await library.approve("demo", REFUND, by="lead", now=NOW)
        write_pages(tmp_path / "docs", {"prices.md": PRICES.replace("30 days", "14 days")})
        await ingest(library, tmp_path / "docs")
        answer = library.answer("demo", "Do you refund yearly plans?", now=NOW)
        listed = await library.approved("demo", now=NOW)

    assert answer.approved_id == ""
    assert [(one.state, one.why) for one in listed] == [("stale", "prices changed")]


async def test_it_stops_when_the_document_goes(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        await library.approve("demo", REFUND, by="lead", now=NOW)
        (tmp_path / "docs" / "prices.md").unlink()
        await ingest(library, tmp_path / "docs")
        answer = library.answer("demo", "Do you refund yearly plans?", now=NOW)
        listed = await library.approved("demo", now=NOW)

    assert answer.approved_id == ""
    assert [(one.state, one.why) for one in listed] == [("stale", "prices is gone")]


async def test_it_stops_the_moment_its_document_expires_although_nothing_was_ingested(tmp_path: Path) -> None:
    later = NOW + timedelta(days=1)
    body = PutDocument("offer", "Offer", "We refund setup fees in March.", expires=later)
    approval = Approval(
        "Refund for setup?", "In March.", (CitedSpan("offer", "We refund setup fees in March."),)
    )

    async with a_library(tmp_path) as library:
        await library.put_document("demo", body, now=NOW)
        made = await library.approve("demo", approval, by="lead", now=NOW)
        before = library.answer("demo", "refund for setup?", now=NOW)
        after = library.answer("demo", "refund for setup?", now=later)
        listed = await library.approved("demo", now=later)

    assert (before.approved_id, after.approved_id) == (made.id, "")
    assert [(one.state, one.why) for one in listed] == [("stale", "offer has expired")]


async def test_it_expires_by_its_own_date(tmp_path: Path) -> None:
    end = NOW + timedelta(hours=1)
    dated = Approval(REFUND.question, REFUND.text, REFUND.cited, REFUND.phrasings, expires=end)

    async with a_library(tmp_path) as library:
        made = await library.approve("demo", dated, by="lead", now=NOW)
        question = "Do you refund yearly plans?"
        given = [library.answer("demo", question, now=at).approved_id for at in (NOW, end)]

    assert given == [made.id, ""]


async def test_an_answer_for_staff_reaches_nobody_else(tmp_path: Path) -> None:
    inside = Approval(
        "What is the discount ceiling?",
        "40 percent.",
        (CitedSpan("inside", "The discount ceiling is 40 percent."),),
        audience=("staff",),
    )

    async with a_library(tmp_path) as library:
        made = await library.approve("demo", inside, by="lead", now=NOW)
        staff = library.answer("demo", "what's the discount ceiling?", audience=("staff",), now=NOW)
        anybody = library.answer("demo", "what's the discount ceiling?", now=NOW)
        with pytest.raises(ApprovalError, match="staff only"):
            await library.approve("demo", Approval("Ceiling?", "40.", inside.cited), by="lead", now=NOW)
        with pytest.raises(ApprovalError, match="staff only"):
            await library.approve("demo", replace(inside, audience=()), by="lead", now=NOW)

    assert (staff.approved_id, anybody.approved_id) == (made.id, "")
    assert "ceiling" not in repr(anybody.found) + repr(anybody.nearest) + repr(anybody.parts)


async def test_a_retired_answer_is_given_no_more(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        made = await library.approve("demo", REFUND, by="lead", now=NOW)
        retired = await library.retire("demo", made.id, by="lead", now=NOW)
        again = await library.retire("demo", made.id, by="lead", now=NOW)
        answer = library.answer("demo", "Do you refund yearly plans?", now=NOW)

    assert (retired, again, answer.approved_id) == (True, False, "")


async def test_another_process_gives_it_after_a_refresh(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        here, there = Library(sessions, WordEmbedder()), Library(sessions, WordEmbedder())
        await ingest(here, write_pages(tmp_path / "docs", PAGES))
        await there.refresh("demo")
        made = await here.approve("demo", REFUND, by="lead", now=NOW)
        await there.refresh("demo")

        assert there.answer("demo", "Do you refund yearly plans?", now=NOW).approved_id == made.id


async def test_points_are_given_as_points(tmp_path: Path) -> None:
    listed = Approval(
        REFUND.question, "Two ways:\n\n1. Ask us.\n2. Write a mail.", REFUND.cited, REFUND.phrasings
    )

    async with a_library(tmp_path) as library:
        await library.approve("demo", listed, by="lead", now=NOW)
        answer = library.answer("demo", "Do you refund yearly plans?", now=NOW)

    assert [type(part).__name__ for part in answer.parts] == ["Sentences", "Points"]
