"""Answers that a person reviewed, as rows: each rests on words of documents and falls with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from knowledge import store
from knowledge.errors import ApprovalError
from knowledge.tables import ApprovedRow, DocumentRow
from knowledge.values import PUBLIC, Approval, Approved, CitedSpan


async def approve(
    session: AsyncSession, site: str, approval: Approval, *, by: str, now: datetime
) -> Approved:
    """Checks the words against the documents as they stand and keeps the answer; the caller commits."""
    if not approval.question.strip() or not approval.text.strip() or not approval.cited:
        raise ApprovalError(
            "an approved answer needs a question, a text and at least one quote: fill them in"
        )
    await store.next_generation(session, site, now)
    approval = replace(approval, audience=approval.audience or (PUBLIC,))
    cited = [await _checked(session, site, span, approval, now) for span in approval.cited]
    row = ApprovedRow(
        id=str(uuid7()),
        site=site,
        question=approval.question.strip(),
        phrasings=list(approval.phrasings),
        text=approval.text.strip(),
        cited=cited,
        audience=list(approval.audience),
        expires=approval.expires,
        state="active",
        why="",
        by=by,
        at=now,
        retired_by="",
        retired_at=None,
    )
    session.add(row)
    await session.flush()
    return _approved(row, now)


async def _checked(
    session: AsyncSession, site: str, span: CitedSpan, approval: Approval, now: datetime
) -> dict[str, str]:
    document = await store.document_at(session, site, span.path)
    if document is None:
        raise ApprovalError(f"there is no document {span.path!r}: cite one that is there")
    if not span.quote.strip() or span.quote not in document.text:
        raise ApprovalError(
            f"the words {span.quote!r} do not stand in {span.path!r} as it is now: copy them from the page"
        )
    passages = (await store.passages_of(session, site, [document]))[document.id]
    if not any(span.quote in passage.text for passage, _ in passages):
        raise ApprovalError(
            f"the words {span.quote!r} run over two sections of {span.path!r}: quote each by itself"
        )
    if document.expires is not None and document.expires <= now:
        raise ApprovalError(f"document {span.path!r} has expired: renew it, or cite another")
    if PUBLIC not in document.audience and not set(approval.audience) <= set(document.audience):
        raise ApprovalError(
            f"document {span.path!r} is for {', '.join(document.audience)} only: approve the answer for the same"
        )
    return {
        "path": span.path,
        "quote": span.quote,
        "document_id": document.id,
        "text_hash": _hash(document.text),
    }


async def retire(session: AsyncSession, site: str, approved_id: str, *, by: str, now: datetime) -> bool:
    """Stops giving it; False when there is none of that id that could be retired."""
    retiring = (
        update(ApprovedRow)
        .where(ApprovedRow.site == site, ApprovedRow.id == approved_id, ApprovedRow.state != "retired")
        .values(state="retired", retired_by=by, retired_at=now)
    )
    if (await session.execute(retiring.returning(ApprovedRow.id))).scalar_one_or_none() is None:
        return False
    await store.next_generation(session, site, now)
    return True


async def all_approved(session: AsyncSession, site: str, now: datetime) -> list[Approved]:
    """Those that need somebody first, then the latest; those that were retired are left out."""
    rows = await session.scalars(
        select(ApprovedRow)
        .where(ApprovedRow.site == site, ApprovedRow.state != "retired")
        .order_by(ApprovedRow.at.desc(), ApprovedRow.id)
    )
    found = list(rows)
    ended = await _ended(session, site, found, now)
    return sorted(
        (_approved(row, now, ended.get(row.id, "")) for row in found), key=lambda one: one.state != "stale"
    )


async def serving(session: AsyncSession, site: str) -> list[Approved]:
    """Those that may be given; what expires later is seen to when it is asked for."""
    rows = await session.scalars(
        select(ApprovedRow).where(ApprovedRow.site == site, ApprovedRow.state == "active")
    )
    return [_approved(row, row.at) for row in rows]


async def follow_documents(session: AsyncSession, site: str) -> None:
    """Sets aside what rests on a document that changed or went, in the transaction that changes the documents."""
    rows = list(
        await session.scalars(
            select(ApprovedRow).where(ApprovedRow.site == site, ApprovedRow.state == "active")
        )
    )
    texts = await _texts(session, site, {cited["document_id"] for row in rows for cited in row.cited})
    for row in rows:
        why = next((why for cited in row.cited if (why := _why(cited, texts))), "")
        if why:
            row.state, row.why = "stale", why
    await session.flush()


def _why(cited: Mapping[str, str], texts: Mapping[str, str]) -> str:
    if cited["document_id"] not in texts:
        return f"{cited['path']} is gone"
    return "" if texts[cited["document_id"]] == cited["text_hash"] else f"{cited['path']} changed"


async def _texts(session: AsyncSession, site: str, ids: set[str]) -> dict[str, str]:
    """Hashes of the documents' texts, by id."""
    if not ids:
        return {}
    wanted = select(DocumentRow.id, DocumentRow.text).where(
        DocumentRow.site == site, DocumentRow.id.in_(sorted(ids))
    )
    return {page: _hash(text) for page, text in (await session.execute(wanted)).tuples()}


async def _ended(
    session: AsyncSession, site: str, rows: Sequence[ApprovedRow], now: datetime
) -> dict[str, str]:
    """Why an active answer is not given although nobody changed anything: time passed."""
    ids = sorted({cited["document_id"] for row in rows for cited in row.cited})
    wanted = select(DocumentRow.id, DocumentRow.path).where(
        DocumentRow.site == site, DocumentRow.id.in_(ids), DocumentRow.expires <= now
    )
    over = dict((await session.execute(wanted)).tuples().all()) if ids else {}
    return {
        row.id: f"{over[cited['document_id']]} has expired"
        for row in rows
        for cited in row.cited
        if cited["document_id"] in over
    }


def _approved(row: ApprovedRow, now: datetime, ended: str = "") -> Approved:
    approval = Approval(
        question=row.question,
        text=row.text,
        cited=tuple(CitedSpan(cited["path"], cited["quote"]) for cited in row.cited),
        phrasings=tuple(row.phrasings),
        audience=tuple(row.audience),
        expires=row.expires,
    )
    state, why = cast("Literal['active', 'stale', 'retired']", row.state), row.why
    if state == "active":
        if row.expires is not None and row.expires <= now:
            ended = "it has expired itself"
        if ended:
            state, why = "stale", ended
    return Approved(row.id, approval, state, why, row.by, row.at)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
