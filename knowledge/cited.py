"""Which words of which version an answer cited: what may still be cited now, and which past answers are outdated."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.rows import version_of
from knowledge.store import add_missing
from knowledge.tables import CitedRow, DocumentRow
from knowledge.values import Answer, OutdatedAnswer, PageRef


async def still_current(session: AsyncSession, site: str, answer: Answer, now: datetime) -> frozenset[str]:
    """Documents that the answer cites, or names as near or as newer, and that are gone, changed or expired by now."""
    versions = {
        one.superseded_by.document_id: one.superseded_by.document_version
        for one in answer.citations
        if one.superseded_by is not None
    }
    versions |= {one.passage.document_id: one.document_version for one in answer.found}
    versions |= {one.document_id: one.document_version for one in answer.citations}
    if not versions:
        return frozenset()
    wanted = select(DocumentRow.id, DocumentRow.digest).where(
        DocumentRow.site == site,
        DocumentRow.id.in_(sorted(versions)),
        or_(DocumentRow.expires.is_(None), DocumentRow.expires > now),
    )
    kept = dict((await session.execute(wanted)).tuples().all())
    return frozenset(
        page for page, version in versions.items() if page not in kept or version_of(kept[page]) != version
    )


async def note_cited(
    session: AsyncSession,
    site: str,
    *,
    message_id: str,
    conversation_id: str,
    question: str,
    answer: Answer,
    now: datetime,
) -> None:
    """Keeps what an answer cites, in the caller's transaction; `question` is redacted."""
    rows = [
        {
            "message_id": message_id,
            "n": citation.n,
            "site": site,
            "conversation_id": conversation_id,
            "question": question,
            "document_id": citation.document_id,
            "version": citation.document_version,
            "title": citation.title,
            "url": citation.url,
            "quote": citation.quote,
            "at": now,
        }
        for citation in answer.citations
    ]
    await add_missing(session, CitedRow, rows)


async def outdated(session: AsyncSession, site: str, *, now: datetime, limit: int) -> list[OutdatedAnswer]:
    """Answers that cite what is no longer so, those whose words are gone first, then the latest."""
    is_over = DocumentRow.expires <= now
    differs = or_(DocumentRow.id.is_(None), is_over, ~DocumentRow.digest.startswith(CitedRow.version))
    # Sorted before it is cut. Replacing finds words by their very letters on both databases; LIKE does not.
    is_left = func.replace(DocumentRow.text, CitedRow.quote, "") != DocumentRow.text
    stands = case((DocumentRow.id.is_(None), 0), (is_over, 0), (is_left, 1), else_=0)
    same = (DocumentRow.id == CitedRow.document_id) & (DocumentRow.site == CitedRow.site)
    wanted = (
        select(CitedRow, DocumentRow.id, DocumentRow.text, DocumentRow.expires)
        .outerjoin(DocumentRow, same)
        .where(CitedRow.site == site, differs)
        .order_by(stands, CitedRow.at.desc(), CitedRow.message_id, CitedRow.n)
        .limit(limit)
    )
    return [
        _outdated(row, page, text or "", expires, now)
        for row, page, text, expires in (await session.execute(wanted)).tuples()
    ]


def _outdated(
    row: CitedRow, page: str | None, text: str, expires: datetime | None, now: datetime
) -> OutdatedAnswer:
    why: Literal["changed", "gone", "expired"] = "changed"
    if page is None:
        why = "gone"
    elif expires is not None and expires <= now:
        why = "expired"
    return OutdatedAnswer(
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        question=row.question,
        page=PageRef(row.title, row.url),
        why=why,
        at=row.at,
        quote=row.quote,
        still_stands=why == "changed" and row.quote in text,
    )
