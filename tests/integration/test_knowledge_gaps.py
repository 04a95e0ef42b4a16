"""Gaps: counted, put together by meaning, closed with what answers them, opened again when that did not help."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from knowledge import gaps, placing
from knowledge.forgetting import KEPT
from knowledge.gaps import note_gap
from knowledge.library import Library
from knowledge.tables import CitedRow, GapRow
from tests.support.knowledge import NOW, WordEmbedder, a_database

ASKED = {
    "1": "Do you have a dark mode?",
    "2": "Is there a dark mode in the app?",
    "3": "Do you have a Slack app?",
    "4": "is a dark mode available",
}


async def _ask(sessions, questions: dict[str, str], days: int = 0) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    async with sessions.begin() as session:
        for number, question in questions.items():
            at = NOW + timedelta(days=days, minutes=len(number))
            await note_gap(session, "demo", question, gap_id=number, now=at, nearest=[f"/{number}"])


async def test_questions_of_one_meaning_are_one_gap_named_by_the_most_asked(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, ASKED)
        await _ask(sessions, {"5": "Is there a dark mode in the app?"})
        found = await library.gaps("demo", 10)

    assert [(one.question, one.count) for one in found] == [
        ("Is there a dark mode in the app?", 4),
        ("Do you have a Slack app?", 1),
    ]
    assert {member.id for member in found[0].members} == {"1", "2", "4"}


async def test_a_cluster_keeps_its_id_when_more_questions_join(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, {"3": ASKED["3"], "1": ASKED["1"]})
        before = {one.question: one.id for one in await library.gaps("demo", 10)}
        await _ask(sessions, ASKED, days=1)
        after = {member.question: one.id for one in await library.gaps("demo", 10) for member in one.members}

    assert after[ASKED["1"]] == after[ASKED["4"]] == before[ASKED["1"]]
    assert after[ASKED["3"]] == before[ASKED["3"]]


async def test_closing_a_gap_closes_every_question_in_it_and_records_with_what(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, ASKED)
        dark = (await library.gaps("demo", 10))[0]
        closed = await library.close_gap(
            "demo", dark.id, by="lead", how="document", what="dark-mode", now=NOW
        )
        again = await library.close_gap("demo", dark.id, by="lead", how="document", what="dark-mode", now=NOW)
        left = await library.gaps("demo", 10)
        async with sessions() as session:
            row = await session.scalar(select(GapRow).where(GapRow.id == "2"))

    assert (closed, again) == (True, False)
    assert [one.question for one in left] == ["Do you have a Slack app?"]
    assert row is not None
    assert (row.closed_by, row.closed_how, row.closed_with, row.closed_at) == (
        "lead",
        "document",
        "dark-mode",
        NOW,
    )


async def test_a_closed_gap_that_is_asked_again_unanswered_opens_and_says_so(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, ASKED)
        dark = (await library.gaps("demo", 10))[0]
        await library.close_gap("demo", dark.id, by="lead", how="dismissed", now=NOW)
        await _ask(sessions, {"9": "do you have a dark mode"}, days=2)
        found = {one.id: one for one in await library.gaps("demo", 10)}

    assert (found[dark.id].reopened, found[dark.id].count) == (1, 2)


async def test_a_gap_can_not_be_closed_by_something_unheard_of(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        with pytest.raises(ValueError, match="magic"):
            await Library(sessions, WordEmbedder()).close_gap("demo", "1", by="lead", how="magic", now=NOW)


async def test_the_other_site_has_gaps_of_its_own(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, ASKED)

        assert await library.gaps("other", 10) == []
        assert not await library.close_gap("other", "1", by="lead", how="dismissed", now=NOW)


async def test_an_empty_id_closes_none_of_the_gaps_that_have_no_cluster_yet(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, ASKED)
        closed = await library.close_gap("demo", "", by="lead", how="dismissed", now=NOW)
        left = await library.gaps("demo", 10)

    assert not closed
    assert sum(one.count for one in left) == len(ASKED)


async def test_looking_without_placing_writes_and_embeds_nothing(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, embedder)
        await _ask(sessions, ASKED)
        apart = await library.gaps("demo", 10, place=False)
        embedded = list(embedder.embedded)
        await library.place_gaps("demo")
        together = await library.gaps("demo", 10, place=False)

    assert len(apart) == 4
    assert embedded == []
    assert len(together) == 2


async def test_so_many_gaps_are_placed_in_one_go_and_the_rest_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "AT_ONCE", 3)
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, ASKED)
        await library.place_gaps("demo")
        async with sessions() as session:
            waiting = list(await session.scalars(select(GapRow.id).where(GapRow.cluster == "")))
        found = await library.gaps("demo", 10)

    assert len(waiting) == 1
    assert [one.count for one in found] == [3, 1]


async def test_only_the_most_wanted_gaps_are_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "MOST_OPEN", 1)
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, {"1": ASKED["1"], "3": ASKED["3"]})
        await _ask(sessions, {"4": ASKED["3"]}, days=1)
        found = await library.gaps("demo", 10)

    assert [one.question for one in found] == [ASKED["3"]]


async def test_closed_gaps_are_forgotten_in_time_and_open_ones_never(tmp_path: Path) -> None:
    late = NOW + KEPT + timedelta(days=1)

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await _ask(sessions, {"1": ASKED["1"], "3": ASKED["3"], "5": "Is there an API for crews?"})
        await library.gaps("demo", 10)
        for gap, days in (("1", 0), ("3", 0), ("5", 9)):
            await library.close_gap("demo", gap, by="lead", how="dismissed", now=NOW + timedelta(days=days))
        await _ask(sessions, {"2": ASKED["2"]})
        await library.gaps("demo", 10)
        await library.forget_old("other", late)
        await library.forget_old("demo", late - timedelta(days=2))
        early = await _kept(sessions)
        await library.forget_old("demo", late)
        left = await _kept(sessions)

    assert early == {"1", "2", "3", "5"}
    assert left == {"1", "2", "5"}, "1 began the cluster that 2 is in; 5 was closed later"


async def _kept(sessions) -> set[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    async with sessions() as session:
        return set(await session.scalars(select(GapRow.id)))


async def test_what_old_answers_cited_is_forgotten_in_time(tmp_path: Path) -> None:
    moments = {"old": NOW - KEPT - timedelta(seconds=1), "young": NOW - KEPT}

    async with a_database(tmp_path) as sessions:
        async with sessions.begin() as session:
            for site in ("demo", "other"):
                session.add_all(
                    CitedRow(
                        message_id=f"{site}-{name}", n=1, site=site, conversation_id="c", question="q",
                        document_id="d", version="v", title="t", url="/", quote="w", at=at,
                    )
                    for name, at in moments.items()
                )  # fmt: skip
        await Library(sessions, WordEmbedder()).forget_old("demo", NOW)
        async with sessions() as session:
            left = set(await session.scalars(select(CitedRow.message_id)))

    assert left == {"demo-young", "other-old", "other-young"}
