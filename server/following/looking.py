"""Reads how things stand with a conversation, as the decision about its mails needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import cadences
from server.actions.follow_ups.refusals import has_refused
from server.actions.follow_ups.standing import Situation
from server.actions.follow_ups.tables import CadenceRow
from server.actions.follow_ups.timing import regions
from server.actions.tables import HandoffRow, MeetingRow
from server.desk import Desk
from server.dialogue.languages import spoken
from server.errors import NotFound
from server.store import outcomes
from server.store.conversations import Talk, load_talk
from server.store.tables import Conversation, Logged
from server.store.touches import person_key

_SURE = 0.8


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation with its situation. `talk` is None when it was erased."""

    situation: Situation
    talk: Talk | None = None
    person: str = ""
    """Keyed hash of the address."""
    ended_at: datetime | None = None
    language: str = "en"


async def look(
    desk: Desk, session: AsyncSession, site: str, conversation: str, *, now: datetime, head: int
) -> Seen:
    """How it stands; `head` is where it stood when it was drafted from."""
    try:
        talk = await load_talk(session, desk.vault, site, conversation)
    except NotFound:
        return Seen(Situation(exists=False))
    playbook = desk.playbooks.of_or_default(site)
    email, person = address_of(talk, desk.secret)
    row = await session.get(Conversation, conversation)
    ended = row.updated_at if row is not None else now
    language = spoken(talk.state.language, talk.locale, playbook.site.language)
    region = playbook.region_of(talk.home_zone, talk.locale)
    marks = {each.kind for each in await outcomes.of(session, site, conversation)}
    situation = Situation(
        in_product=talk.mode == "help",
        email=email,
        consent=talk.consent,
        asked_for_mail=await _asked_for_mail(session, site, conversation),
        refused=await has_refused(session, site, person=person, conversation=conversation),
        language=language,
        regions=regions(talk.home_zone, talk.locale),
        region_shut=region is not None and not region.follow_up,
        with_person=talk.state.with_person,
        held_out=talk.state.group == "holdout",
        meeting=await _meeting(session, site, conversation, person, now),
        settled=bool(marks & {"won", "lost"}),
        went_on=await wrote_after(session, site, conversation, head),
        newer=await _has_newer(session, site, conversation, person, head),
    )
    return Seen(situation, talk, person, ended, language)


def address_of(talk: Talk, secret: str) -> tuple[str, str]:
    """The placeholder of the visitor's address and the keyed hash of it; empty when none was given for sure."""
    email = talk.state.known("email")
    if email is None or email.confidence < _SURE:
        return "", ""
    placeholder = str(email.value)
    person = person_key(secret, talk.site, talk.details.get(placeholder, ""))
    return (placeholder, person) if person else ("", "")


async def wrote_after(session: AsyncSession, site: str, conversation: str, seq: int) -> bool:
    """Whether the visitor said something since."""
    later = select(Logged.body).where(
        Logged.site == site, Logged.conversation == conversation, Logged.type == "message", Logged.seq > seq
    )
    return any(body.get("author") == "visitor" for body in await session.scalars(later))


async def _asked_for_mail(session: AsyncSession, site: str, conversation: str) -> bool:
    wanted = select(HandoffRow.id).where(
        HandoffRow.site == site, HandoffRow.conversation == conversation, HandoffRow.email.is_not(None)
    )
    return await session.scalar(wanted.limit(1)) is not None


async def _meeting(
    session: AsyncSession, site: str, conversation: str, person: str, now: datetime
) -> Literal["none", "ahead", "held", "cancelled"]:
    """Of this conversation and the person's others: one that is ahead counts before one that was held."""
    mine = [conversation, *(await cadences.conversations_of(session, site, person) if person else [])]
    rows = list(
        await session.scalars(
            select(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation.in_(mine))
        )
    )
    standing = [row for row in rows if row.state != "cancelled"]
    if any(row.ends_at > now for row in standing):
        return "ahead"
    if any(row.conversation == conversation for row in standing):
        return "held"
    return "cancelled" if rows and not standing else "none"


async def _has_newer(session: AsyncSession, site: str, conversation: str, person: str, head: int) -> bool:
    if not person:
        return False
    mine = select(CadenceRow.created_at).where(
        CadenceRow.site == site, CadenceRow.conversation == conversation, CadenceRow.head == head
    )
    began = await session.scalar(mine)
    if began is None:
        return False
    newer = select(CadenceRow.id).where(
        CadenceRow.site == site,
        CadenceRow.person == person,
        CadenceRow.created_at > began,
        CadenceRow.rule != "",
    )
    return await session.scalar(newer.limit(1)) is not None


def own_details(talk: Talk) -> Mapping[str, str]:
    """Placeholders that are the reader's own, by what they are."""
    found = {name: talk.state.known(name) for name in ("email", "person", "phone", "company")}
    return {name: str(fact.value) for name, fact in found.items() if fact is not None}
