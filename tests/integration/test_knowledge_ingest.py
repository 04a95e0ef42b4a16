"""Sources of documents: what each owns, who may read it, what a failure may change, and what may still be cited."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import intake, schedule
from knowledge.errors import (
    DocumentTakenError,
    EmbedderFailedError,
    SourceBusyError,
    SourceShrunkError,
    SourceUnreachableError,
)
from knowledge.library import Library
from knowledge.parsing.blocks import Block, Parsed
from knowledge.schedule import Held
from knowledge.sources.pages import Page, Reading
from knowledge.sources.spec import SourceSpec
from knowledge.values import Answer, Approval, Broken, CitedSpan, PutDocument
from tests.support.knowledge import NOW, WordEmbedder, a_database, ingest, write_pages

SITE = SourceSpec("site", location="https://docs.example.com/")
LATER = NOW + timedelta(hours=1)


def a_page(path: str, text: str) -> Page:
    return Page(path, f"{text}-{path}", text, "html", Parsed(path.title(), (Block("prose", text),)))


def a_reading(*names: str, broken: tuple[Broken, ...] = (), is_whole: bool = True) -> Reading:
    pages = {name: a_page(name, f"All about {name} stands here.") for name in names}
    return Reading(pages, broken, is_whole)


class Web:
    """What a site yields, in the place of a crawl."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.yields: Reading | Exception = a_reading()
        self.runs: list[str] = []
        self.reached = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        monkeypatch.setattr(intake, "read_source", self._read)

    async def _read(self, *_: object, run: str, **__: object) -> Reading:
        self.runs.append(run)
        self.reached.set()
        await self.may_go_on.wait()
        if isinstance(self.yields, Exception):
            raise self.yields
        return self.yields


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    return Web(monkeypatch)


async def a_site(sessions: async_sessionmaker[AsyncSession], web: Web, *names: str) -> Library:
    library = Library(sessions, WordEmbedder())
    await library.save_source("demo", SITE, name="web", every_s=3600, now=NOW)
    web.yields = a_reading(*names)
    await library.read_source("demo", "web", now=NOW)
    return library


async def paths(library: Library) -> list[str]:
    return [document.path for document in await library.documents("demo")]


async def test_a_source_removes_its_own_pages_and_nobody_elses(tmp_path: Path, web: Web) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha", "beta")
        await ingest(library, write_pages(tmp_path / "docs", {"gamma.md": "# G\n\nGamma.\n"}))
        web.yields = a_reading("alpha")
        report = await library.read_source("demo", "web", now=LATER)
        both = await paths(library)
        await library.remove_source("demo", "web", now=LATER)

        assert (report.removed, both) == (("beta",), ["alpha", "gamma"])
        assert await paths(library) == ["gamma"]
        assert "alpha" not in repr(library.find("demo", "alpha"))


async def test_two_sources_with_the_same_page_are_reported_and_the_first_keeps_it(
    tmp_path: Path, web: Web
) -> None:
    folder = write_pages(tmp_path / "docs", {"alpha.md": "# A\n\nThe folder's alpha.\n"})

    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha", "beta")
        report = await ingest(library, folder)
        kept = await library.document("demo", "alpha")

    assert [one.path for one in report.broken] == ["alpha"]
    assert "Another source" in report.broken[0].reason
    assert kept is not None
    assert kept.text == "All about alpha stands here."


async def test_what_could_not_be_had_for_the_moment_stays(tmp_path: Path, web: Web) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha", "beta", "gamma")
        late = Broken("beta", "answered 503", is_transient=True)
        web.yields = a_reading("alpha", "gamma", broken=(late,))
        report = await library.read_source("demo", "web", now=LATER)
        sources = await library.sources("demo", LATER)

        assert (report.kept, report.removed) == (("beta",), ())
        assert await paths(library) == ["alpha", "beta", "gamma"]
        assert sources[0].broken == (late,)


