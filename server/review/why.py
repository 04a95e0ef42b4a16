"""Why a lead's score is what it is, as a rep reads it: each point with the message or page that earned it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.documents.models import Score as CrmScore
from intents.score import Point, Score
from server.actions.tables import MeetingRow, TrialRow
from server.dialogue.decide import score_of
from server.dialogue.policy import Policy
from server.dialogue.values import State
from server.review.deps import Seat
from server.review.transcripts import Transcript
from server.store import outcomes
from server.store.tables import Conversation, DecisionRow, Outcome

_STATE: TypeAdapter[State] = TypeAdapter(State)
_SCORE: TypeAdapter[Score] = TypeAdapter(Score)


@dataclass(frozen=True, slots=True)
class Why:
    """A score with what its page needs: when each message was written, and where it stands."""

    score: Score
    times: Mapping[str, datetime]
    """When the messages were written; one that is not here is no longer kept."""
    place: str = ""
    """The page that holds the messages; empty for this one."""
    most: int = 0
    """The points that all rules of the site could pay together; 0 where points are learned and have no such end."""

    @property
    def by_model(self) -> bool:
        return self.score.version != "rules"

    @property
    def of_hundred(self) -> int:
        """Of a hundred such leads, how many come to something."""
        return round(100 * (self.score.chance or 0.0))


async def of_talk(session: AsyncSession, seat: Seat, conversation: str, words: Transcript) -> Why | None:
    """The score as things stand now, pages since the last message included; None for a state that can not be read."""
    row = await session.get(Conversation, conversation)
    if row is None or row.site != seat.site:
        return None
    try:
        state = _STATE.validate_python(row.state)
    except ValidationError:
        return None  # of another version; the rest of the page is worth reading
    consent: Any = row.consent
    policy = seat.desk.policy(seat.site)
    return Why(score_of(policy, state, consent), times(words), most=most_of(policy))


async def of_update(
    session: AsyncSession, seat: Seat, told: CrmScore, turn: str | None, words: Transcript
) -> Why:
    """The score that goes to the CRM, with what the decision record adds to it."""
    row = await session.get(DecisionRow, turn) if turn else None
    kept = of_record(row.record.get("score")) if row is not None and row.site == seat.site else None
    if kept is None or kept.total != told.total:
        kept = _as_told(told)
    return Why(kept, times(words), most=most_of(seat.desk.policy(seat.site)))


def of_record(stored: Any) -> Score | None:
    """The score of a decision record; None when it is of another version."""
    try:
        return _SCORE.validate_python(stored)
    except ValidationError:
        return None


def most_of(policy: Policy) -> int:
    """The end of the scale of a site that scores by rules."""
    if policy.score_model is not None:
        return 0
    return sum(rule.points * rule.times_at_most for rule in policy.score.rules if rule.points > 0)


def times(words: Transcript) -> dict[str, datetime]:
    """When each message was written."""
    return {item.message: item.at for item in words.items if item.kind == "words"}


async def marks(session: AsyncSession, seat: Seat, conversation: str) -> dict[str, Any]:
    """What became of the lead, and what may be said of it now: how a meeting went once one is over."""
    rows: Sequence[Outcome] = await outcomes.of(session, seat.site, conversation)
    held = {row.kind for row in rows}
    possible = {"won", "lost"}
    met = select(MeetingRow.id).where(
        MeetingRow.site == seat.site,
        MeetingRow.conversation == conversation,
        MeetingRow.state != "cancelled",
        MeetingRow.ends_at < seat.now,
    )
    tried = select(TrialRow.id).where(TrialRow.site == seat.site, TrialRow.conversation == conversation)
    if await session.scalar(met.limit(1)) is not None:
        possible |= {"meeting_held", "meeting_missed"}
    if await session.scalar(tried.limit(1)) is not None:
        possible.add("trial_activated")
    return {
        "outcomes": rows,
        "outcome_words": outcomes.WORDS,
        "outcomes_left": [kind for kind in outcomes.KINDS if kind in possible - held],
    }


def _as_told(told: CrmScore) -> Score:
    """Fields of a document are numbers with a fraction; points are whole."""
    points = tuple(
        Point(each.code, round(each.points), each.kind, each.because, each.message_id, each.page)
        for each in told.points
    )
    return Score(round(told.fit), round(told.intent), round(told.total), _stage(told.stage), points, "")


def _stage(told: str) -> Any:
    return told if told in ("research", "evaluation", "purchase", "support", "at_risk") else "research"
