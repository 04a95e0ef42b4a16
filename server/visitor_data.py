"""The visitor's own say over what is held of them: all of it as one document, or all of it deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import telling as crm
from server.actions import erased_letters, outbox
from server.actions.tables import Base as ActionsBase
from server.actions.tables import MailRow
from server.actions.values import EffectRequest
from server.desk import Desk
from server.erasing import Erased, erase_conversation
from server.files.links import FileLinks
from server.placeholders import fill
from server.store import closing_tables as _closing_tables  # noqa: F401  so that its tables are known
from server.store import helped, members
from server.store.file_tables import FileRow
from server.store.tables import Base as StoreBase
from server.store.tables import Conversation, Sealed, Unsealing

FORMAT = "frontdesk.export.v1"
_OURS = frozenset({
    "by", "person", "member", "address", "email_key", "last_error", "lease_until", "next_attempt_at",
})  # fmt: skip
"""Columns about our people or our machinery: logins, keyed hashes, attempts."""


async def conversations_of(session: AsyncSession, site: str, visitor: str, member: str = "") -> list[str]:
    """The ids of all that somebody said here, the oldest first: a signed-in user on every device, anybody else in one
    browser. There another user's conversations are not theirs."""
    theirs = Conversation.member == member if member else Conversation.visitor == visitor
    mine = select(Conversation.id).where(Conversation.site == site, Conversation.member == member, theirs)
    return list(await session.scalars(mine.order_by(Conversation.created_at, Conversation.id)))


async def export(
    desk: Desk, session: AsyncSession, site: str, ids: Sequence[str], member: str = "", visitor: str = ""
) -> dict[str, Any]:
    """Everything that is held of these conversations, with the personal details that the vault keeps filled in, of
    the signed-in user, where they let us remember, and of what either did in the help panel."""
    now = desk.clock()
    held = [await _conversation(desk, session, site, each) for each in ids]
    document: dict[str, Any] = {
        "format": FORMAT, "site": site, "exported_at": now.isoformat(), "conversations": held,
    }  # fmt: skip
    if did := await helped.held(session, site, f"member:{member}" if member else f"visitor:{visitor}"):
        document["help_panel"] = did
    kept = await members.kept(session, desk.vault, site, member) if member else None
    return document if kept is None else {**document, "signed_in_user": _user(kept)}


def _user(kept: members.Kept) -> dict[str, Any]:
    return {
        **kept.details,
        "plan": kept.plan,
        "first_seen": kept.first_seen.isoformat(),
        "last_seen": kept.last_seen.isoformat(),
    }


async def _conversation(desk: Desk, session: AsyncSession, site: str, conversation: str) -> dict[str, Any]:
    details = await desk.vault.details(session, site, conversation)
    held: dict[str, Any] = {"personal_details": [{"as": mark, "value": details[mark]} for mark in details]}
    for table in _tables():
        key = table.c.id if table.name == Conversation.__tablename__ else table.c.conversation
        rows = await session.execute(select(table).where(table.c.site == site, key == conversation))
        if found := [_row(row, details) for row in rows.mappings()]:
            held[table.name] = found
    links = FileLinks(desk.secret)
    for file in held.get(FileRow.__tablename__, ()):
        file["url"] = desk.links.absolute(links.url(site, conversation, file["id"]))
    keys = select(ActionsBase.metadata.tables["effects"].c.key).where(
        ActionsBase.metadata.tables["effects"].c.site == site,
        ActionsBase.metadata.tables["effects"].c.conversation == conversation,
    )
    letters = await session.scalars(select(MailRow).where(MailRow.site == site, MailRow.key.in_(keys)))
    held["mails"] = [
        {
            "key": letter.key,
            "subject": letter.subject,
            "text": letter.text,
            "sent_at": letter.sent_at.isoformat(),
        }
        for letter in letters
    ]
    told = await crm.held(session, site, conversation)
    held["crm_updates"] = [_filled(one, details) for one in told]
    return held


def _tables() -> list[Table]:
    """Whatever belongs to a conversation, by its column: a table that is added is in the export by itself."""
    apart = {Sealed.__tablename__, Unsealing.__tablename__}
    found = [*StoreBase.metadata.sorted_tables, *ActionsBase.metadata.sorted_tables]
    is_one = (
        t
        for t in found
        if t.name == Conversation.__tablename__ or {"site", "conversation"} <= set(t.c.keys())
    )
    return [table for table in is_one if table.name not in apart]


def _row(row: Mapping[Any, Any], details: Mapping[str, str]) -> dict[str, Any]:
    named = {str(name): value for name, value in row.items()}
    return {name: _filled(value, details) for name, value in named.items() if name not in _OURS}


def _filled(value: Any, details: Mapping[str, str]) -> Any:
    match value:
        case str():
            return fill(value, details)
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            return [_filled(one, details) for one in value]
        case dict():
            return {key: _filled(one, details) for key, one in value.items()}
        case bytes():
            return None
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Gone:
    """What the visitor is told: what is deleted, and what stands elsewhere."""

    conversations: int
    messages: int
    details: int
    meetings: tuple[str, ...]
    crm: int
    """Updates that the CRM has; people see to them."""
    erased: tuple[Erased, ...]


async def erase(desk: Desk, session: AsyncSession, site: str, ids: Sequence[str]) -> Gone:
    """Delete these conversations in the caller's transaction; the team is told of what is left to do."""
    now = desk.clock()
    gone = [await erase_conversation(session, site, each, by="visitor", now=now) for each in ids]
    meetings = tuple(each for one in gone for each in one.meetings)
    updates = tuple(each for one in gone for each in one.crm_delivered)
    if meetings or updates:
        # Of no conversation: it has to outlive what it tells of. It names nobody.
        told = EffectRequest(
            site=site,
            conversation=None,
            kind=erased_letters.KIND,
            payload={"meetings": list(meetings), "updates": list(updates)},
            key=f"erased:{ids[0]}",
        )
        await outbox.enqueue(session, told, now=now)
    return Gone(
        len(gone),
        sum(one.messages for one in gone),
        sum(one.details for one in gone),
        meetings,
        len(updates),
        tuple(gone),
    )
