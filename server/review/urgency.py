"""Why a row of the inbox stands where it does, in words, and which conversations press for other reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_sync.deciding.queue import Queued
from server.review.words import label, plain

PERSON_WAITS = 60
MEETING_TODAY = 40
MEETING_AT_ONCE = 60
SOON = timedelta(hours=24)
_AT_ONCE = timedelta(hours=4)
_SCORE_FROM = 40
"""From here on a score is worth a word; below it says nothing about urgency."""
_SEATS_FROM = 10
_AMOUNT_FROM = 2_000
_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Press:
    """Why a whole conversation presses: somebody waits in it, or a meeting is near."""

    points: int
    words: str
    short: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `is_hot` when time runs out."""

    words: str
    is_hot: bool = False


def presses(
    waiting: Iterable[tuple[str, datetime]], meetings: Iterable[tuple[str, datetime]], now: datetime
) -> dict[str, Press]:
    """By conversation: who waits for a person, since when, and whose meeting is within a day."""
    found: dict[str, Press] = {}
    for conversation, at in meetings:
        points = MEETING_AT_ONCE if at - now <= _AT_ONCE else MEETING_TODAY
        words = f"meeting in {gap(at - now)}"
        if conversation not in found or found[conversation].points < points:
            found[conversation] = Press(points, words, words)
    for conversation, since in waiting:
        words = f"waits for a person for {gap(now - since)}"
        found[conversation] = Press(PERSON_WAITS, words, "person wanted")
    return found


def reasons(row: Queued, now: datetime, press: Mapping[str, Press]) -> tuple[Reason, ...]:
    """All reasons, the most pressing first; the first two stand in the row."""
    found: list[Reason] = []
    if row.due_at is not None:
        left = row.due_at - now
        if left <= timedelta(0):
            found.append(Reason(f"overdue by {gap(-left)}", is_hot=True))
        elif left <= SOON:
            found.append(Reason(f"due in {gap(left)}", is_hot=left <= _AT_ONCE))
    if here := press.get(row.conversation):
        found.append(Reason(here.short, is_hot=True))
    elif row.event_at is not None and timedelta(0) <= row.event_at - now <= SOON:
        left = row.event_at - now
        found.append(Reason(f"in {gap(left)}", is_hot=left <= _AT_ONCE))
    found += [Reason(words) for words in _worth(row)]
    if now - row.created_at >= _OLD:
        found.append(Reason(f"waits {gap(now - row.created_at)}"))
    return tuple(found)


def _worth(row: Queued) -> Iterable[str]:
    if row.amount is not None and row.amount >= _AMOUNT_FROM:
        yield f"deal of {plain(round(row.amount))}"
    if row.seats is not None and row.seats >= _SEATS_FROM:
        yield f"{plain(row.seats)} seats"
    if row.stage and row.stage not in ("research", "support"):
        yield label(row.stage).lower()
    elif row.score is not None and row.score >= _SCORE_FROM:
        yield f"score {plain(row.score)}"


def gap(long: timedelta) -> str:
    """A length of time as one figure: `3 h`, `2 d`."""
    minutes = max(int(long.total_seconds() // 60), 1)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
