"""The part of the ledger that looks at the CRM: what it holds, records that may be one, drift since we wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.comparing import drifting, duplicates, reconciling, scanning
from crm_sync.comparing.duplicates import PairDecided
from crm_sync.comparing.mailboxes import work_domain
from crm_sync.comparing.ports import ComparableCrm, CrmsBySite, MergingCrm
from crm_sync.comparing.reconciling import Pace
from crm_sync.comparing.scanning import Scan
from crm_sync.comparing.values import (
    Drift,
    DriftState,
    Duplicate,
    DuplicateState,
    MergePreview,
    Reconciled,
    Side,
)
from crm_sync.ports import CrmProvider, ReadableCrm
from crm_sync.tables import AppliedRow
from crm_sync.values import Snapshot, UndoResult


class TwoWay:
    """What `Ledger` offers of comparing; it shares the ledger's sessions and provider."""

    _sessions: async_sessionmaker[AsyncSession]
    _readers: async_sessionmaker[AsyncSession]
    _provider: CrmProvider

    def _crm(self, site: str) -> CrmProvider:
        """The site's own CRM: what it can do is asked of it, and not of whoever stands before them all."""
        return self._provider.of(site) if isinstance(self._provider, CrmsBySite) else self._provider

    def crm_name(self, site: str) -> str:
        """Which CRM the site writes to, such as `builtin` or `hubspot`."""
        return self._crm(site).name

    # -- before proposing ------------------------------------------------------------------------------------

    async def look(self, site: str, *, by: str, match: str) -> Snapshot:
        """What the CRM knows of a contact, personal values left out; `match` is a real value. An address that it does
        not have still finds the company by its domain. Call it before the turn's transaction opens."""
        if not isinstance(crm := self._crm(site), ReadableCrm):
            return Snapshot()
        found = await crm.read(site, by, match)
        if found is None and by == "email" and (domain := work_domain(match)):
            found = await crm.read(site, "domain", domain)
        if found is None:
            return Snapshot()
        async with self._readers() as session:
            changed = await drifting.typed_by_people(session, site, dict(found.records))
        return replace(found, typed=found.typed | changed) if changed else found

    # -- possible duplicates ---------------------------------------------------------------------------------

    async def duplicates(
        self, site: str, *, state: DuplicateState | None = "open", limit: int = 50, before: str | None = None
    ) -> list[Duplicate]:
        """Records that may be one, the surest first, both as they stand; `before` is the id of the last one seen."""
        async with self._readers() as session:
            rows = await duplicates.rows_of(session, site, state=state, limit=limit, before=before)
        return await duplicates.shown(self._crm(site), site, rows)

    async def find_duplicates(self, site: str, *, now: datetime, new_id: Callable[[], str]) -> Scan:
        """Look through the CRM for records that may be one. Pairs that somebody decided are left as they are. Of a CRM
        of another company, the contacts that we wrote to are compared."""
        return await scanning.scan(self._sessions, self._crm(site), site, now=now, new_id=new_id)

    async def duplicate(self, site: str, id: str) -> Duplicate:  # noqa: A002
        """One of them; raises PairUnknown."""
        async with self._readers() as session:
            row = await duplicates.load(session, site, id)
        return (await duplicates.shown(self._crm(site), site, [row]))[0]

    async def duplicate_counts(self, site: str) -> dict[str, int]:
        """How many are open, the same, different."""
        async with self._readers() as session:
            return await duplicates.counts(session, site)

    async def preview_merge(self, site: str, id: str, *, keep: str = "") -> MergePreview | None:  # noqa: A002
        """Which value of each field would win and what would move; None where "same" only marks, as in CRMs of other
        companies, or when one of the two is gone. `keep` is the id of the record that stays; empty: the CRM chooses."""
        async with self._readers() as session:
            row = await duplicates.load(session, site, id)
        if not isinstance(crm := self._crm(site), MergingCrm):
            return None
        record: Literal["contact", "company"] = "contact" if row.object == "contact" else "company"
        return await crm.preview_merge(site, record, row.first_id, row.second_id, keep)

    async def decide_duplicate(
        self,
        site: str,
        id: str,  # noqa: A002
        decision: Literal["same", "different"],
        *,
        by: str,
        now: datetime,
        keep: str = "",
        take: Mapping[str, Side] | None = None,
    ) -> Duplicate:
        """A person decides. "same" merges where the CRM is ours and only marks elsewhere; `keep` and `take` (by field,
        the side whose value wins) may differ from the preview. Raises PairUnknown, PairDecided, ProviderRefused."""
        async with self._readers() as session:
            row = await duplicates.load(session, site, id)
        if row.state != "open":
            raise PairDecided(id, row.state, decision)
        crm = self._crm(site)
        # Somebody said "same", and the server stopped before it was written down.
        was_merged = isinstance(crm, MergingCrm) and await self._was_merged(site, id)
        if was_merged and decision == "different" and isinstance(crm, MergingCrm):
            parted = await crm.unmerge(site, id, by=by)
            if parted.outcome != "undone":
                raise PairDecided(id, "same: both were made one, and were changed since", decision)
        is_due = decision == "same" and not was_merged
        plan = await self.preview_merge(site, id, keep=keep) if is_due else None
        if plan is not None and isinstance(crm, MergingCrm):
            sides = {choice.name: choice.wins for choice in plan.fields} | dict(take or {})
            wins = {name: row.first_id if side == "first" else row.second_id for name, side in sides.items()}
            await crm.merge(site, plan.object, plan.keeps, plan.drops, wins, key=id, by=by)
        try:
            async with self._sessions() as session:
                row = await duplicates.load(session, site, id)
                is_merged = plan is not None or (was_merged and decision == "same")
                told = {"keeps": plan.keeps, "drops": plan.drops} if plan else None
                await duplicates.settle(
                    session, row, decision, by=by, now=now, is_merged=is_merged, detail=told
                )
                await session.commit()
        except PairDecided:
            # Somebody else said "different" while we merged; if they said "same" too, it is their merge, which the
            # row that we looked at before need not know.
            async with self._sessions() as session:
                row = await duplicates.load(session, site, id)
            if isinstance(crm, MergingCrm) and plan is not None and not row.is_merged:
                await crm.unmerge(site, id, by=by)
            raise
        return await self.duplicate(site, id)

    async def _was_merged(self, site: str, id: str) -> bool:  # noqa: A002
        """Whether the merge of this pair stands in the CRM, whatever its row says."""
        async with self._readers() as session:
            mine = select(AppliedRow.key).where(
                AppliedRow.site == site, AppliedRow.key == id, AppliedRow.undone_at.is_(None)
            )
            return await session.scalar(mine) is not None

    async def undo_duplicate(self, site: str, id: str, *, by: str, now: datetime) -> UndoResult:  # noqa: A002
        """Take a decision back: what was merged is parted, unless it was changed since; then nothing is written."""
        async with self._readers() as session:
            row = await duplicates.load(session, site, id)
        if row.state == "open":
            return UndoResult("undone")
        if row.is_merged and isinstance(crm := self._crm(site), MergingCrm):
            result = await crm.unmerge(site, id, by=by)
            if result.outcome != "undone":
                return result
        async with self._sessions() as session:
            row = await duplicates.load(session, site, id)
            if row.state != "open":
                await duplicates.settle(session, row, "open", by=by, now=now)
                await session.commit()
        return UndoResult("undone")

    # -- drift -----------------------------------------------------------------------------------------------

    async def drift(
        self, site: str, *, state: DriftState | None = "open", limit: int = 100, before: str | None = None
    ) -> list[Drift]:
        """Where the CRM no longer says what was delivered, what was noticed last first; `before` is the id of the last
        one seen."""
        async with self._readers() as session:
            return await drifting.listed(session, site, state=state, limit=limit, before=before)

    async def drift_counts(self, site: str) -> dict[str, int]:
        """How many open lines of each kind."""
        async with self._readers() as session:
            return await drifting.counts(session, site)

    async def reconcile(
        self,
        site: str,
        *,
        since: datetime,
        now: datetime,
        new_id: Callable[[], str],
        pace: Pace | None = None,
    ) -> Reconciled | None:
        """Compare what was delivered since then with what the CRM says, and keep what differs; a round that was broken
        off goes on where it stopped. Nothing is written to the CRM. None where it can not be read."""
        if not isinstance(crm := self._crm(site), ComparableCrm):
            return None
        return await reconciling.reconcile(
            self._sessions, crm, site, since=since, now=now, new_id=new_id, pace=pace or Pace()
        )

    async def reconciled(self, site: str) -> Reconciled | None:
        """How the last round of comparing went, or how far this one is; None before the first."""
        async with self._readers() as session:
            return await reconciling.last_round(session, site)

    async def mark_drift_seen(self, site: str, id: str, *, by: str, now: datetime) -> None:  # noqa: A002
        """A person has seen a line: it leaves the open list. Raises DriftUnknown."""
        async with self._sessions() as session:
            await drifting.mark_seen(session, site, id, by=by, now=now)
            await session.commit()
