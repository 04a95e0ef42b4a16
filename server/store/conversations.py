"""Conversations and their log: short transactions, version-checked saves, one sequence of frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.dialogue.known import NOTHING_BEFORE, History
from server.dialogue.record import DecisionRecord
from server.dialogue.values import Consent, State
from server.errors import Conflict, FrontdeskError, NotFound
from server.placeholders import shown
from server.store import members
from server.store.tables import Conversation, DecisionRow, Logged, Rating, Visitor
from server.store.vault import Vault

_STATE: TypeAdapter[State] = TypeAdapter(State)
_BY_ASSISTANT = frozenset({"block", "done"})
"""Frames that only the assistant writes."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as it was loaded."""

    id: str
    site: str
    visitor: str
    mode: str
    consent: Consent
    locale: str
    time_zone: str
    head: int
    version: int
    state: State
    member: str = ""
    """Key of the signed-in user whose conversation it is; empty for nobody's in particular."""
    audience: tuple[str, ...] = ("public",)
    """What may be shown at this moment; set for a turn only."""
    details: Mapping[str, str] = field(repr=False, default_factory=dict)
    """Personal details by placeholder."""
    history: History = NOTHING_BEFORE
    """What happened in other conversations; read for a turn only."""
    home_zone: str = ""
    """The browser's time zone, which says where they are; `time_zone` is the one that times are told in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One frame to append to the log; `body` is the frame without its `seq`."""

    type: str
    body: dict[str, Any]
    message: str | None = None
    turn: str | None = None
    client_id: str | None = None
    by: str | None = None
    """Login of the person who wrote it; never sent to the visitor."""


async def open_talk(
    session: AsyncSession,
    *,
    site: str,
    visitor: str,
    conversation: str | None,
    new_id: str,
    mode: str,
    consent: Consent,
    locale: str,
    time_zone: str,
    now: datetime,
    member: str = "",
    fresh: bool = False,
) -> str:
    """The id of the visitor's conversation, which is begun when there is none or it is somebody else's.

    A member goes on with their newest one when they name none, on whichever device; `fresh` begins another one.
    """
    row = await _named(session, site, visitor, member, conversation)
    if row is None and member and not fresh:
        row = await members.current_of(session, site, member, mode, now)
    if row is not None:
        row.locale, row.time_zone, row.member = locale, time_zone, member
        return row.id
    if await session.get(Visitor, visitor) is None:
        session.add(Visitor(id=visitor, site=site, consent=consent, created_at=now))
    session.add(
        Conversation(
            id=new_id,
            site=site,
            visitor=visitor,
            member=member,
            mode=mode,
            consent=consent,
            locale=locale,
            time_zone=time_zone,
            head=0,
            version=0,
            state=_STATE.dump_python(State(), mode="json"),
            created_at=now,
            updated_at=now,
        )
    )
    return new_id


async def _named(
    session: AsyncSession, site: str, visitor: str, member: str, conversation: str | None
) -> Conversation | None:
    """The conversation that was named, when it may be joined: a member's by that member alone, any other one with the
    visitor's token. The row is locked where it may change hands."""
    if conversation is None:
        return None
    row = await session.get(Conversation, conversation, with_for_update=bool(member) or None)
    if row is None or row.site != site:
        return None
    is_theirs = row.member == member if row.member else row.visitor == visitor
    return row if is_theirs else None


async def load_talk(session: AsyncSession, vault: Vault, site: str, conversation: str) -> Talk:
    """The conversation with its state; raises `NotFound`."""
    row = await session.get(Conversation, conversation)
    if row is None or row.site != site:
        raise NotFound(f"there is no conversation {conversation!r} at site {site!r}; start a new one")
    state = _STATE.validate_python(row.state)
    return Talk(
        id=row.id,
        site=row.site,
        visitor=row.visitor,
        mode=row.mode,
        consent=row.consent,  # type: ignore[arg-type]  # written from Consent only
        locale=row.locale,
        time_zone=state.zone or row.time_zone,
        home_zone=row.time_zone,
        head=row.head,
        version=row.version,
        member=row.member,
        state=state,
        details=await vault.details(session, site, conversation),
    )


async def visitor_of(session: AsyncSession, site: str, conversation: str) -> str | None:
    """Whose conversation it is; None when there is no such one."""
    row = await session.get(Conversation, conversation)
    return row.visitor if row is not None and row.site == site else None


async def language_kept(session: AsyncSession, site: str, conversation: str) -> tuple[str, str]:
    """The language that was spoken last, empty before the first turn, and the widget's locale."""
    found = await session.execute(
        select(Conversation.state, Conversation.locale).where(
            Conversation.id == conversation, Conversation.site == site
        )
    )
    row = found.one_or_none()
    return ("", "") if row is None else (str(row.state.get("language", "")), row.locale)


