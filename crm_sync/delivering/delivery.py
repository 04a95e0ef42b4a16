"""Takes one update to the CRM, exactly once in effect however often it is tried, in order per contact."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import structlog
from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync import rows
from crm_sync.delivering import gates, lining_up
from crm_sync.delivering.gates import WORKER
from crm_sync.delivering.refusals import without_details
from crm_sync.delivering.states import MAX_ATTEMPTS, MOST_ATTEMPTS, backoff
from crm_sync.documents import versions
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.documents.validation import problem_of_value
from crm_sync.errors import (
    CrmError,
    MoveRefused,
    ProviderBusy,
    ProviderDenied,
    ProviderGone,
    ProviderOccupied,
    ProviderRefused,
    Unsealable,
    UpdateUnknown,
)
from crm_sync.ports import CrmProvider, Unseal
from crm_sync.remote.forgetting import forget_order
from crm_sync.tables import UpdateRow
from crm_sync.values import Effect, Order, PendingUpdate, Status, Write

log = structlog.get_logger(__name__)

_PLACEHOLDER = re.compile(r"\[[a-z]+_[0-9]+\]")


class Unfit(CrmError):
    """After unsealing, a value breaks the record's schema."""

    code = "crm.unfit"


@dataclass(frozen=True, slots=True)
class Tried:
    """Where an attempt left the update. `is_held`: it did not begin, or not count, as its site takes nothing now."""

    status: Status
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery needs; built once by the ledger."""

    sessions: async_sessionmaker[AsyncSession]
    provider: CrmProvider
    unseal: Unseal
    limits: gates.LimitsOf = lambda _site: gates.Limits()
    tell: Callable[[str, str], None] = lambda _site, _outcome: None
    """Hears of a site's outcomes, for the metrics: where updates came to stand, and the codes of a CRM that is away."""

    async def deliver(self, update_id: str, *, now: datetime) -> Tried:
        """One attempt; `pending`, `approved` and `retrying` mean: not yet."""
        async with self.sessions() as session:
            claimed, admitted = await lining_up.claim(session, update_id, self.limits, now)
            if claimed is not None:
                await session.commit()
        if claimed is None:
            return Tried(await self._status(update_id), is_held=admitted is None)
        most = MAX_ATTEMPTS if claimed.last_error is None else MOST_ATTEMPTS
        if claimed.attempts > most:
            # Every attempt so far ended without a word, which a crash of the worker looks like.
            return await self._settle(claimed, "needs_review", now, f"Gave up after {most} attempts.")
        is_probe = admitted == "probes"
        # Whoever asks for all and is answered has found the CRM open again.
        opens = partial(gates.reopen, site=claimed.site, by=WORKER, update_id=claimed.id, now=now)
        answered = opens if is_probe else partial(gates.worked, site=claimed.site)
        try:
            order, skipped = await self.order_of(claimed)
            effect = await self.provider.apply(order, claimed.idempotency_key)
        except ProviderDenied as denied:
            return await self._turned_away(claimed, denied, "refused", now)
        except ProviderOccupied as occupied:
            return await self._waits(claimed, occupied, now)
        except ProviderBusy as busy:
            if is_probe:
                return await self._turned_away(claimed, busy, "away", now)
            return await self._put_off(claimed, busy, now)
        except ProviderRefused as refusal:
            words = f"{refusal.code}: {await self._said(claimed, refusal)}"
            return await self._settle(claimed, "needs_review", now, words, first=answered)
        except (Unsealable, Unfit, versions.DocumentUnreadable) as unfit:
            return await self._settle(claimed, "needs_review", now, f"{unfit.code}: {unfit}")
        if skipped:
            effect = replace(
                effect, notes=(*effect.notes, f"A newer update already wrote {', '.join(skipped)}.")
            )
        return await self._settle(claimed, "delivered", now, effect=effect, first=answered)

    async def _turned_away(
        self, claimed: PendingUpdate, shut: ProviderBusy, standing: gates.Shut, now: datetime
    ) -> Tried:
        """The CRM takes nothing of the whole site: no update is to blame, so the attempt does not count."""
        self.tell(claimed.site, shut.code)
        said = await self._said(claimed, shut)
        close = partial(
            gates.close,
            site=claimed.site,
            standing=standing,
            words=said,
            update_id=claimed.id,
            now=now,
            for_good=isinstance(shut, ProviderGone),
        )
        words = f"{shut.code}: {said}"
        uncounted: dict[str, Any] = {"attempts": claimed.attempts - 1, "next_attempt_at": now}
        tried = await self._settle(claimed, "retrying", now, words, first=close, **uncounted)
        return replace(tried, is_held=True)

    async def _waits(self, claimed: PendingUpdate, occupied: ProviderOccupied, now: datetime) -> Tried:
        """For an attempt of ours on the same record: neither the CRM nor this update is to blame."""
        again = now + timedelta(seconds=occupied.retry_after_s or 1.0)
        uncounted: dict[str, Any] = {"attempts": claimed.attempts - 1, "next_attempt_at": again}
        return await self._settle(claimed, "retrying", now, f"{occupied.code}: {occupied}", **uncounted)

    async def _put_off(self, claimed: PendingUpdate, busy: ProviderBusy, now: datetime) -> Tried:
        self.tell(claimed.site, busy.code)
        said = await self._said(claimed, busy)
        words = f"{busy.code}: {said}"

        async def note(session: AsyncSession) -> None:
            await gates.failed(session, site=claimed.site, words=said, update_id=claimed.id, now=now)
            if busy.retry_after_s is not None and busy.retry_after_s >= 1:
                await gates.put_off(session, claimed.site, busy.retry_after_s, now)

        most = len(busy.pauses_s) + 1 if busy.pauses_s else MAX_ATTEMPTS
        if claimed.attempts >= min(most, MOST_ATTEMPTS):
            return await self._settle(claimed, "needs_review", now, words, first=note)
        again = now + backoff(claimed.id, claimed.attempts, busy.retry_after_s, busy.pauses_s)
        return await self._settle(claimed, "retrying", now, words, first=note, next_attempt_at=again)

    async def _settle(
        self,
        claimed: PendingUpdate,
        status: Status,
        now: datetime,
        error: str | None = None,
        *,
        effect: Effect | None = None,
        first: Callable[[AsyncSession], Awaitable[object]] | None = None,
        **columns: Any,
    ) -> Tried:
        """Write down how the attempt ended; `first` is what the site's state becomes by it, in the same transaction."""
        values: dict[str, Any] = {"last_error": error, "next_attempt_at": None, **columns}
        detail: Any = {"attempt": claimed.attempts, "error": error}
        if effect is not None:
            values |= {"effect": rows.effect_text(effect), "delivered_at": now}
            detail = {
                "attempt": claimed.attempts,
                "records": [f"{ref.object}:{ref.id}" for ref in effect.records],
            }
        async with self.sessions() as session:
            try:
                if first is not None:
                    await first(session)
                moved = await rows.move(session, claimed, status, who=WORKER, at=now, detail=detail, **values)
            except MoveRefused:
                # Our lease ran out and another worker took over: it settles, with the same effect by the same key.
                return Tried(await self._status(claimed.id))
            if effect is not None and not (moved.document.get("fields") or moved.document.get("activity")):
                # It was erased while the CRM was told: what it was told, the CRM alone keeps.
                mine = update(UpdateRow).where(UpdateRow.site == moved.site, UpdateRow.id == moved.id)
                await session.execute(mine.values(effect=None).execution_options(synchronize_session=False))
                await forget_order(session, moved.site, moved.idempotency_key)
            await session.commit()
        log.info(
            "crm.settled", update=claimed.id, site=claimed.site, status=status, attempts=claimed.attempts
        )
        self.tell(claimed.site, status)
        return Tried(status)

    async def order_of(self, claimed: PendingUpdate) -> tuple[Order, list[str]]:
        """The update with real values, checked once more, and the fields that a newer update has overtaken."""
        overtaken = await self._overtaken(claimed)
        document = cast(
            "dict[str, Any]", await self._opened(claimed, dict(versions.current(claimed.document)))
        )
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
        if not (document["fields"] or document["activity"]):
            raise Unfit("nothing is left of it to write: its words were erased")
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

    async def _said(self, claimed: PendingUpdate, error: CrmError) -> str:
        """The CRM's words with the visitor's details sealed again: CRMs repeat the value that they refuse."""
        names = set(_PLACEHOLDER.findall(json.dumps(claimed.document, default=str)))
        details = {name: await self.unseal(claimed.site, claimed.conversation, name) for name in names}
        return without_details(str(error), {name: real for name, real in details.items() if real != name})

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
        # Looked up anew: the conversation's person may have become known since it was claimed.
        mine = select(UpdateRow.contact_key).where(UpdateRow.id == claimed.id).scalar_subquery()
        async with self.sessions() as session:
            newer = await session.scalars(
                select(UpdateRow.document).where(
                    UpdateRow.site == claimed.site,
                    UpdateRow.contact_key == mine,
                    # Of two conversations with one person the CRM itself knows which was proposed last.
                    UpdateRow.conversation == claimed.conversation,
                    # Not by the index of standings, which would go through all that was delivered since.
                    UpdateRow.status.op("||")("") == "delivered",
                    tuple_(UpdateRow.created_at, UpdateRow.id) > tuple_(claimed.created_at, claimed.id),
                )
            )
            known = [versions.readable(json.loads(text)) or {} for text in newer]
            return {_name(change) for document in known for change in document.get("fields", ())}

    async def _status(self, update_id: str) -> Status:
        async with self.sessions() as session:
            status = await session.scalar(select(UpdateRow.status).where(UpdateRow.id == update_id))
        if status is None:
            raise UpdateUnknown(update_id)
        return cast("Status", status)


def _name(change: Mapping[str, Any]) -> str:
    return f"{change['object']}.{change['name']}"
