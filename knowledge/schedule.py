"""Sources as rows: when each is read again, and the lease that keeps two processes from reading one at once."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from knowledge.errors import SourceBusyError, SourceSpecError, SourceUnknownError
from knowledge.sources.spec import SourceSpec, spec_from
from knowledge.store import add_missing
from knowledge.tables import DocumentRow, FetchRow, SourceRow
from knowledge.values import Broken

FILES = "files"
"""What `frontdesk ingest` reads; the documents from before there were sources are its own."""
PUSHED = "pushed"
"""What other systems put by themselves."""
LEASE = timedelta(seconds=60)
"""A process that dies frees its source after this; one that lives renews in time."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_RESUMES_FOR = timedelta(hours=6)
"""An interrupted reading older than this is begun anew: what it fetched then may be stale."""
_FIRST_RETRY_S = 60
_LAST_RETRY_S = 6 * 3600

SourceState = Literal["new", "reading", "fine", "failed"]


@dataclass(frozen=True, slots=True)
class Source:
    """A source as operators see it."""

    id: str
    name: str
    spec: SourceSpec
    every_s: int | None
    """Nothing: it is read when somebody asks for it."""
    state: SourceState
    last_at: datetime | None
    """The last reading that ended, well or not."""
    next_at: datetime | None
    error: str
    documents: int
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A source that this process reads now and nobody else does."""

    id: str
    site: str
    name: str
    spec: SourceSpec
    run: str
    lease: str


async def save(
    session: AsyncSession, site: str, spec: SourceSpec, *, name: str, every_s: int | None, now: datetime
) -> None:
    """Adds the source or changes it; a scheduled one is due at once, one that is not when others may read it now.

    The caller commits.
    """
    if not _NAME.fullmatch(name):
        raise SourceSpecError(
            f"name: {name!r} is not a name: use small letters, digits, dots and dashes, such as docs"
        )
    if every_s is not None and (every_s < 60 or spec.kind == "pushed"):
        what = "what others push is not read" if spec.kind == "pushed" else f"{every_s} s is too often"
        raise SourceSpecError(f"every_s: {what}: leave it out, or name 60 seconds or more")
    due_at = now if every_s is not None else None
    fresh: dict[str, Any] = {
        "id": str(uuid7()),
        "site": site,
        "name": name,
        "spec": spec.values(),
        "every_s": every_s,
        "state": "new",
        "error": "",
        "broken": [],
        "failures": 0,
        "last_at": None,
        "next_at": due_at,
        "run": "",
        "lease": "",
        "lease_until": None,
    }
    await add_missing(session, SourceRow, [fresh])
    row = await session.scalar(select(SourceRow).where(SourceRow.site == site, SourceRow.name == name))
    if row is not None and (row.spec != fresh["spec"] or row.every_s != every_s):
        # What an interrupted reading fetched may lie outside the new bounds: it is begun anew.
        due_at = now if _is_to_be_relabelled(row, fresh["spec"]) else due_at
        row.spec, row.every_s, row.next_at, row.failures, row.run = fresh["spec"], every_s, due_at, 0, ""
        await session.flush()


def _is_to_be_relabelled(row: SourceRow, spec: Mapping[str, Any]) -> bool:
    """Whether pages show an audience that the source no longer has: that can not wait until somebody asks."""
    if row.name == FILES or spec["kind"] == "pushed":
        return False
    is_waiting = row.every_s is None and row.next_at is not None
    return is_waiting or (row.last_at is not None and _audience(row.spec) != _audience(spec))


def _audience(spec: Mapping[str, Any]) -> list[str]:
    return sorted(spec.get("audience") or ())


async def all_sources(session: AsyncSession, site: str, now: datetime | None = None) -> list[Source]:
    """By name. `now` tells which are being read."""
    counted = select(DocumentRow.source_id, func.count()).where(DocumentRow.site == site)
    counts = dict((await session.execute(counted.group_by(DocumentRow.source_id))).tuples().all())
    rows = await session.scalars(select(SourceRow).where(SourceRow.site == site).order_by(SourceRow.name))
    return [
        _source(row, counts.get(row.id, 0) + (counts.get("", 0) if row.name == FILES else 0), now)
        for row in rows
    ]


def _source(row: SourceRow, documents: int, now: datetime | None) -> Source:
    is_read = bool(row.lease) and row.lease_until is not None and (now is None or row.lease_until > now)
    state: SourceState = "reading" if is_read else cast("SourceState", row.state)
    broken = tuple(Broken(*fields) for fields in row.broken)
    return Source(
        id=row.id,
        name=row.name,
        spec=spec_from(row.spec),
        every_s=row.every_s,
        state=state,
        last_at=row.last_at,
        next_at=row.next_at,
        error=row.error,
        documents=documents,
        broken=broken,
    )


async def due(session: AsyncSession, site: str, now: datetime) -> list[str]:
    """Names of the sources whose time has come and that nobody reads, the longest waiting first."""
    wanted = (
        select(SourceRow.name)
        .where(SourceRow.site == site, SourceRow.next_at <= now, _is_free(now))
        .order_by(SourceRow.next_at, SourceRow.name)
    )
    return list(await session.scalars(wanted))


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(SourceRow.lease == "", SourceRow.lease_until.is_(None), SourceRow.lease_until <= now)


async def source_id(session: AsyncSession, site: str, name: str) -> str:
    """Of a source by name; raises `SourceUnknownError`."""
    wanted = select(SourceRow.id).where(SourceRow.site == site, SourceRow.name == name)
    found = await session.scalar(wanted)
    if found is None:
        raise SourceUnknownError(f"site {site!r} has no source {name!r}: list its sources, or add this one")
    return found


async def take(session: AsyncSession, site: str, name: str, *, lease: str, now: datetime) -> Held:
    """The source for this process alone, until `LEASE` is over; raises `SourceBusyError` when another has it."""
    one = (SourceRow.site == site, SourceRow.id == await source_id(session, site, name))
    row = await session.scalar(select(SourceRow).where(*one).with_for_update())
    if row is None or (row.lease and row.lease_until is not None and row.lease_until > now):
        raise SourceBusyError(f"source {name!r} of site {site!r} is being read by another process: try later")
    died_at = row.lease_until
    resumes = bool(row.run) and died_at is not None and now - died_at < _RESUMES_FOR
    row.run = row.run if resumes else lease
    row.lease, row.lease_until = lease, now + LEASE
    await session.flush()
    return Held(row.id, site, name, spec_from(row.spec), row.run, lease)


async def broken_of(session: AsyncSession, held: Held) -> tuple[Broken, ...]:
    """What was wrong with single pages at the last reading that went well."""
    row = await session.scalar(select(SourceRow).where(*_mine(held)))
    return tuple(Broken(*fields) for fields in row.broken) if row is not None else ()


async def renew(session: AsyncSession, held: Held, *, now: datetime) -> None:
    """Says that this process is alive; raises `SourceBusyError` when the source was taken over meanwhile."""
    renewing = update(SourceRow).where(*_mine(held)).values(lease_until=now + LEASE)
    if (await session.execute(renewing.returning(SourceRow.id))).scalar_one_or_none() is None:
        raise SourceBusyError(
            f"source {held.name!r} of site {held.site!r} was taken over by another process: nothing was saved"
        )


def _mine(held: Held) -> tuple[ColumnElement[bool], ...]:
    return (SourceRow.site == held.site, SourceRow.id == held.id, SourceRow.lease == held.lease)


async def finish(session: AsyncSession, held: Held, broken: Sequence[Broken], *, now: datetime) -> None:
    """The reading went well: free for the next, which comes after the source's own time."""
    row = await session.scalar(select(SourceRow).where(*_mine(held)))
    if row is None:
        return
    row.state, row.error, row.failures, row.run, row.lease, row.lease_until = "fine", "", 0, "", "", None
    row.broken = [[one.path, one.reason, one.is_transient] for one in broken]
    row.last_at = now
    row.next_at = next_time(row.id, row.every_s, 0, now)
    is_changed = row.spec != held.spec.values()
    if is_changed and (row.every_s is not None or _is_to_be_relabelled(row, held.spec.values())):
        # Changed meanwhile: what was saved has the labels and bounds of before.
        row.next_at = now
    await session.flush()


