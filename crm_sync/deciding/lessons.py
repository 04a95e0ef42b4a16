"""What decisions teach: every proposed value that a person looked at, with its redacted words and what became of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import uuid_utils
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.deciding.tables import LessonRow
from crm_sync.deciding.verdicts import Became, Lesson, LessonsSummary, Precision, RejectCode
from crm_sync.documents import versions
from crm_sync.documents.canonical import canonical
from crm_sync.values import PendingUpdate

FORGOTTEN: dict[str, Any] = {
    "conversation": "",
    "proposed": None,
    "corrected": None,
    "reason": "",
    "evidence": "[]",
}
"""What is left of a lesson whose words have to go: that there was one, of which field, and what became of it."""
KEPT_FOR = timedelta(days=400)


async def note(
    session: AsyncSession,
    judged: Iterable[PendingUpdate],
    became: Became,
    *,
    who: str,
    at: datetime,
    corrected: Mapping[str, Any] | None = None,
    code: RejectCode | None = None,
    reason: str = "",
) -> None:
    """One lesson for each field of these updates, in the caller's transaction; `corrected` is by `object.name`.

    Of a visitor who allows the necessary only no words are kept: answering needs no training.
    """
    rows = [
        _row(found, change, became, who=who, at=at, corrected=corrected or {}, code=code, reason=reason)
        for found in judged
        # What was never valid, or is of a release that we do not know, says nothing about a policy.
        if found.status != "quarantined" and (document := versions.readable(found.document)) is not None
        for change in document["fields"]
    ]
    if rows:
        await session.execute(insert(LessonRow), rows)


async def all_of(session: AsyncSession, site: str, *, since: datetime | None = None) -> AsyncIterator[Lesson]:
    """Every lesson of a site, oldest first."""
    query = select(LessonRow).where(LessonRow.site == site).order_by(LessonRow.at, LessonRow.id)
    if since is not None:
        query = query.where(LessonRow.at >= since)
    rows = await session.stream_scalars(query.execution_options(yield_per=500))
    async for row in rows:
        yield _lesson(row)


async def summary(session: AsyncSession, site: str, *, since: datetime | None = None) -> LessonsSummary:
    """How often each field was right, by how it was obtained; the last decision on each value counts."""
    columns = (
        LessonRow.update_id, LessonRow.field, LessonRow.how, LessonRow.became, LessonRow.code,
    )  # fmt: skip
    query = select(*columns).where(LessonRow.site == site).order_by(LessonRow.at, LessonRow.id)
    if since is not None:
        query = query.where(LessonRow.at >= since)
    last: dict[tuple[str, str], tuple[str, str]] = {}
    codes: dict[str, str] = {}
    for update_id, field, how, became, code in (await session.execute(query)).tuples():
        # A correction says how the value was obtained before it: that is what it teaches about.
        last[update_id, field] = (how, became)
        codes.pop(update_id, None)
        if code is not None:
            codes[update_id] = code
    counted: dict[tuple[str, str], Counter[str]] = {}
    for (_, field), (how, became) in last.items():
        if became == "reopened":
            continue
        counted.setdefault((field, how), Counter())[became] += 1
    fields = [
        Precision(field, how, *(found[each] for each in ("approved", "edited", "rejected", "undone")))
        for (field, how), found in counted.items()
    ]
    fields.sort(key=lambda each: (-each.looked_at, each.field, each.how))
    return LessonsSummary(tuple(fields), dict(Counter(codes.values()).most_common()))


async def forget_conversation(session: AsyncSession, site: str, conversation: str) -> None:
    """Empty what was learned from a conversation; what became of how many values stays known."""
    mine = update(LessonRow).where(LessonRow.site == site, LessonRow.conversation == conversation)
    await session.execute(mine.values(**FORGOTTEN).execution_options(synchronize_session=False))


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """Empty what is older than anybody would learn from."""
    old = update(LessonRow).where(
        LessonRow.site == site, LessonRow.at < now - KEPT_FOR, LessonRow.conversation != ""
    )
    await session.execute(old.values(**FORGOTTEN).execution_options(synchronize_session=False))


async def forget_message(session: AsyncSession, site: str, conversation: str, message: str) -> None:
    """Empty what one message told."""
    mine = select(LessonRow.id, LessonRow.evidence).where(
        LessonRow.site == site, LessonRow.conversation == conversation
    )
    told = [
        id
        for id, evidence in (await session.execute(mine)).tuples()  # noqa: A001
        if any(words.get("message_id") == message for words in json.loads(evidence))
    ]
    if told:
        those = update(LessonRow).where(LessonRow.site == site, LessonRow.id.in_(told))
        await session.execute(those.values(**FORGOTTEN).execution_options(synchronize_session=False))


def _row(
    found: PendingUpdate,
    change: Mapping[str, Any],
    became: Became,
    *,
    who: str,
    at: datetime,
    corrected: Mapping[str, Any],
    code: RejectCode | None,
    reason: str,
) -> dict[str, Any]:
    name = f"{change['object']}.{change['name']}"
    is_edited = name in corrected and corrected[name] != change["value"]
    row = {
        "id": str(uuid_utils.uuid7()),
        "site": found.site,
        "at": at,
        "who": who,
        "update_id": found.id,
        "conversation": found.conversation,
        "kind": found.kind,
        "became": "edited" if is_edited else became,
        "field": name[:140],
        "how": str(change["how"])[:16],
        "confidence": float(change["confidence"]),
        "proposed": canonical(change["value"]),
        "corrected": canonical(corrected[name]) if is_edited else None,
        "code": code,
        "reason": reason,
        "evidence": canonical([_words(words) for words in change.get("evidence", ())]),
        "policy_version": str(found.document.get("policy_version", ""))[:64],
    }
    return {**row, **FORGOTTEN} if change.get("consent") == "necessary" else row


def _words(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {name: evidence.get(name) for name in ("message_id", "page", "quote", "start", "end")}


def _lesson(row: LessonRow) -> Lesson:
    return Lesson(
        id=row.id,
        at=row.at,
        who=row.who,
        update=row.update_id,
        conversation=row.conversation,
        kind=row.kind,
        became=row.became,  # type: ignore[arg-type]  # only `note` writes it
        field=row.field,
        how=row.how,
        confidence=row.confidence,
        proposed=json.loads(row.proposed) if row.proposed is not None else None,
        corrected=json.loads(row.corrected) if row.corrected is not None else None,
        code=row.code,  # type: ignore[arg-type]
        reason=row.reason,
        evidence=tuple(json.loads(row.evidence)),
        policy_version=row.policy_version,
    )
