"""What happened to a visitor outside this conversation, as far as decisions may go by it: loaded with the talk."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.dialogue.asking_rules import Limits
from server.dialogue.known import History, Known
from server.dialogue.values import State
from server.placeholders import PLACEHOLDER
from server.store.conversations import Talk
from server.store.tables import Conversation
from server.store.touches import Cap, Who, count, person_key, touched

_FACTS: TypeAdapter[tuple[Known, ...]] = TypeAdapter(tuple[Known, ...])
_CONVERSATIONS = 5
"""How many earlier conversations are looked into, the latest ones."""
_DAY = timedelta(days=1)


def who_of(talk: Talk, secret: str, state: State | None = None) -> Who:
    """Whose touches count: the visitor's, and those of the address that they told."""
    email = (state or talk.state).known("email")
    address = talk.details.get(str(email.value), "") if email else ""
    return Who(talk.site, talk.visitor, talk.id, person_key(secret, talk.site, address))


def caps_of(limits: Limits) -> tuple[Cap, ...]:
    """What holds for questions, whichever tab, device or process asks them."""
    caps: tuple[Cap, ...] = (Cap("question", limits.questions_per_day, _DAY),)
    if limits.site_questions_per_day is not None:
        caps = (*caps, Cap("question", limits.site_questions_per_day, _DAY, per="site"))
    return caps


def offer_caps_of(limits: Limits) -> tuple[Cap, ...]:
    """The same for what is offered unasked."""
    return (Cap("offer", limits.offers_per_day, _DAY),)


async def history_of(session: AsyncSession, talk: Talk, limits: Limits, who: Who, now: datetime) -> History:
    """What was asked before, and with consent `remembered` what was told."""
    remembers = talk.consent == "remembered"
    back, offer_back = (
        timedelta(days=limits.ask_again_after_days),
        timedelta(days=limits.offer_again_after_days),
    )
    furthest = max(back, offer_back, _DAY) if remembers else _DAY
    got = await touched(session, who, now - furthest, ["question", "offer"])
    asked = [one for one in got if one.kind == "question"]
    offered = [one for one in got if one.kind == "offer"]
    site = 0
    if limits.site_questions_per_day is not None:
        site = await count(session, who, Cap("question", 0, _DAY, per="site"), now)
    before = frozenset(
        one.key for one in asked if remembers and one.conversation != talk.id and one.at > now - back
    )
    offered_before = frozenset(
        one.key for one in offered if remembers and one.conversation != talk.id and one.at > now - offer_back
    )
    facts, stands = await _told(session, talk) if remembers else ((), frozenset[str]())
    return History(
        facts=facts,
        asked_before=before,
        asked_today=sum(one.at > now - _DAY for one in asked),
        site_asked_today=site,
        offered_before=offered_before,
        offered_today=sum(one.at > now - _DAY for one in offered),
        stands=stands,
    )


async def _told(session: AsyncSession, talk: Talk) -> tuple[tuple[Known, ...], frozenset[str]]:
    """What holds of each fact that the visitor told in earlier conversations, and what was booked or begun there.

    Names and addresses are left where they are sealed: somebody else may sit at the same browser.
    """
    rows = await session.execute(
        select(Conversation.state["facts"], Conversation.state["meeting"], Conversation.state["trial"])
        .where(
            Conversation.site == talk.site,
            _of(talk.visitor, talk.member),
            Conversation.id != talk.id,
            Conversation.consent == "remembered",
        )
        .order_by(Conversation.updated_at.desc())
        .limit(_CONVERSATIONS)
    )
    latest: dict[str, Known] = {}
    stands: set[str] = set()
    for facts, meeting, trial in reversed(rows.all()):
        stands |= ({"book"} if meeting else set()) | ({"trial"} if trial else set())
        for fact in _FACTS.validate_python(facts or ()):
            if fact.how in {"said", "chosen"} and not PLACEHOLDER.search(str(fact.value)):
                latest[fact.name] = fact
    # The words stay in their own conversation, where they can be deleted.
    told = tuple(
        Known(name, fact.value, "remembered", fact.confidence)
        for name, fact in latest.items()
        if name not in _FLEETING
    )
    return told, frozenset(stands)


_FLEETING = frozenset({"when", "impossible_date", "past_date", "declined", "yes_no"})
"""What was meant for that moment only."""


def _of(visitor: str, member: str) -> ColumnElement[bool]:
    """A member's conversations are theirs on every device; whoever is not signed in has those of the browser alone."""
    if member:
        return Conversation.member == member
    return and_(Conversation.visitor == visitor, Conversation.member == "")


async def forget_earlier(
    session: AsyncSession, site: str, visitor: str, conversation: str, member: str = ""
) -> None:
    """We may remember no longer: what earlier conversations told is not read again, whatever is allowed later."""
    earlier = update(Conversation).where(
        Conversation.site == site,
        _of(visitor, member),
        Conversation.id != conversation,
        Conversation.consent == "remembered",
    )
    await session.execute(earlier.values(consent="conversation", version=Conversation.version + 1))
