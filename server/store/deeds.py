"""Who changed what in the knowledge, and who came in or was let in: one row a deed, read by the audit page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from server.store.tables import Deed

Act = Literal[
    "document_written",
    "document_deleted",
    "source_saved",
    "source_removed",
    "source_read",
    "answer_approved",
    "answer_retired",
    "gap_closed",
    "token_made",
    "token_revoked",
    "outcome_marked",
    "outcome_withdrawn",
    "intents_trained",
    "intents_switched",
    "intents_switched_back",
    "intents_discarded",
    "intent_corrected",
    "follow_up_edited",
    "follow_up_approved",
    "follow_up_rejected",
    "follow_up_snoozed",
    "follow_up_replied",
    "trial_told_again",
    "crm_exported",
    "conversation_erased",
    "message_erased",
    "signed_in",
    "sign_in_failed",
    "sign_in_refused",
    "sign_ins_revoked",
    "account_added",
    "account_linked",
    "account_deactivated",
    "account_activated",
    "role_changed",
    "password_changed",
    "password_link_made",
]
EVERY_SITE = "*"
"""What is done to an account of all sites is told at each of them."""


async def note_deed(
    session: AsyncSession, site: str, *, by: str, act: Act, thing: str, now: datetime
) -> None:
    """Write it down in the caller's transaction."""
    session.add(Deed(id=str(uuid7()), site=site, by=by, act=act, thing=thing[:500], at=now))
    await session.flush()


def deed(
    site: str, *, by: str, act: Act, thing: str, now: datetime
) -> Callable[[AsyncSession], Awaitable[None]]:
    """What writes it down, for the room that makes the change to call in its own transaction."""

    async def note(session: AsyncSession) -> None:
        await note_deed(session, site, by=by, act=act, thing=thing, now=now)

    return note


async def write_deed(
    writers: async_sessionmaker[AsyncSession], site: str, *, by: str, act: Act, thing: str, now: datetime
) -> None:
    """Write it down on its own, for what changes no row: that somebody had a source read."""
    async with writers() as session:
        await note_deed(session, site, by=by, act=act, thing=thing, now=now)
        await session.commit()


async def deeds(session: AsyncSession, site: str, *, limit: int = 50) -> Sequence[Deed]:
    """The latest first."""
    wanted = (
        select(Deed)
        .where(Deed.site.in_((site, EVERY_SITE)))
        .order_by(Deed.at.desc(), Deed.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(wanted))
