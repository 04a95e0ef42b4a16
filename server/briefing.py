"""What a person has to know before they join a conversation, put together from what is stored; all of it redacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intents.score import Score
from server.actions import handoff, routing
from server.actions.pricing import money
from server.actions.tables import CartRow, MeetingRow, TrialRow
from server.actions.values import Handoff, HandoffStep
from server.actions.when import said
from server.actions.words import in_words
from server.dialogue.decide import score_of
from server.dialogue.languages import name_of
from server.dialogue.policy import Policy
from server.dialogue.signed_in import SignedIn
from server.dialogue.values import Known, State
from server.store import events
from server.store.events import Did
from server.store.tables import Conversation, DecisionRow

_STATE: TypeAdapter[State] = TypeAdapter(State)
_ASKED = 8
"""The latest questions; who needs more reads the conversation."""
_DID = 10
_ANSWER_CHARS = 280
_TENSE, _ANGRY = 0.3, 0.6
EARLIER = "told in an earlier conversation"
"""Said of what this conversation did not tell."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an answer cited."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the visitor, and what they were told."""

    message: str
    question: str
    answer: str
    """Empty where the documents did not hold it."""
    sources: tuple[Source, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """A conversation for somebody who takes it over."""

    waits: Handoff | None
    steps: Sequence[HandoffStep]
    asked: tuple[Asked, ...]
    facts: tuple[Known, ...]
    score: Score
    mood: str
    """`calm`, `tense` or `angry`."""
    felt: tuple[str, ...]
    """Why, in the words of the signals that were seen."""
    language: str
    page: str
    standing: tuple[str, ...]
    """Meetings, trials and carts of the conversation, as they stand now."""
    route: routing.Route | None
    about: tuple[tuple[str, str], ...] = ()
    """What came with a message to the team: page, version of the product, its last error."""
    signed_in: SignedIn | None = None
    """Who the host application says it is."""
    did: tuple[Did, ...] = ()
    """What they did last on the host page, as its code told it."""

    @property
    def unanswered(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.asked if not each.answer)

    @property
    def answered(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.asked if each.answer)


class HasPolicies(Protocol):
    """Who knows the rules of a site."""

    def policy(self, site: str) -> Policy: ...


async def brief_of(session: AsyncSession, policy: Policy, site: str, conversation: str) -> Brief | None:
    """The brief as things stand now; None for a conversation that is gone or of another version."""
    row = await session.get(Conversation, conversation)
    if row is None or row.site != site:
        return None
    try:
        state = _STATE.validate_python(row.state)
    except ValidationError:
        return None
    decided = await _decisions(session, site, conversation)
    consent: Any = row.consent
    latest = {fact.name: fact for fact in state.facts if fact.name != "when"}
    return Brief(
        waits=await handoff.open_of(session, site, conversation),
        steps=await handoff.steps(session, site, conversation),
        asked=tuple(filter(None, map(_asked, decided)))[-_ASKED:],
        facts=tuple(latest.values()),
        score=score_of(policy, state, consent),
        mood="angry" if state.mood >= _ANGRY else "tense" if state.mood >= _TENSE else "calm",
        felt=_felt(decided) if state.mood >= _TENSE else (),
        language=state.language or row.locale,
        page=state.pages[-1] if state.pages else "",
        standing=await _standing(session, site, conversation),
        route=await routing.of(session, site, conversation),
        did=await events.latest(session, site, conversation, _DID),
        about=state.about,
        signed_in=state.signed_in,
    )


async def brief_text(desk: HasPolicies, session: AsyncSession, site: str, conversation: str) -> str:
    """The brief as a mail tells it; empty when there is none."""
    brief = await brief_of(session, desk.policy(site), site, conversation)
    return as_text(brief) if brief else ""


def as_signed_in(who: SignedIn) -> str:
    """As whom, with which plan, and of which company."""
    told = (who.name or who.email or "without a name", who.plan and f"plan {who.plan}", who.company)
    return ", ".join(part for part in told if part)


def as_text(brief: Brief) -> str:
    """Short lines under plain headings."""
    parts: list[tuple[str, list[str]]] = []
    if brief.signed_in:
        parts.append(("Signed in to the product", [f"- {as_signed_in(brief.signed_in)}"]))
    if brief.unanswered:
        parts.append(("Not answered", [f"- {each.question}" for each in brief.unanswered]))
    told = []
    for each in brief.answered:
        cited = "; ".join(f"{source.title} {source.url}" for source in each.sources)
        told.append(f"- {each.question}\n  {each.answer}" + (f"\n  Source: {cited}" if cited else ""))
    if told:
        parts.append(("Asked and answered", told))
    facts = [
        f"- {fact.name.replace('_', ' ')}: {in_words(fact.value)}"
        + (f' ("{fact.evidence.quote}")' if fact.evidence and fact.evidence.quote else "")
        + (f" ({EARLIER})" if fact.how == "remembered" else "")
        for fact in brief.facts
    ]
    if facts:
        parts.append(("Known", facts))
    points = [f"- {point.points:+d} {in_words(point.because)}" for point in brief.score.points]
    parts.append((f"Score {brief.score.total}, stage {brief.score.stage}", points))
    if brief.mood != "calm":
        why = f" ({', '.join(each.replace('_', ' ') for each in brief.felt)})" if brief.felt else ""
        parts.append(("Mood", [f"- {brief.mood}{why}"]))
    if brief.standing:
        parts.append(("Stands", [f"- {line}" for line in brief.standing]))
    if brief.about:
        parts.append(("Wrote from the product", [f"- {name}: {value}" for name, value in brief.about]))
    if brief.route:
        parts.append((f"Lead of {brief.route.rep}", [f"- {step.said}" for step in brief.route.trace]))
    if brief.did:
        parts.append(("Did on the page", [f"- {each}" for each in brief.did]))
    where = [name_of(brief.language.split("-", maxsplit=1)[0], "en")] + ([brief.page] if brief.page else [])
    parts.append(("Language and page", [f"- {', '.join(where)}"]))
    return "\n\n".join("\n".join([f"{heading}:", *lines]) for heading, lines in parts)


async def _decisions(session: AsyncSession, site: str, conversation: str) -> Sequence[DecisionRow]:
    mine = select(DecisionRow).where(DecisionRow.site == site, DecisionRow.conversation == conversation)
    return list(await session.scalars(mine.order_by(DecisionRow.at, DecisionRow.turn)))


def _asked(row: DecisionRow) -> Asked | None:
    """A turn in which something was asked of the documents."""
    record = row.record
    abstained = record.get("abstained")
    if abstained is None:
        return None
    blocks = [block for block in record.get("reply", []) if isinstance(block, dict)]
    words = "" if abstained else _words(blocks)
    sources = tuple(
        Source(str(each.get("title", "")), str(each.get("url", "")).split("#", maxsplit=1)[0])
        for block in blocks
        if block.get("kind") == "sources"
        for each in block.get("citations", [])
    )
    kept = () if abstained else tuple(dict.fromkeys(sources))
    return Asked(str(record.get("message", "")), str(record.get("said", "")), words, kept, row.at)


def _words(blocks: Sequence[Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for block in blocks:
        match block.get("kind"):
            case "text":
                lines += [str(line.get("text", "")) for line in block.get("lines", []) if line.get("cites")]
            case "list":
                lines += [str(line.get("text", "")) for line in block.get("items", [])]
            case "table":
                lines += [" | ".join(map(str, cells)) for cells in block.get("rows", [])]
            case _:
                continue
    text = " ".join(lines) or "answered"
    return text if len(text) <= _ANSWER_CHARS else f"{text[: _ANSWER_CHARS - 1].rstrip()}…"


def _felt(decided: Sequence[DecisionRow]) -> tuple[str, ...]:
    felt: dict[str, None] = {}
    for row in decided:
        for reason in row.record.get("reasons", []):
            if str(reason).startswith("felt:"):
                felt[str(reason).removeprefix("felt:")] = None
    return tuple(felt)


async def _standing(session: AsyncSession, site: str, conversation: str) -> tuple[str, ...]:
    lines: list[str] = []
    met = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation == conversation)
    for meeting in await session.scalars(met.order_by(MeetingRow.starts_at)):
        when = said(meeting.starts_at, meeting.zone)
        lines.append(f"Meeting {meeting.state}: {meeting.title}, {when}, with {meeting.rep}")
    tried = select(TrialRow).where(TrialRow.site == site, TrialRow.conversation == conversation)
    trials = await session.scalars(tried)
    lines += [f"Trial {trial.state}: {trial.plan}, {trial.days} days" for trial in trials]
    filled = select(CartRow).where(CartRow.site == site, CartRow.conversation == conversation)
    for cart in await session.scalars(filled.order_by(CartRow.created_at)):
        total, currency = cart.quote.get("total"), cart.quote.get("currency")
        price = f": {_money(total, currency)} a {cart.quote.get('period', 'period')}" if total else ""
        lines.append(f"Cart {cart.state}{price}")
    return tuple(lines)


def _money(total: Any, currency: Any) -> str:
    try:
        return money(Decimal(str(total)), str(currency))
    except (InvalidOperation, ValueError):
        return f"{total} {currency}"
