"""Makes a source's documents what the source holds: prepares what changed, embeds what is new, switches at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import schedule, store
from knowledge.chunking import index_text
from knowledge.embedding import Embedded, embed_missing
from knowledge.errors import SourceShrunkError
from knowledge.ports import Embedder
from knowledge.preparing import digest_of, prepare_all, with_languages
from knowledge.rows import Prepared
from knowledge.schedule import Held
from knowledge.sources.pages import Page, Reading
from knowledge.store import Stored
from knowledge.values import Broken, IngestReport, OnProgress, Progress

_SPEAKS = "Speaks to machines"
_FEWER = 0.5
"""A site that yields less than this share of its pages while it fails is not believed."""


AfterSave = Callable[[AsyncSession, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What an ingest works with."""

    sessions: async_sessionmaker[AsyncSession]
    embedder: Embedder
    clock: Callable[[], datetime]
    tell: OnProgress
    after_save: AfterSave
    """Follows the documents in the same transaction: what rests on a document that changed."""


async def take_in(bench: Bench, held: Held, reading: Reading, *, started: float) -> IngestReport:
    """Makes the source's documents what the reading holds."""
    async with bench.sessions() as session:
        known = await store.stored_pages(session, held.site)
        told_before = await schedule.broken_of(session, held)
    plan = _plan(known, held, reading)
    plan = replace(plan, broken=(*plan.broken, *_still_spoken(told_before, plan.unchanged)))
    prepared = await asyncio.to_thread(prepare_all, held.site, held.id, held.spec, plan.fresh, bench.clock())
    done, prepared = await asyncio.gather(
        embed_prepared(
            bench.sessions, bench.embedder, held.site, prepared, now=bench.clock(), tell=bench.tell
        ),
        asyncio.to_thread(with_languages, prepared),
    )
    bench.tell(Progress("saving", 0, 1))
    number = await _save(bench, held, prepared, plan)
    bench.tell(Progress("saving", 1, 1))
    fresh = {page.path for page in plan.fresh}
    return IngestReport(
        generation=number,
        added=tuple(sorted(fresh - set(known))),
        changed=tuple(sorted(fresh & set(known))),
        unchanged=tuple(sorted(plan.unchanged)),
        removed=tuple(sorted(plan.gone)),
        broken=(*plan.broken, *_spoken_to_machines(prepared)),
        passages=sum(len(one.passages) for one in prepared),
        embedded=done.count,
        embedding_s=round(done.busy_s, 3),
        took_s=round(time.perf_counter() - started, 3),
        kept=tuple(sorted(plan.kept)),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    fresh: list[Page]
    unchanged: list[str]
    gone: dict[str, str]
    """Ids by path."""
    kept: list[str]
    broken: tuple[Broken, ...]


def owns(held: Held, stored: Stored) -> bool:
    """Documents from before there were sources are those that `frontdesk ingest` read."""
    return stored.source_id == held.id or (not stored.source_id and held.name == schedule.FILES)


def _plan(known: Mapping[str, Stored], held: Held, reading: Reading) -> _Plan:
    ours = {path: one for path, one in known.items() if owns(held, one)}
    broken = list(reading.broken)
    fresh: list[Page] = []
    unchanged: list[str] = []
    for path, page in reading.pages.items():
        if path in known and path not in ours:
            broken.append(Broken(path, _taken(path)))
        elif path in ours and (known[path].digest, known[path].source_id) == (
            digest_of(page, held.spec),
            held.id,
        ):
            unchanged.append(path)
        else:
            fresh.append(page)
    missing = sorted(set(ours) - set(reading.pages))
    kept = _to_keep(missing, ours, reading)
    gone = {path: ours[path].id for path in missing if path not in kept}
    _refuse_to_shrink(held, reading, before=len(ours), after=len(fresh) + len(unchanged))
    return _Plan(fresh, unchanged, gone, sorted(kept), tuple(broken))


def _to_keep(missing: list[str], ours: Mapping[str, Stored], reading: Reading) -> set[str]:
    """Pages that could not be had for the moment stay; so does all that was not seen, when the way there was cut."""
    passing = {one.path for one in reading.broken if one.is_transient}
    lasting = {one.path for one in reading.broken if not one.is_transient}

    def stays(path: str) -> bool:
        names = {path, ours[path].url}
        if names & passing:
            return True
        return not reading.is_whole and not names & lasting

    return {path for path in missing if stays(path)}


def _refuse_to_shrink(held: Held, reading: Reading, *, before: int, after: int) -> None:
    if held.spec.kind not in {"site", "feed"} or not before:
        return
    failing = not reading.is_whole or any(one.is_transient for one in reading.broken)
    if after == 0 or (failing and after < before * _FEWER):
        first = reading.broken[0].reason if reading.broken else "nothing else went wrong"
        raise SourceShrunkError(
            f"source {held.name!r}: only {after} of its {before} pages could be had, so all were left as they were"
            f" ({first}); look whether {held.spec.location} is up, then read it again"
        )


def _taken(path: str) -> str:
    return f"Another source has the page {path!r} already: rename one of them, or leave it out of one source"


def _still_spoken(before: Sequence[Broken], unchanged: Sequence[str]) -> list[Broken]:
    """What was said of pages that are as they were; nobody looks into those again."""
    return [one for one in before if one.reason.startswith(_SPEAKS) and one.path in set(unchanged)]


def _spoken_to_machines(prepared: Sequence[Prepared]) -> list[Broken]:
    """The pages stay, without those sentences; somebody should look who wrote them."""
    return [
        Broken(
            one.document.path,
            f"{_SPEAKS} that read it; {len(one.removed)} such sentences were left out, the first of them "
            f"{one.removed[0][:120]!r}: look who wrote it",
        )
        for one in prepared
        if one.removed
    ]


async def embed_prepared(
    sessions: async_sessionmaker[AsyncSession],
    embedder: Embedder,
    site: str,
    prepared: Sequence[Prepared],
    *,
    now: datetime,
    tell: OnProgress | None = None,
) -> Embedded:
    """Embeds the passages whose texts are new."""
    texts = {
        text_hash: index_text(one.document.title, passage)
        for one in prepared
        for passage, text_hash in zip(one.passages, one.hashes, strict=True)
    }
    try:
        return await embed_missing(sessions, embedder, site, texts, now=now, tell=tell or (lambda _: None))
    except ExceptionGroup as group:
        # Callers and operators are told what went wrong, not that it did so beside something else.
        raise group.exceptions[0] from group


async def _save(bench: Bench, held: Held, prepared: list[Prepared], plan: _Plan) -> int:
    """The new generation and the end of the reading in one transaction, if the source is still ours."""
    moment = bench.clock()
    async with bench.sessions.begin() as session:
        number = await store.lock_generation(session, held.site, moment)
        await schedule.renew(session, held, now=moment)
        # Another source may have brought one of these pages since the plan was made.
        known = await store.stored_pages(session, held.site)
        taken = {path for path, one in known.items() if not owns(held, one)}
        saved = [one for one in prepared if one.document.path not in taken]
        late = [
            Broken(path, _taken(path)) for path in sorted(taken & {one.document.path for one in prepared})
        ]
        if saved or plan.gone or not number:
            number = await store.save_generation(session, held.site, saved, list(plan.gone.values()), moment)
            await bench.after_save(session, held.site)
        await schedule.finish(
            session, held, [*plan.broken, *_spoken_to_machines(prepared), *late], now=moment
        )
    return number
