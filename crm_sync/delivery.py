"""Takes one update to the CRM, exactly once in effect however often it is tried, in order per contact."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import and_, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased

from crm_sync import rows
from crm_sync.catalogue import sealed_fields
from crm_sync.errors import CrmError, MoveRefused, ProviderBusy, ProviderRefused, Unsealable, UpdateUnknown
from crm_sync.ports import CrmProvider, Unseal
from crm_sync.states import IN_FLIGHT, LEASE, MAX_ATTEMPTS, backoff
from crm_sync.tables import UpdateRow
from crm_sync.validation import problem_of_value
from crm_sync.values import Effect, Order, PendingUpdate, Status, Write

log = structlog.get_logger(__name__)

WORKER = "delivery"
_PLACEHOLDER = re.compile(r"\[[a-z]+_[0-9]+\]")


class Unfit(CrmError):
    """After unsealing, a value breaks the record's schema."""

    code = "crm.unfit"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery needs; built once by the ledger."""

    sessions: async_sessionmaker[AsyncSession]
    provider: CrmProvider
    unseal: Unseal

    async def deliver(self, update_id: str, *, now: datetime) -> Status:
        """One attempt. Returns where the update stands; `pending`, `approved` and `retrying` mean: not yet."""
        async with self.sessions() as session:
            claimed = await _claim(session, update_id, now)
            await session.commit()
        if claimed is None:
            return await self._status(update_id)
        if claimed.attempts > MAX_ATTEMPTS:
            # Every attempt so far ended without a word, which a crash of the worker looks like.
            return await self._settle(claimed, "needs_review", now, f"Gave up after {MAX_ATTEMPTS} attempts.")
        try:
            order, skipped = await self._order(claimed)
            effect = await self.provider.apply(order, claimed.idempotency_key)
        except ProviderBusy as busy:
            return await self._put_off(claimed, busy, now)
        except (ProviderRefused, Unsealable, Unfit) as refusal:
            return await self._settle(claimed, "needs_review", now, f"{refusal.code}: {refusal}")
        if skipped:
            effect = replace(
                effect, notes=(*effect.notes, f"A newer update already wrote {', '.join(skipped)}.")
            )
        return await self._settle(claimed, "delivered", now, effect=effect)

    async def _put_off(self, claimed: PendingUpdate, busy: ProviderBusy, now: datetime) -> Status:
        if claimed.attempts >= MAX_ATTEMPTS:
            return await self._settle(claimed, "needs_review", now, f"{busy.code}: {busy}")
        pause = backoff(claimed.id, claimed.attempts, busy.retry_after_s)
        return await self._settle(
            claimed, "retrying", now, f"{busy.code}: {busy}", next_attempt_at=now + pause
        )

    async def _settle(
        self,
        claimed: PendingUpdate,
        status: Status,
        now: datetime,
        error: str | None = None,
        *,
        effect: Effect | None = None,
        next_attempt_at: datetime | None = None,
    ) -> Status:
        values: dict[str, Any] = {"last_error": error, "next_attempt_at": next_attempt_at}
        detail: Any = {"attempt": claimed.attempts, "error": error}
        if effect is not None:
            values |= {"effect": rows.effect_text(effect), "delivered_at": now}
            detail = {
                "attempt": claimed.attempts,
                "records": [f"{ref.object}:{ref.id}" for ref in effect.records],
            }
        log.info(
            "crm.settled", update=claimed.id, site=claimed.site, status=status, attempts=claimed.attempts
        )
        async with self.sessions() as session:
            try:
                await rows.move(session, claimed, status, who=WORKER, at=now, detail=detail, **values)
            except MoveRefused:
                # Our lease ran out and another worker took over: it settles, with the same effect by the same key.
                return await self._status(claimed.id)
            await session.commit()
        return status

    async def _order(self, claimed: PendingUpdate) -> tuple[Order, list[str]]:
        """The update with real values, checked once more, and the fields that a newer update has overtaken."""
        overtaken = await self._overtaken(claimed)
        document = cast("dict[str, Any]", await self._opened(claimed, dict(claimed.document)))
        writes: list[Write] = []
        skipped: list[str] = []
        for change in document["fields"]:
            record, name, value = change["object"], change["name"], change["value"]
            if _name(change) in overtaken:
                skipped.append(_name(change))
                continue
            if (record, name) in sealed_fields() and _PLACEHOLDER.search(str(value)):
                raise Unsealable(f"The vault does not know {value} of conversation {claimed.conversation!r}.")
            if problem := problem_of_value(record, name, value):
                raise Unfit(f"{problem.pointer} {problem.reason}; correct it with the visitor, then replay.")
            writes.append(Write(record, name, value))
        match = document["target"]["match"]
        if match["by"] == "email" and _PLACEHOLDER.search(match["value"]):
            raise Unsealable(
                f"The vault does not know {match['value']} of conversation {claimed.conversation!r}."
            )
        order = Order(
            site=claimed.site,
            kind=claimed.kind,
            conversation=claimed.conversation,
            by=match["by"],
            match=match["value"],
            writes=tuple(writes),
            activity=document["activity"],
            document={
                **document,
                "fields": [change for change in document["fields"] if _name(change) not in overtaken],
            },
            occurred_at=datetime.fromisoformat(document["occurred_at"]),
        )
        return order, skipped

    async def _opened(self, claimed: PendingUpdate, value: Any) -> Any:
        if isinstance(value, str):
            if not _PLACEHOLDER.search(value):
                return value
            return await self.unseal(claimed.site, claimed.conversation, value)
        if isinstance(value, Mapping):
            return {key: await self._opened(claimed, item) for key, item in value.items()}
        if isinstance(value, list):
            return [await self._opened(claimed, item) for item in value]
        return value

    async def _overtaken(self, claimed: PendingUpdate) -> set[str]:
        """An update approved late must not undo what the visitor said since."""
        async with self.sessions() as session:
            newer = await session.scalars(
                select(UpdateRow.document).where(
                    UpdateRow.site == claimed.site,
                    UpdateRow.contact_key == claimed.contact,
                    UpdateRow.status == "delivered",
                    tuple_(UpdateRow.created_at, UpdateRow.id) > tuple_(claimed.created_at, claimed.id),
                )
            )
            return {_name(change) for text in newer for change in json.loads(text)["fields"]}

    async def _status(self, update_id: str) -> Status:
        async with self.sessions() as session:
            status = await session.scalar(select(UpdateRow.status).where(UpdateRow.id == update_id))
        if status is None:
            raise UpdateUnknown(update_id)
        return cast("Status", status)


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[str]:
    """Ids that a sweep should deliver: nothing older of the same contact in the way, not waiting, not leased."""
    found = await session.scalars(
        select(UpdateRow.id).where(_may_start(now)).order_by(UpdateRow.created_at, UpdateRow.id).limit(limit)
    )
    return list(found)


async def next_of_contact(session: AsyncSession, update_id: str, *, now: datetime) -> str | None:
    """The update of the same contact that may start now that `update_id` is out of the way."""
    done = aliased(UpdateRow)
    return await session.scalar(
        select(UpdateRow.id)
        .join(done, and_(done.site == UpdateRow.site, done.contact_key == UpdateRow.contact_key))
        .where(done.id == update_id, UpdateRow.id != update_id, _may_start(now))
        .order_by(UpdateRow.created_at, UpdateRow.id)
        .limit(1)
    )


async def _claim(session: AsyncSession, update_id: str, now: datetime) -> PendingUpdate | None:
    """Take the update for one attempt, in one statement: of two workers one wins. `attempts` names the lease."""
    done = await session.execute(
        update(UpdateRow)
        .where(UpdateRow.id == update_id, _may_start(now))
        .values(status="delivering", attempts=UpdateRow.attempts + 1, next_attempt_at=now + LEASE)
        .returning(UpdateRow.site)
        .execution_options(synchronize_session=False)
    )
    site = done.scalar_one_or_none()
    return await rows.load(session, site, update_id) if site is not None else None


def _may_start(now: datetime) -> Any:
    older = aliased(UpdateRow)
    blocked = exists().where(
        older.site == UpdateRow.site,
        older.contact_key == UpdateRow.contact_key,
        older.status.in_(IN_FLIGHT),
        or_(
            older.created_at < UpdateRow.created_at,
            and_(older.created_at == UpdateRow.created_at, older.id < UpdateRow.id),
        ),
    )
    return and_(
        or_(
            UpdateRow.status.in_(("pending", "approved")),
            and_(UpdateRow.status.in_(("retrying", "delivering")), UpdateRow.next_attempt_at <= now),
        ),
        ~blocked,
    )


def _name(change: Mapping[str, Any]) -> str:
    return f"{change['object']}.{change['name']}"