async def test_a_page_that_is_gone_for_good_disappears_even_when_others_fail(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha", "beta", "gamma")
        gone, late = Broken("beta", "answered 410"), Broken("gamma", "timed out", is_transient=True)
        web.yields = a_reading("alpha", "delta", broken=(gone, late), is_whole=False)
        await library.read_source("demo", "web", now=LATER)

        assert await paths(library) == ["alpha", "delta", "gamma"]


async def test_a_site_that_fails_nearly_everywhere_is_left_as_it_was_and_says_so(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha", "beta", "gamma")
        web.yields = a_reading("alpha", broken=(Broken("", "timed out", is_transient=True),))
        with pytest.raises(SourceShrunkError, match="1 of its 3 pages"):
            await library.read_source("demo", "web", now=LATER)
        source = (await library.sources("demo", LATER))[0]

        assert await paths(library) == ["alpha", "beta", "gamma"]
        assert (source.state, source.documents) == ("failed", 3)
        assert "timed out" in source.error


async def test_a_failure_waits_longer_each_time_and_a_success_returns_to_the_schedule(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha")
        waits = []
        for web.yields in (
            SourceUnreachableError("no answer"),
            SourceUnreachableError("no"),
            a_reading("alpha"),
        ):
            with contextlib.suppress(SourceUnreachableError):
                await library.read_source("demo", "web", now=LATER)
            next_at = (await library.sources("demo", LATER))[0].next_at
            assert next_at is not None
            waits.append(round((next_at - LATER).total_seconds() / 60))

    assert waits[0] < waits[1] < waits[2]


async def test_sources_are_due_by_their_schedule_and_not_while_they_are_read(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await library.save_source("demo", SITE, name="web", every_s=3600, now=NOW)
        await library.save_source("demo", SITE, name="by-hand", every_s=None, now=NOW)
        web.yields = a_reading("alpha")
        web.may_go_on.clear()
        at_first = await library.due("demo", NOW)
        reading = asyncio.create_task(library.read_source("demo", "web", now=NOW))
        await web.reached.wait()
        meanwhile = await library.due("demo", NOW)
        state = (await library.sources("demo", NOW))[1].state
        web.may_go_on.set()
        await reading
        afterwards = await library.due("demo", NOW + timedelta(minutes=50))
        in_time = await library.due("demo", NOW + timedelta(minutes=70))

    assert (at_first, meanwhile, state, afterwards, in_time) == (["web"], [], "reading", [], ["web"])


async def test_a_source_that_is_changed_while_it_is_read_is_read_again_at_once(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha")
        web.reached.clear()
        web.may_go_on.clear()
        reading = asyncio.create_task(library.read_source("demo", "web", now=LATER))
        await web.reached.wait()
        for_staff = replace(SITE, audience=("staff",))
        await library.save_source("demo", for_staff, name="web", every_s=3600, now=LATER)
        web.may_go_on.set()
        await reading

        assert await library.due("demo", LATER + timedelta(minutes=1)) == ["web"]
        await library.read_source("demo", "web", now=LATER + timedelta(minutes=1))
        assert await paths(library) == []
        assert await library.due("demo", LATER + timedelta(minutes=2)) == []


async def test_a_lease_that_can_not_be_renewed_for_a_moment_does_not_spoil_the_reading(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Held] = []

    async def renew(_session: AsyncSession, held: Held, *, now: datetime) -> None:
        tries.append(held)
        if len(tries) > 2:
            web.may_go_on.set()
            return
        raise OperationalError("UPDATE", {}, Exception(f"database is locked at {now}"))

    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha")
        web.may_go_on.clear()
        monkeypatch.setattr(schedule, "LEASE", timedelta(milliseconds=40))
        monkeypatch.setattr(schedule, "renew", renew)
        web.yields = a_reading("alpha", "beta")
        report = await asyncio.wait_for(library.read_source("demo", "web", now=LATER), 10)

    assert report.added == ("beta",)
    assert len(tries) >= 3


async def test_a_file_that_the_disk_does_not_give_keeps_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pages(tmp_path / "docs", {"guides/a.md": "# A\n\nA.\n", "b.md": "# B\n\nB.\n"})
    read_bytes = Path.read_bytes

    def failing(file: Path) -> bytes:
        if file.name == "a.md":
            raise OSError(5, "Input/output error")
        return read_bytes(file)

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, folder)
        monkeypatch.setattr(Path, "read_bytes", failing)
        (folder / "b.md").unlink()
        report = await ingest(library, folder)

    assert (report.kept, report.removed) == (("guides/a",), ("b",))
    assert "Input/output error" in report.broken[0].reason


async def test_a_failing_embedder_is_named_as_the_reason(tmp_path: Path) -> None:
    class Failing(WordEmbedder):
        def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
            raise EmbedderFailedError(f"the endpoint failed for {len(texts)} texts; check its key")

    folder = write_pages(tmp_path / "docs", {"a.md": "# A\n\nWords.\n"})

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, Failing())
        with pytest.raises(EmbedderFailedError, match="check its key"):
            await library.put_document("demo", PutDocument("a", "A", "Words."), now=NOW)
        with pytest.raises(EmbedderFailedError, match="check its key"):
            await ingest(library, folder)
        told = {one.name: one.error for one in await library.sources("demo")}

    assert told["files"] == "the endpoint failed for 1 texts; check its key"


async def test_a_second_reader_is_told_to_wait_and_a_dead_ones_lease_runs_out(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        first, second = (Library(sessions, WordEmbedder()) for _ in range(2))
        await first.save_source("demo", SITE, name="web", every_s=None, now=NOW)
        web.yields = a_reading("alpha")
        web.may_go_on.clear()
        hung = asyncio.create_task(first.read_source("demo", "web", now=NOW))
        await web.reached.wait()
        with pytest.raises(SourceBusyError):
            await second.read_source("demo", "web", now=NOW + timedelta(seconds=30))
        web.may_go_on.set()
        report = await second.read_source("demo", "web", now=NOW + timedelta(minutes=5))

        # The first one wakes up after it was given up: it must not save over the second.
        with pytest.raises(SourceBusyError, match="taken over"):
            await hung
        assert report.added == ("alpha",)
        assert web.runs[0] == web.runs[1], "the second goes on with the run that the first began"


async def test_a_reading_that_is_stopped_leaves_everything_and_the_next_goes_on_with_its_run(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha")
        web.may_go_on.clear()
        web.reached.clear()
        stopped = asyncio.create_task(library.read_source("demo", "web", now=LATER))
        await web.reached.wait()
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        web.may_go_on.set()
        web.yields = a_reading("alpha", "beta")
        await library.read_source("demo", "web", now=LATER)

        assert await paths(library) == ["alpha", "beta"]
        assert web.runs[1] == web.runs[2] != web.runs[0]


async def test_labels_of_the_source_change_its_pages_although_their_bytes_did_not(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = await a_site(sessions, web, "alpha")
        spec = replace(SITE, audience=("staff",), owner="support", expires_after_days=30)
        await library.save_source("demo", spec, name="web", every_s=None, now=LATER)
        report = await library.read_source("demo", "web", now=LATER)
        page = await library.document("demo", "alpha", audience=("staff",))

        assert report.changed == ("alpha",)
        assert page is not None
        assert (page.audience, page.owner) == (("staff",), "support")
        assert page.expires is not None
        assert page.expires.date() == (LATER + timedelta(days=30)).date()
        assert library.find("demo", "alpha", now=LATER) == []


async def test_a_source_read_by_hand_is_read_once_more_when_its_audience_changes(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        web.yields = a_reading("alpha")

        async def save(spec: SourceSpec) -> list[str]:
            await library.save_source("demo", spec, name="web", every_s=None, now=NOW)
            return await library.due("demo", NOW)

        never_read = await save(replace(SITE, audience=("partners",)))
        await library.read_source("demo", "web", now=NOW)
        renamed = await save(replace(SITE, audience=("partners",), owner="support"))
        narrowed = await save(replace(SITE, audience=("staff",)))
        and_renamed = await save(replace(SITE, audience=("staff",), owner="support"))
        await library.read_source("demo", "web", now=NOW)
        after = await library.due("demo", LATER)

    assert (never_read, renamed) == ([], [])
    assert (narrowed, and_renamed) == (["web"], ["web"])
    assert after == []


async def test_an_audience_that_changes_during_a_reading_by_hand_makes_it_due_again(
    tmp_path: Path, web: Web
) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await library.save_source("demo", SITE, name="web", every_s=None, now=NOW)
        web.yields = a_reading("alpha")
        web.may_go_on.clear()
        reading = asyncio.create_task(library.read_source("demo", "web", now=NOW))
        await web.reached.wait()
        await library.save_source(
            "demo", replace(SITE, audience=("staff",)), name="web", every_s=None, now=NOW
        )
        web.may_go_on.set()
        await reading
        after = await library.due("demo", LATER)

    assert after == ["web"]


async def test_a_put_document_is_found_at_once_and_putting_it_again_changes_nothing(tmp_path: Path) -> None:
    body = PutDocument(
        "billing/refunds", "Refunds", "We refund within 30 days.", owner="billing", language="en"
    )

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        made = await library.put_document("demo", body, now=NOW)
        first = library.generation("demo")
        await library.put_document("demo", body, now=LATER)
        found = library.find("demo", "refund", now=LATER)
        source = (await library.sources("demo", LATER))[0]

        assert (made.owner, made.language, made.source_id) == ("billing", "en", source.id)
        assert [one.passage.text for one in found] == ["We refund within 30 days."]
        assert (library.generation("demo"), source.name, source.documents) == (first, "pushed", 1)


async def test_a_deleted_document_is_gone_from_answers_at_once(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await library.put_document("demo", PutDocument("a", "A", "Alpha is blue."), now=NOW)
        done = [await library.delete_document("demo", "a", now=NOW) for _ in range(2)]

        assert done == [True, False]
        assert library.find("demo", "alpha", now=NOW) == []


async def test_a_page_of_a_folder_can_neither_be_put_nor_deleted(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, write_pages(tmp_path / "docs", {"a.md": "# A\n\nAlpha.\n"}))
        with pytest.raises(DocumentTakenError):
            await library.put_document("demo", PutDocument("a", "A", "Beta."), now=NOW)
        with pytest.raises(DocumentTakenError):
            await library.delete_document("demo", "a", now=NOW)

        assert [one.text for one in await library.documents("demo")] == ["Alpha."]


async def test_an_expired_page_is_not_found_answered_or_remembered(tmp_path: Path) -> None:
    body = PutDocument("offer", "Offer", "The spring offer costs 9 EUR per seat.", expires=LATER)
    question = "What does the spring offer cost?"

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await library.put_document("demo", body, now=NOW)
        before = library.answer("demo", question, now=NOW)
        found = library.find("demo", question, now=LATER)
        after = library.answer("demo", question, now=LATER)
        again = library.answer("demo", question, now=NOW)

    assert [one.passage.text for one in before.found] == ["The spring offer costs 9 EUR per seat."]
    assert (found, after.found, after.nearest, after.citations) == ([], (), (), ())
    assert again.found == before.found


async def test_a_changed_document_can_not_be_cited_although_the_index_in_memory_is_old(
    tmp_path: Path,
) -> None:
    async with a_database(tmp_path) as sessions:
        here, there = Library(sessions, WordEmbedder()), Library(sessions, WordEmbedder())
        for path, text in (
            ("a", "Team costs 12 EUR."),
            ("b", "Team has 50 seats."),
            ("c", "Team is for crews."),
        ):
            await here.put_document("demo", PutDocument(path, path.upper(), text, expires=None), now=NOW)
        await there.refresh("demo")
        old = there.answer("demo", "team", now=NOW)
        async with sessions() as session:
            nothing = await there.still_current(session, "demo", old, NOW)
        await here.put_document("demo", PutDocument("a", "A", "Team costs 13 EUR."), now=NOW)
        await here.delete_document("demo", "b", now=NOW)
        await here.put_document("demo", PutDocument("c", "C", "Team is for crews.", expires=LATER), now=NOW)
        async with sessions() as session:
            stale = await there.still_current(session, "demo", old, NOW)
        left = there.answer("demo", "team", now=NOW, without=stale)

    assert nothing == frozenset()
    assert stale == {one.passage.document_id for one in old.found}
    assert len(stale) == 3
    assert (left.found, left.nearest) == ((), ())


@pytest.mark.parametrize("audience", [("public",), ("staff",)])
async def test_a_replacing_page_that_is_over_deleted_or_private_by_now_is_not_named(
    tmp_path: Path, audience: tuple[str, ...]
) -> None:
    question = "How many seats has the Team plan?"
    old = PutDocument("old", "Old plans", "---\nsuperseded_by: new\n---\n\nThe Team plan has 50 seats.")
    new = PutDocument("new", "New plans", "Zebras roam here.", expires=LATER)

    async with a_database(tmp_path) as sessions:
        here, there = Library(sessions, WordEmbedder()), Library(sessions, WordEmbedder())
        for body in (new, old):
            await here.put_document("demo", body, now=NOW)
        await there.refresh("demo")
        named = await _successors(there, sessions, question, NOW)
        over = await _successors(there, sessions, question, LATER)
        await here.put_document("demo", replace(new, audience=audience, expires=None, title="X"), now=NOW)
        changed = await _successors(there, sessions, question, NOW)
        await here.delete_document("demo", "new", now=NOW)
        gone = await _successors(there, sessions, question, NOW)

    assert (named, over, changed, gone) == ({"New plans"}, set(), set(), set())


async def _successors(
    library: Library, sessions: async_sessionmaker[AsyncSession], question: str, now: datetime
) -> set[str]:
    """Titles of the newer pages that a turn would name."""
    answer = library.answer("demo", question, now=now)
    assert answer.citations
    # The page is found by nothing in the question: only the note can name it.
    answer = replace(answer, found=answer.found[:1])
    async with sessions() as session:
        stale = await library.still_current(session, "demo", answer, now)
    answer = library.answer("demo", question, now=now, without=stale)
    return {one.superseded_by.title for one in answer.citations if one.superseded_by}


async def test_answers_whose_pages_changed_went_or_expired_are_listed(tmp_path: Path) -> None:
    pages = {"a": "Team costs 12 EUR.", "b": "Team has 50 seats.", "c": "Team ends.", "d": "Team is fine."}

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        for path, text in pages.items():
            ends = LATER if path == "c" else None
            await library.put_document("demo", PutDocument(path, path.upper(), text, expires=ends), now=NOW)
        approvals = [await _cite(library, path, text) for path, text in pages.items()]
        async with sessions.begin() as session:
            for number, answer in enumerate(approvals):
                await library.note_cited(
                    session, "demo", message_id=f"m{number}", conversation_id="c", question=f"q{number}",
                    answer=answer, now=NOW + timedelta(minutes=number),
                )  # fmt: skip
        nothing = await library.outdated("demo", now=NOW)
        await library.put_document("demo", PutDocument("a", "A", "Team costs 13 EUR."), now=NOW)
        await library.delete_document("demo", "b", now=NOW)
        await library.put_document("demo", PutDocument("d", "D", "Team is fine. And big."), now=NOW)
        found = {one.message_id: one for one in await library.outdated("demo", now=LATER)}
        worst = await library.outdated("demo", now=LATER, limit=3)
        elsewhere = await library.outdated("other", now=LATER)

    assert (nothing, elsewhere) == ([], [])
    assert [one.message_id for one in worst] == ["m2", "m1", "m0"]
    assert {name: (one.why, one.still_stands) for name, one in found.items()} == {
        "m0": ("changed", False),
        "m1": ("gone", False),
        "m2": ("expired", False),
        "m3": ("changed", True),
    }
    assert (found["m0"].question, found["m0"].quote) == ("q0", "Team costs 12 EUR.")


async def _cite(library: Library, path: str, quote: str) -> Answer:
    await library.approve(
        "demo", Approval(f"{path} {quote}", quote, (CitedSpan(path, quote),)), by="x", now=NOW
    )
    return library.answer("demo", f"{path} {quote}", now=NOW)


async def test_the_page_that_replaces_another_is_known_whichever_of_them_says_so(tmp_path: Path) -> None:
    pages = {
        "old.md": "# Old\n\nOld words.\n",
        "new.md": "---\nsupersedes: old\n---\n\n# New\n\nNew words.\n",
        "older.md": "---\nsuperseded_by: /old\n---\n\n# Older\n\nOlder words.\n",
        "lost.md": "---\nsuperseded_by: nowhere\n---\n\n# Lost\n\nLost words.\n",
    }

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, write_pages(tmp_path / "docs", pages))
        told = {one.path: one.superseded_by for one in await library.documents("demo")}
        one = await library.document("demo", "old")

    assert told == {"old": "new", "new": "", "older": "old", "lost": ""}
    assert one is not None
    assert one.superseded_by == "new"


async def test_the_language_is_what_the_page_says_or_else_its_words(tmp_path: Path) -> None:
    german = (
        "Die Einsatzplanung verteilt Aufträge auf Teams und zeigt, wer wann wohin fährt und was zu tun ist. "
        * 4
    )

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await library.put_document("demo", PutDocument("a", "A", german), now=NOW)
        await library.put_document("demo", PutDocument("b", "B", german, language="gsw"), now=NOW)
        await library.put_document("demo", PutDocument("c", "C", "Kurz."), now=NOW)

        assert [one.language for one in await library.documents("demo")] == ["de", "gsw", ""]
