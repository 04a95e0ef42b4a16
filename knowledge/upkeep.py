"""What goes into a site's knowledge and what became of it: sources, documents, reviewed answers, gaps, citations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import approved, cited, gaps, schedule, store
from knowledge.forgetting import forget_old
from knowledge.gaps import GapCluster
from knowledge.intake import Condition, Intake, any_version
from knowledge.placing import place_gaps
from knowledge.ports import Also, Embedder
from knowledge.schedule import Source
from knowledge.sources.reading import Web
from knowledge.sources.spec import SourceSpec
from knowledge.values import (
    PUBLIC,
    Answer,
    Approval,
    Approved,
    Document,
    IngestReport,
    OnProgress,
    OutdatedAnswer,
    Progress,
    PutDocument,
)


class Upkeep(ABC):
    """The half of the library that changes and lists; the other half finds and answers."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        embedder: Embedder,
        readers: async_sessionmaker[AsyncSession] | None,
        web: Web | None = None,
    ) -> None:
        self._sessions = sessions
        self._readers = readers or sessions
        self._ingesting = embedder
        self._intake = Intake(sessions, embedder, approved.follow_documents, web)

    @abstractmethod
    async def refresh(self, site: str) -> int:
        """Brings what was changed into memory."""

    async def ingest(
        self,
        site: str,
        paths: Sequence[Path],
        *,
        base_url: str,
        now: datetime,
        progress: OnProgress | None = None,
    ) -> IngestReport:
        """Makes the pages of the source `files` exactly what the folders and files hold, and answers from them at once.

        Only what changed is read into passages and embedded; pages that are gone disappear; a broken file is
        reported, its page is left out, and the rest goes on. Readers see the old or the new generation.
        """
        report = await self._intake.ingest(site, paths, base_url=base_url, now=now, tell=progress or _silent)
        await self.refresh(site)
        return report

    async def save_source(
        self,
        site: str,
        spec: SourceSpec,
        *,
        name: str,
        every_s: int | None,
        now: datetime,
        also: Also | None = None,
    ) -> Source:
        """Adds a source, or changes the one of that name; one with a schedule is due at once."""
        return await self._intake.save_source(site, spec, name=name, every_s=every_s, now=now, also=also)

    async def sources(self, site: str, now: datetime | None = None) -> list[Source]:
        """By name; `now` tells which are being read."""
        async with self._readers() as session:
            return await schedule.all_sources(session, site, now or datetime.now(UTC))

    async def remove_source(self, site: str, name: str, *, now: datetime, also: Also | None = None) -> None:
        """Forgets a source; its pages disappear from answers at once."""
        await self._intake.remove_source(site, name, now=now, also=also)
        await self.refresh(site)

    async def read_source(
        self, site: str, name: str, *, now: datetime, progress: OnProgress | None = None
    ) -> IngestReport:
        """Reads a source under a lease and answers from it; raises `SourceBusyError` when another process reads it."""
        report = await self._intake.read(site, name, now=now, tell=progress or _silent)
        await self.refresh(site)
        return report

    async def due(self, site: str, now: datetime) -> list[str]:
        """Names of the sources whose time has come and that nobody reads, the longest waiting first."""
        async with self._readers() as session:
            return await schedule.due(session, site, now)

    async def put_document(
        self,
        site: str,
        body: PutDocument,
        *,
        now: datetime,
        condition: Condition = any_version,
        also: Also | None = None,
    ) -> Document:
        """Makes the page at a path what the body says, and answers from it at once.

        `condition` is told the version that would be written over, None when there is none, and raises to prevent it.
        """
        document = await self._intake.put(site, body, now=now, condition=condition, also=also)
        await self.refresh(site)
        return document

    async def delete_document(
        self,
        site: str,
        path: str,
        *,
        now: datetime,
        condition: Condition = any_version,
        also: Also | None = None,
    ) -> bool:
        """Takes a document that was put out of answers at once; False when there is none at the path."""
        done = await self._intake.delete(site, path, now=now, condition=condition, also=also)
        await self.refresh(site)
        return done

    async def document(self, site: str, path: str, *, audience: Sequence[str] = (PUBLIC,)) -> Document | None:
        """The page at a path, when this audience may see it."""
        async with self._readers() as session:
            found = await store.document_at(session, site, path.strip("/"))
        return found if found and _may_see(found, audience) else None

    async def documents(self, site: str, *, audience: Sequence[str] = (PUBLIC,)) -> list[Document]:
        """Every page that this audience may see, by path."""
        async with self._readers() as session:
            found = await store.all_documents(session, site)
        return [document for document in found if _may_see(document, audience)]

    async def still_current(
        self, session: AsyncSession, site: str, answer: Answer, now: datetime
    ) -> frozenset[str]:
        """Ids of documents that the answer cites or names and that are gone, changed or expired by the database."""
        return await cited.still_current(session, site, answer, now)

    async def note_cited(
        self,
        session: AsyncSession,
        site: str,
        *,
        message_id: str,
        conversation_id: str,
        question: str,
        answer: Answer,
        now: datetime,
    ) -> None:
        """Keeps what an answer cites, in the transaction that saves the answer; `question` is redacted."""
        await cited.note_cited(
            session,
            site,
            message_id=message_id,
            conversation_id=conversation_id,
            question=question,
            answer=answer,
            now=now,
        )

    async def outdated(self, site: str, *, now: datetime, limit: int = 100) -> list[OutdatedAnswer]:
        """Answers given earlier that cite what is no longer so."""
        async with self._readers() as session:
            return await cited.outdated(session, site, now=now, limit=limit)

    async def approve(
        self,
        site: str,
        approval: Approval,
        *,
        by: str,
        now: datetime,
        instead_of: str = "",
        also: Also | None = None,
    ) -> Approved:
        """Gives this answer to its question from now on; raises `ApprovalError` when a quote does not stand.

        `instead_of` is the id of the one that it replaces: either both happens or neither.
        """
        async with self._sessions.begin() as session:
            made = await approved.approve(session, site, approval, by=by, now=now)
            if instead_of:
                await approved.retire(session, site, instead_of, by=by, now=now)
            await _with(also, session)
        await self.refresh(site)
        return made

    async def approved(self, site: str, *, now: datetime | None = None) -> list[Approved]:
        """Those that need somebody (`stale`) first, then the latest; without the retired."""
        async with self._readers() as session:
            return await approved.all_approved(session, site, now or datetime.now(UTC))

    async def retire(
        self, site: str, approved_id: str, *, by: str, now: datetime, also: Also | None = None
    ) -> bool:
        """Stops giving it; False when there is none of that id."""
        async with self._sessions.begin() as session:
            done = await approved.retire(session, site, approved_id, by=by, now=now)
            await _with(also if done else None, session)
        await self.refresh(site)
        return done

    async def place_gaps(self, site: str) -> None:
        """Puts the latest gaps to those that ask for the same; a server does it in the background."""
        await place_gaps(self._sessions, self._ingesting, site)

    async def gaps(self, site: str, limit: int = 100, *, place: bool = True) -> list[GapCluster]:
        """What the documents did not answer, put together by meaning, the most wanted first.

        `place=False` only reads: what nobody placed yet stands by itself.
        """
        if place:
            await self.place_gaps(site)
        async with self._readers() as session:
            return await gaps.clusters(session, site, limit)

    async def close_gap(
        self,
        site: str,
        gap_id: str,
        *,
        by: str,
        how: str,
        what: str = "",
        now: datetime,
        also: Also | None = None,
    ) -> bool:
        """Marks a cluster of gaps as dealt with: `how` is `document`, `approved` or `dismissed`, `what` names it."""
        async with self._sessions.begin() as session:
            done = await gaps.close_gap(session, site, gap_id, by=by, how=how, what=what, now=now)
            await _with(also if done else None, session)
        return done

    async def forget_old(self, site: str, now: datetime) -> None:
        """Deletes what answers cited, and gaps that were closed, more than 400 days ago; a server does it by itself."""
        async with self._sessions.begin() as session:
            await forget_old(session, site, now)


def _may_see(document: Document, audience: Sequence[str]) -> bool:
    return not {PUBLIC, *audience}.isdisjoint(document.audience)


async def _with(also: Also | None, session: AsyncSession) -> None:
    if also is not None:
        await also(session)


def _silent(_: Progress) -> None:
    pass