async def fail(session: AsyncSession, held: Held, error: str, *, now: datetime) -> None:
    """The reading failed: tried again soon, then later and later."""
    row = await session.scalar(select(SourceRow).where(*_mine(held)))
    if row is None:
        return
    row.state, row.error, row.run, row.lease, row.lease_until = "failed", error, "", "", None
    row.failures += 1
    row.last_at = now
    row.next_at = next_time(row.id, row.every_s, row.failures, now)
    await session.flush()


async def let_go(session: AsyncSession, held: Held, *, now: datetime) -> None:
    """The reading was interrupted: whoever reads next goes on where it stopped."""
    await session.execute(update(SourceRow).where(*_mine(held)).values(lease="", lease_until=now))


def next_time(source: str, every_s: int | None, failures: int, now: datetime) -> datetime | None:
    """When to read again: spread by up to a tenth, so that sources added together do not come due together."""
    if every_s is None:
        return None
    wait = min(_FIRST_RETRY_S * 2 ** (failures - 1), _LAST_RETRY_S) if failures else every_s
    spread = zlib.crc32(f"{source} {now.isoformat()}".encode()) / 2**32
    return now + timedelta(seconds=wait * (0.95 + 0.1 * spread))


async def remove(session: AsyncSession, site: str, name: str) -> str:
    """Forgets the source and its fetches; returns its id. Its documents are the caller's to remove."""
    found = await source_id(session, site, name)
    await session.execute(delete(FetchRow).where(FetchRow.site == site, FetchRow.source_id == found))
    await session.execute(delete(SourceRow).where(SourceRow.site == site, SourceRow.id == found))
    return found
