"""The account brief: who this is, what they asked, what worries them, what stands, and what to say next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.values import CrmRecord
from server.actions.follow_ups import queue
from server.actions.follow_ups.values import FollowUp
from server.briefing import Asked, Brief, brief_of
from server.dialogue.values import Known
from server.errors import NotFound
from server.review import why
from server.review.deps import Seat
from server.review.roles import Role
from server.review.talk_track import Line, talk_track
from server.review.talks import Talk, one
from server.review.transcripts import sealed, transcript
from server.store.tables import DecisionRow

_WHO = ("person", "role", "email", "phone")
_COMPANY = ("company", "industry", "team_size", "current_tool", "budget", "timeline")
_WORRIES: Mapping[str, str] = {
    "pricing": "Price", "plan_limits": "Limits of the plans", "security_compliance": "Security and compliance",
    "migration": "Moving from today's tool", "comparison": "How we compare", "integration_question": "Fitting in",
    "cancel_or_downgrade": "Leaving", "complaint": "A complaint",
}  # fmt: skip
"""What an intent worries about."""
_TOO_DEAR = re.compile(
    r"expensive|pricey|too (?:much|high)|cheaper|afford|discount|over (?:our |the )?budget|\bteuer|günstiger|Rabatt"
    r"|\bch(?:er|ère)s?\b|remise|\bcaro|\bbarato|descuento|غالي|خصم|أرخص",
    re.IGNORECASE,
)
"""A price that is too high; one that is merely asked for is no objection."""
_ASKED_FOR_PROOF = 3


@dataclass(frozen=True, slots=True)
class Worry:
    """Something that may stand in the way, with the words that showed it."""

    about: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page. Details are placeholders until somebody who may opens them."""

    talk: Talk
    brief: Brief
    who: tuple[Known, ...]
    company: tuple[Known, ...]
    other: tuple[Known, ...]
    worries: tuple[Worry, ...]
    track: tuple[Line, ...]
    to_ask: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...]
    record: CrmRecord | None
    why: why.Why | None
    sealed: tuple[str, ...]

    @property
    def owner(self) -> str:
        return self.brief.route.rep if self.brief.route else ""


async def sheet(seat: Seat, conversation: str) -> Sheet:
    """Put together from what is stored; raises `NotFound`."""
    policy = seat.desk.policy(seat.site)
    async with seat.desk.readers() as session:
        talk = await one(session, seat.site, conversation)
        brief = await brief_of(session, policy, seat.site, conversation)
        if brief is None:
            raise NotFound(
                f"conversation {conversation!r} is of another version and can not be told in brief"
            )
        words = await transcript(session, seat.site, conversation)
        score = await why.of_talk(session, seat, conversation, words)
        decided = await _worried(session, seat.site, conversation)
        names = await sealed(session, seat.site, conversation)
        drafted = await queue.of_conversation(session, seat.site, conversation)
    known = {fact.name: fact for fact in brief.facts}
    industry = str(known["industry"].value).replace("_", " ") if "industry" in known else ""
    asked = [each.question for each in brief.asked][-_ASKED_FOR_PROOF:]
    record = await seat.desk.ledger.record(seat.site, conversation) if seat.person.role >= Role.REP else None
    return Sheet(
        talk=talk,
        brief=brief,
        who=_of(known, _WHO),
        company=_of(known, _COMPANY),
        other=tuple(fact for fact in brief.facts if fact.name not in (*_WHO, *_COMPANY)),
        worries=_worries(brief, decided),
        track=tuple(await talk_track(seat, seat.desk.proof(seat.site), industry, asked)),
        to_ask=tuple(each.ask for each in policy.questions if each.fact not in known),
        follow_ups=tuple(drafted),
        record=record,
        why=score,
        sealed=tuple(names),
    )


def _of(known: Mapping[str, Known], names: Sequence[str]) -> tuple[Known, ...]:
    return tuple(known[name] for name in names if name in known)


async def _worried(session: AsyncSession, site: str, conversation: str) -> list[Mapping[str, Any]]:
    mine = select(DecisionRow.record).where(
        DecisionRow.site == site, DecisionRow.conversation == conversation
    )
    return list(await session.scalars(mine.order_by(DecisionRow.at, DecisionRow.turn)))


def _worries(brief: Brief, decided: Sequence[Mapping[str, Any]]) -> tuple[Worry, ...]:
    """Frustration first, then what had no answer, then what was asked about by its kind."""
    found: list[Worry] = []
    if brief.felt:
        found.append(Worry(f"They were {brief.mood}", tuple(each.replace("_", " ") for each in brief.felt)))
    open_ones: tuple[Asked, ...] = brief.unanswered
    if open_ones:
        found.append(Worry("No answer in our documents", tuple(each.question for each in open_ones)))
    by_kind: dict[str, list[str]] = {}
    for record in decided:
        for name in record.get("asked_for") or ():
            said = str(record.get("said", ""))
            if name in _WORRIES and (name != "pricing" or _TOO_DEAR.search(said)):
                by_kind.setdefault(_WORRIES[name], []).append(said)
    found += [Worry(about, tuple(dict.fromkeys(words))) for about, words in by_kind.items()]
    return tuple(found)
