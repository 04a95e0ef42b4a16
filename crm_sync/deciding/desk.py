"""The part of the ledger where people decide: approve, correct, reject, take back, hand on; and what that teaches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import uuid_utils
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync import rows
from crm_sync.deciding import lessons, reopening, reviewing, waiting
from crm_sync.deciding.house_rules import RulesOf
from crm_sync.deciding.verdicts import Decided, Delegation, Lesson, LessonsSummary, RejectCode, Waiting
from crm_sync.delivering.states import check_move
from crm_sync.documents.canonical import Json
from crm_sync.errors import DifferencesUnseen, MoveRefused
from crm_sync.ports import CrmProvider, Team
from crm_sync.values import Difference, PendingUpdate, UndoResult

CHUNK = 250
"""How many are released in one transaction: nobody else's turn waits longer than that takes."""


class Deciding:
    """What `Ledger` offers to those who decide; it shares the ledger's sessions and provider."""

    _sessions: async_sessionmaker[AsyncSession]
    _readers: async_sessionmaker[AsyncSession]
    _provider: CrmProvider
    _team: Team
    _rules: RulesOf

    async def approve(
        self,
        site: str,
        id: str,  # noqa: A002
        *,
        by: str,
        now: datetime,
        edits: Mapping[str, Json] | None = None,
    ) -> PendingUpdate:
        """Release an update (or replay a failed one), with a rep's corrections by `object.name`. Start a delivery
        afterwards. Raises MoveRefused or EditRefused."""
        async with self._sessions() as session:
            found = await rows.load(session, site, id)
            approved = await reviewing.approve(session, found, by=by, now=now, edits=edits)
            await session.commit()
        return approved

    async def approve_many(
        self, site: str, ids: Sequence[str], *, by: str, now: datetime
    ) -> tuple[Decided, ...]:
        """Release many as they are; says of each, in the order of `ids`, what became of it. One that can not be
        released holds up no other. Start deliveries afterwards."""
        decided: list[Decided] = []
        wanted = list(dict.fromkeys(ids))
        for first in range(0, len(wanted), CHUNK):
            async with self._sessions() as session:
                some = wanted[first : first + CHUNK]
                decided += await reviewing.approve_many(session, site, some, by=by, now=now)
                await session.commit()
        return tuple(decided)

    async def reject(
        self,
        site: str,
        id: str,  # noqa: A002
        *,
        by: str,
        now: datetime,
        reason: str = "",
        code: RejectCode = "other",
    ) -> PendingUpdate:
        """Refuse an update that has not left yet, for one of REJECT_CODES; `other` needs a `reason` in words. The words
        of one that was misread are put before whoever trains the assistant. Raises MoveRefused or ReasonMissing."""
        async with self._sessions() as session:
            found = await rows.load(session, site, id)
            rejected = await reviewing.reject(session, found, by=by, reason=reason, now=now, code=code)
            if code == "misread":
                await self._team.misread(session, rejected, by=by, now=now)
            await session.commit()
        return rejected

    async def reject_many(
        self, site: str, ids: Sequence[str], *, by: str, now: datetime, code: RejectCode, reason: str = ""
    ) -> tuple[Decided, ...]:
        """Refuse many that wait, for one reason, as `reject` does; says of each, in the order of `ids`, what became of
        it. One that can not be refused holds up no other. Raises ReasonMissing."""
        decided: list[Decided] = []
        wanted = list(dict.fromkeys(ids))
        for first in range(0, len(wanted), CHUNK):
            async with self._sessions() as session:
                some = await reviewing.reject_many(
                    session, site, wanted[first : first + CHUNK], by=by, reason=reason, now=now, code=code
                )
                for each in some:
                    if code == "misread" and each.update is not None:
                        await self._team.misread(session, each.update, by=by, now=now)
                await session.commit()
            decided += some
        return tuple(decided)

    async def undo(
        self,
        site: str,
        id: str,  # noqa: A002
        *,
        by: str,
        now: datetime,
        force: bool = False,
        seen: str = "",
    ) -> UndoResult:
        """Restore what a delivered update replaced, or return what changed since and write nothing.

        `force` writes over exactly the differences whose `UndoResult.token` is given as `seen`; when something else
        changed in between, nothing is written and the new ones are returned. Raises MoveRefused or DifferencesUnseen.
        """
        if force and not seen:
            raise DifferencesUnseen(
                f"CRM update {id!r} is undone over changes only by whoever saw them: undo it without force first, "
                "show the differences, and pass their token."
            )
        async with self._sessions() as session:
            found = await rows.load(session, site, id)
        if found.status == "undone":
            return UndoResult("undone")
        check_move(id, found.status, "undone")
        if found.effect is None:
            raise MoveRefused(id, "erased with its conversation", "undone")
        effect, over = rows.effect_of(found.effect), tuple[Difference, ...]()
        result = await self._provider.undo(site, effect, found.idempotency_key)
        if force and result.outcome == "changed_since" and result.token == seen:
            over = result.differences
            result = await self._provider.undo(site, effect, found.idempotency_key, seen=over)
        async with self._sessions() as session:
            found = await rows.load(session, site, id)
            if found.status == "delivered":
                await reviewing.settle_undo(session, found, result, by=by, now=now, over=over)
                await session.commit()
        return result

    async def reopen(
        self,
        site: str,
        id: str,  # noqa: A002
        *,
        by: str,
        now: datetime,
    ) -> PendingUpdate:
        """Take one's own decision back before the CRM has heard of it: the update waits again. Raises MoveRefused."""
        async with self._sessions() as session:
            found = await rows.load(session, site, id)
            reopened = await reopening.reopen(
                session, found, by=by, now=now, deadline=self._rules(site).deadline
            )
            await session.commit()
        return reopened

    # -- whose it is -----------------------------------------------------------------------------------------

    async def assign(
        self,
        site: str,
        id: str,  # noqa: A002
        *,
        to: str | None,
        by: str,
        now: datetime,
    ) -> Waiting:
        """Give an update that waits to somebody; None gives it back to everybody. Raises MoveRefused."""
        async with self._sessions() as session:
            found = await rows.load(session, site, id)
            given = await waiting.assign(session, found, to=to, by=by, now=now)
            await session.commit()
        return given

    async def waiting(self, site: str, ids: Sequence[str]) -> dict[str, Waiting]:
        """Whose these updates are and until when somebody should decide; those that do not wait are left out."""
        async with self._readers() as session:
            found = await waiting.of(session, site, ids)
        return {each.update.id: each for each in found}

    async def waiting_for(
        self, site: str, login: str | None, *, now: datetime, limit: int = 100
    ) -> list[Waiting]:
        """What a person has to look at: their own, what escalated to them, and what belongs to whom they stand in for,
        overdue ones first. None: what is nobody's."""
        async with self._readers() as session:
            return await waiting.waiting_for(session, site, login, now=now, limit=limit)

    async def delegate(
        self, site: str, person: str, *, to: str, since: datetime, until: datetime, by: str, now: datetime
    ) -> Delegation:
        """Let `to` stand in for `person` for a time. Raises DelegationRefused."""
        named = Delegation(str(uuid_utils.uuid7()), person, to, since, until, by, now)
        async with self._sessions() as session:
            await waiting.delegate(session, site, named)
            await session.commit()
        return named

    async def delegations(self, site: str, *, now: datetime) -> list[Delegation]:
        """Who stands in for whom, now and later."""
        async with self._readers() as session:
            return await waiting.delegations(session, site, now=now)

    async def end_delegation(self, site: str, id: str, *, by: str, now: datetime) -> None:  # noqa: A002
        """From now on nobody stands in."""
        async with self._sessions() as session:
            await waiting.end_delegation(session, site, id, by=by, now=now)
            await session.commit()

    async def escalate(self, site: str, *, now: datetime, limit: int = 200) -> list[str]:
        """Deal with what nobody decided in time: what the policy names is written or dropped, everything else goes on
        waiting, before whoever stands in for its owner, and the team is told. Returns ids to start deliveries for."""
        async with self._sessions() as session:
            released = await reviewing.escalate(session, site, self._team, now=now, limit=limit)
            await session.commit()
        return released

    # -- what it teaches -------------------------------------------------------------------------------------

    async def lessons(self, site: str, *, since: datetime | None = None) -> AsyncIterator[Lesson]:
        """What became of every value that a person looked at, oldest first."""
        async with self._readers() as session:
            async for lesson in lessons.all_of(session, site, since=since):
                yield lesson

    async def lessons_summary(self, site: str, *, since: datetime | None = None) -> LessonsSummary:
        """How often each field was right, by how it was obtained, and why updates were rejected."""
        async with self._readers() as session:
            return await lessons.summary(session, site, since=since)
