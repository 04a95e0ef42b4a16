"""The door of this room: every change to the CRM passes through the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync import audit, proposing, rows
from crm_sync.comparing.desk import TwoWay
from crm_sync.deciding import reviewing
from crm_sync.deciding.desk import Deciding
from crm_sync.deciding.house_rules import HouseRules, RulesOf, rules_of
from crm_sync.deciding.policy import Policy
from crm_sync.delivering.delivery import Delivery
from crm_sync.delivering.desk import Delivering
from crm_sync.delivering.gates import Limits, LimitsOf
from crm_sync.ports import CrmProvider, NoTeam, ReadableCrm, Team, Unseal
from crm_sync.proposals import ConsentLevel, Kind, Proposal
from crm_sync.tables import UpdateRow
from crm_sync.values import AuditReport, CrmRecord, Order, PendingUpdate, Status


class Ledger(TwoWay, Deciding, Delivering):
    """Updates proposed, delivered, decided and undone. Constructing it opens nothing."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        provider: CrmProvider,
        unseal: Unseal,
        rules: Policy | RulesOf,
        *,
        readers: async_sessionmaker[AsyncSession] | None = None,
        team: Team | None = None,
        limits: LimitsOf = lambda _site: Limits(),
        tell: Callable[[str, str], None] = lambda _site, _outcome: None,
    ) -> None:
        """`rules` are the same for every site, or by site; `readers` are sessions that only read, so that a look at the
        ledger never waits for a writer; `limits` are what a site's CRM may be asked at most; `tell` hears how attempts
        end."""
        self._sessions = sessions
        self._readers = readers or sessions
        self._provider = provider
        self._rules = rules_of(rules)
        self._team = team or NoTeam()
        self._limits = limits
        self._delivery = Delivery(sessions, provider, unseal, limits, tell)

    # -- coming in -------------------------------------------------------------------------------------------

    async def propose(
        self,
        session: AsyncSession,
        proposal: Proposal,
        *,
        now: datetime,
        id: str,  # noqa: A002
    ) -> PendingUpdate:
        """Save what `proposal` asks for in the caller's transaction. The same cause again returns the first row; an
        invalid proposal is kept as quarantined and never sent."""
        rules = self._rules(proposal.site)
        return await proposing.propose(session, proposal, rules, self._team, now=now, update_id=id)

    def rules(self, site: str) -> HouseRules:
        """What the site decided: its policy and the deadline."""
        return self._rules(site)

    async def withdraw(
        self,
        session: AsyncSession,
        site: str,
        conversation: str,
        *,
        by: str,
        now: datetime,
        kinds: Collection[Kind] | None = None,
        to: ConsentLevel = "necessary",
    ) -> list[str]:
        """The visitor of a conversation allows only `to` from now on, in the caller's transaction. Under the necessary
        what has not left yet is stopped, and the ids are returned; `kinds` narrows it, for instance to what was merely
        learned and not asked for. Whatever goes on is carried by `to`."""
        return await reviewing.withdraw(session, site, conversation, by=by, now=now, kinds=kinds, to=to)

    # -- looking ---------------------------------------------------------------------------------------------

    async def update(self, site: str, id: str) -> PendingUpdate:  # noqa: A002
        """One update; raises UpdateUnknown."""
        async with self._readers() as session:
            return await rows.load(session, site, id)

    async def opened(self, site: str, id: str) -> tuple[Order, list[str]]:  # noqa: A002
        """The update as it would leave now, with real values, and the fields that a newer one has overtaken. Raises
        what a delivery would stop at."""
        return await self._delivery.order_of(await self.update(site, id))

    async def updates(
        self,
        site: str,
        *,
        status: Status | None = None,
        conversation: str | None = None,
        limit: int = 100,
        before: str | None = None,
    ) -> list[PendingUpdate]:
        """Updates, newest first; `before` is the id of the last one seen."""
        query = select(UpdateRow).where(UpdateRow.site == site)
        if status is not None:
            query = query.where(UpdateRow.status == status)
        if conversation is not None:
            query = query.where(UpdateRow.conversation == conversation)
        async with self._readers() as session:
            if before is not None:
                last = await rows.load(session, site, before)
                query = query.where(rows.is_older(last))
            found = await session.scalars(
                query.order_by(UpdateRow.created_at.desc(), UpdateRow.id.desc()).limit(limit)
            )
            return [rows.pending(row) for row in found]

    async def counts(self, site: str) -> dict[str, int]:
        """How many updates stand where, for the console and the metrics."""
        query = (
            select(UpdateRow.status, func.count()).where(UpdateRow.site == site).group_by(UpdateRow.status)
        )
        async with self._readers() as session:
            return dict((await session.execute(query)).tuples().all())

    async def record(self, site: str, conversation: str) -> CrmRecord | None:
        """The CRM's record of the contact that a conversation changed; None when nothing has arrived yet."""
        if not isinstance(self._provider, ReadableCrm):
            return None
        changed = [
            update
            for update in reversed(
                await self.updates(site, status="delivered", conversation=conversation, limit=500)
            )
            if update.effect
        ]
        for update in reversed(changed):
            for ref in (update.effect or {})["records"]:
                if ref["object"] != "contact":
                    continue
                if found := await self._provider.contact(site, ref["id"]):
                    return replace(found, updates=tuple(item.id for item in changed))
        return None

    async def records(self, site: str, *, limit: int = 50, after: str | None = None) -> list[CrmRecord]:
        """Contacts of the CRM with what hangs on them, last changed first; empty when it can not be read."""
        if not isinstance(self._provider, ReadableCrm):
            return []
        return await self._provider.contacts(site, limit=limit, after=after)

    async def verify_audit(self, site: str) -> AuditReport:
        """Whether the site's audit chain is whole."""
        async with self._readers() as session:
            return await audit.verify(session, site)

    async def audit_entries(
        self, site: str, *, update_id: str | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The audit trail, oldest first; for one update or for the export."""
        async with self._readers() as session:
            async for entry in audit.entries(session, site, update_id=update_id):
                yield entry