async def save_talk(
    session: AsyncSession, talk: Talk, *, state: State, entries: Sequence[Entry], now: datetime
) -> int:
    """Append to the log and store the new state; returns the new head.

    Raises `Conflict` when the conversation was saved by somebody else since `talk` was loaded. While a person talks
    with the visitor, nothing by the assistant is written, whoever asks for it.
    """
    if talk.state.with_person and any(entry.type in _BY_ASSISTANT for entry in entries):
        raise FrontdeskError(
            f"a person talks in conversation {talk.id!r}; the assistant can write when it is handed back",
            code="person_present",
            status=409,
        )
    head = talk.head + len(entries)
    changed = await session.execute(
        update(Conversation)
        .where(Conversation.id == talk.id, Conversation.version == talk.version)
        .values(
            head=head, version=talk.version + 1, state=_STATE.dump_python(state, mode="json"), updated_at=now
        )
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        raise Conflict(f"conversation {talk.id!r} moved on; load it again")
    for seq, entry in enumerate(entries, start=talk.head + 1):
        session.add(
            Logged(
                conversation=talk.id,
                seq=seq,
                site=talk.site,
                type=entry.type,
                message=entry.message,
                turn=entry.turn,
                client_id=entry.client_id,
                by=entry.by,
                body=entry.body,
                at=now,
            )
        )
    await session.flush()
    return head


async def save_state(session: AsyncSession, talk: Talk, state: State) -> None:
    """Store a state that says nothing to anybody, in the caller's transaction; may raise `Conflict`."""
    changed = await session.execute(
        update(Conversation)
        .where(
            Conversation.id == talk.id, Conversation.site == talk.site, Conversation.version == talk.version
        )
        .values(version=talk.version + 1, state=_STATE.dump_python(state, mode="json"))
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        raise Conflict(f"conversation {talk.id!r} moved on; load it again")


async def already_logged(session: AsyncSession, conversation: str, client_id: str) -> bool:
    """Whether the client's frame was taken already."""
    found = await session.scalar(
        select(Logged.seq).where(Logged.conversation == conversation, Logged.client_id == client_id)
    )
    return found is not None


async def frames_after(
    session: AsyncSession,
    vault: Vault,
    site: str,
    conversation: str,
    seq: int,
    limit: int = 200,
    member: str | None = None,
) -> list[dict[str, Any]]:
    """The logged frames that follow `seq`, as their owner may see them: with their own details filled in.

    None when `member` is given and the conversation is by now another's, as when somebody signed in to it elsewhere.
    """
    log = select(Logged).where(Logged.site == site, Logged.conversation == conversation, Logged.seq > seq)
    if member is not None:
        mine = select(Conversation.id).where(Conversation.id == conversation, Conversation.member == member)
        log = log.where(mine.exists())
    rows = list(await session.scalars(log.order_by(Logged.seq).limit(limit)))
    if not rows:
        return []
    details = await vault.details(session, site, conversation)
    return [{**shown(row.body, details), "seq": row.seq} for row in rows]


async def set_consent(session: AsyncSession, site: str, conversation: str, consent: Consent) -> str:
    """What the visitor allows from now on; returns what they allowed before.

    Counts as a change of the conversation, so that a turn that was thought under the earlier consent is thought again.
    """
    row = await _row(session, site, conversation)
    before, row.consent = row.consent, consent
    row.version += 1
    if consent != "remembered":
        told = [fact for fact in row.state["facts"] if fact["how"] != "remembered"]
        row.state = {**row.state, "facts": told}
    if consent == "necessary":
        row.state = {**row.state, "pages": []}
    return before


async def keep_record(session: AsyncSession, record: DecisionRecord, now: datetime) -> None:
    """Store the decision record of a turn."""
    session.add(
        DecisionRow(
            turn=record.turn,
            site=record.site,
            conversation=record.conversation,
            play=record.play,
            record=record.model_dump(mode="json"),
            at=now,
        )
    )


async def rate(
    session: AsyncSession, site: str, conversation: str, turn: str, value: str, reason: str, now: datetime
) -> None:
    """Keep the visitor's thumbs for a turn of their own conversation; the last one counts, `none` takes it back."""
    decision = await session.get(DecisionRow, turn)
    if decision is None or decision.conversation != conversation or decision.site != site:
        raise NotFound(f"there is no turn {turn!r} in this conversation")
    row = await session.get(Rating, turn)
    if value == "none":
        if row is not None:
            await session.delete(row)
        return
    if row is None:
        row = Rating(turn=turn, site=site, conversation=conversation, value=value, reason=reason, at=now)
        session.add(row)
    row.value, row.reason, row.at = value, reason, now


async def note_visit(session: AsyncSession, site: str, conversation: str, path: str) -> None:
    """Remember where the visitor was, the last twenty pages; only with consent to more than the necessary."""
    row = await _row(session, site, conversation)
    pages = row.state["pages"]
    if row.consent == "necessary" or pages[-1:] == [path]:
        return
    row.state = {**row.state, "pages": [*pages, path][-20:]}
    row.version += 1


async def lock(session: AsyncSession, site: str, conversation: str) -> None:
    """Keep others from writing it until the transaction ends; raises `NotFound`."""
    row = await _row(session, site, conversation)
    await session.refresh(row)


async def _row(session: AsyncSession, site: str, conversation: str) -> Conversation:
    """The conversation, locked until the transaction ends: what is read here is written back."""
    row = await session.get(Conversation, conversation, with_for_update=True)
    if row is None or row.site != site:
        raise NotFound(f"there is no conversation {conversation!r} at site {site!r}; start a new one")
    return row
