"""Follow-up drafts as the console lists and opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.values import Cadence, Finding, FollowUp, State
from server.following.letter import footer
from server.review.deps import Seat
from server.review.transcripts import Transcript, transcript

SHOWN = 100
TABS: tuple[tuple[str, str, tuple[State, ...]], ...] = (
    ("waiting", "Waiting", ("waiting",)),
    ("snoozed", "Later", ("waiting",)),
    ("approved", "Approved", ("approved", "sending")),
    ("sent", "Sent", ("sent",)),
    ("closed", "Closed", ("rejected", "stopped")),
)
"""Key, name, and the states that stand there."""
STATE_WORDS: dict[State, str] = {
    "waiting": "Waiting for you",
    "approved": "Approved",
    "sending": "Being sent",
    "sent": "Sent",
    "rejected": "Rejected",
    "stopped": "Stopped",
}
WHY_WORDS = {
    "unsubscribed": "they want no follow-ups",
    "no_permission": "they took their consent back",
    "conversation_went_on": "they wrote again",
    "newer_conversation": "a newer conversation is followed up",
    "meeting_booked": "a meeting is booked",
    "meeting_held": "the meeting was held",
    "with_person": "a person has the conversation",
    "settled": "the lead is won or lost",
    "replied": "they replied",
    "expired": "nobody decided in time",
    "cap_reached": "they would have got too many mails",
    "not_delivered": "no mail server took it",
    "message_erased": "a message was erased",
    "rule_gone": "the playbook has this rule no more",
    "switched_off": "the playbook has no follow-ups any more",
    "language_excluded": "their language is left out",
    "region_excluded": "their country is left out",
    "no_address": "there is no address any more",
    "finished": "all its mails went out",
    "rejected": "it was rejected",
}
CODE_WORDS = {
    "quote_not_in_source": "Not the page's words",
    "wrong_source": "Wrong source",
    "source_gone": "Page is gone",
    "no_such_source": "No such source",
    "not_in_source": "Source says otherwise",
    "price_not_in_catalogue": "Not our price",
    "percent_without_source": "Share without source",
    "date_without_source": "Date without source",
    "number_without_source": "Figure without source",
    "banned_claim": "Banned claim",
    "personal_detail": "Personal detail",
    "foreign_link": "Unknown link",
    "guarantee": "Guarantee",
    "superlative": "Superlative",
    "comparison": "Comparison",
    "urgency": "Pressure",
    "absolute": "Too broad",
    "dated": "Time without source",
    "uncited_claim": "No source named",
    "uncited_quote": "No source named",
    "not_checked": "Not fully checked",
    "too_long": "Too long",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One draft, ready to be shown."""

    made: FollowUp
    cadence: Cadence | None

    @property
    def id(self) -> str:
        return self.made.id

    @property
    def is_open(self) -> bool:
        return self.made.state == "waiting"

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.made.state]

    @property
    def why(self) -> str:
        """Why it was stopped or rejected."""
        return WHY_WORDS.get(self.made.why, self.made.why)

    @property
    def blocking(self) -> list[Finding]:
        return [each for each in self.made.findings if each.blocks]

    @property
    def warnings(self) -> list[Finding]:
        return [each for each in self.made.findings if not each.blocks]

    @property
    def footer(self) -> str:
        return footer(self.made, "https://…/unsubscribe/…") if self.made.content.talked_on else ""

    @property
    def can_be_replied(self) -> bool:
        """Whether an answer to it may still stop what follows."""
        return self.made.state == "sent" and self.cadence is not None and self.cadence.state != "ended"


async def sheets(session: AsyncSession, seat: Seat, tab: str) -> Sequence[FollowUp]:
    """The rows of one tab."""
    if tab == "snoozed":
        return await queue.snoozed(session, seat.site, now=seat.now, limit=SHOWN)
    states = next((states for key, _, states in TABS if key == tab), TABS[0][2])
    return await queue.listed(session, seat.site, states, now=seat.now, limit=SHOWN)


async def sheet(session: AsyncSession, seat: Seat, made: FollowUp) -> dict[str, Any]:
    """What the page of one draft needs."""
    words: Transcript = await transcript(session, seat.site, made.conversation)
    cadence = await cadences.load(session, seat.site, made.cadence)
    return {
        "item": Sheet(made, cadence),
        "words": words,
        "before": [
            each for each in await queue.thread(session, seat.site, made.person) if each.id != made.id
        ],
        "code_words": CODE_WORDS,
        "why_words": WHY_WORDS,
    }


async def tab_counts(session: AsyncSession, seat: Seat) -> dict[str, int]:
    counts = await queue.counts(session, seat.site, now=seat.now)
    return {
        key: counts.get("snoozed", 0) if key == "snoozed" else sum(counts.get(state, 0) for state in states)
        for key, _, states in TABS
    }
