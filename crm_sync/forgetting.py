"""A conversation leaves the ledger: what has not left is stopped, what has is emptied, the CRM is not touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.comparing import drifting
from crm_sync.deciding import gist, lessons, reviewing
from crm_sync.documents.canonical import canonical
from crm_sync.proposing import key_of_conversation
from crm_sync.remote.forgetting import forget_remote
from crm_sync.tables import LinkRow, UpdateRow

_LEFT = ("delivering", "delivered")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of the updates, by id."""

    stopped: tuple[str, ...]
    delivered: tuple[str, ...]
    """The CRM has these, or is being told them now; somebody has to look there."""


async def forget_conversation(
    session: AsyncSession, site: str, conversation: str, *, by: str, now: datetime
) -> Forgotten:
    """Keep of its updates that there were any, in the caller's transaction; the audit chain stays whole."""
    stopped = await reviewing.withdraw(session, site, conversation, by=by, now=now)
    left: list[str] = []
    for row in await _updates(session, site, conversation):
        document: dict[str, Any] = json.loads(row.document)
        # Of a document that was never valid nothing is known.
        document |= {"fields": [], "activity": None, "score": None}
        document["target"] = _by(conversation)
        await _rewrite(session, row, document, effect=None, last_error=None, decided_reason=None)
        if row.status in _LEFT:
            left.append(row.id)
    await _rekey(session, site, conversation)
    await drifting.forget(session, site, conversation)
    link = delete(LinkRow).where(LinkRow.site == site, LinkRow.conversation == conversation)
    await session.execute(link)
    await forget_remote(session, site, conversation)
    return Forgotten(tuple(stopped), tuple(left))


async def forget_message(
    session: AsyncSession, site: str, conversation: str, message: str, turn: str | None
) -> Forgotten:
    """Take what one message told out of what has not left yet, and its words out of all of it."""
    await lessons.forget_message(session, site, conversation, message)
    stopped: list[str] = []
    left: list[str] = []
    is_nobodys = False
    for row in await _updates(session, site, conversation):
        document: dict[str, Any] = json.loads(row.document)
        kept = [change for change in document.get("fields", ()) if not _is_told_by(change, message)]
        changed = len(kept) != len(document.get("fields", ()))
        if any(_is_address(change) for change in document.get("fields", ()) if change not in kept):
            document["target"] = _by(conversation)
            is_nobodys = True
        document["fields"] = kept
        if (score := document.get("score")) is not None:
            document["score"] = _without_points(score, message)
        if document.get("activity") and (changed or document.get("turn") == turn):
            document["activity"] = {**document["activity"], "body": ""}
            changed = True
        await _rewrite(session, row, document)
        if changed:
            (left if row.status in _LEFT else stopped).append(row.id)
    if is_nobodys:
        await _rekey(session, site, conversation)
    return Forgotten(tuple(stopped), tuple(left))


async def _rekey(session: AsyncSession, site: str, conversation: str) -> None:
    """No hash of an address outlives the address: the updates go in the conversation's own order again."""
    await session.execute(
        update(UpdateRow)
        .where(UpdateRow.site == site, UpdateRow.conversation == conversation)
        .values(contact_key=key_of_conversation(conversation))
        .execution_options(synchronize_session=False)
    )


async def _updates(session: AsyncSession, site: str, conversation: str) -> list[UpdateRow]:
    mine = select(UpdateRow).where(UpdateRow.site == site, UpdateRow.conversation == conversation)
    found = await session.scalars(mine.execution_options(populate_existing=True))
    return list(found)


async def _rewrite(session: AsyncSession, row: UpdateRow, document: dict[str, Any], **more: Any) -> None:
    await session.execute(
        update(UpdateRow)
        .where(UpdateRow.site == row.site, UpdateRow.id == row.id)
        .values(document=canonical(document), **gist.columns(row.kind, document), **more)
        .execution_options(synchronize_session=False)
    )


def _by(conversation: str) -> dict[str, Any]:
    return {"object": "contact", "match": {"by": "conversation", "value": conversation}}


def _is_address(change: dict[str, Any]) -> bool:
    return (change.get("object"), change.get("name")) == ("contact", "email")


def _is_told_by(change: dict[str, Any], message: str) -> bool:
    return any(words.get("message_id") == message for words in change.get("evidence", ()))


def _without_points(score: dict[str, Any], message: str) -> dict[str, Any]:
    kept = [point for point in score["points"] if point.get("message_id") != message]
    sums = {
        kind: sum(point["points"] for point in kept if point["kind"] == kind) for kind in ("fit", "intent")
    }
    return {**score, **sums, "total": sum(sums.values()), "points": kept}
