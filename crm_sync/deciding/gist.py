"""What a queue needs of an update without opening its document: a line, its fields, and what it is worth. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

_LINE_CHARS = 200
_WORDS_CHARS = 2_000
_LINE_FIELDS = 4

# What a lost hour costs most stands first; the rest is worth what the lead is.
_KINDS: dict[str, int] = {
    "handoff.requested": 60,
    "meeting.cancelled": 50,
    "meeting.moved": 45,
    "meeting.booked": 40,
    "cart.filled": 35,
    "trial.verified": 30,
    "trial.changed": 28,
    "trial.started": 25,
    "consent.changed": 20,
}
_STAGES = {"purchase": 20, "at_risk": 20, "evaluation": 8}
_SEATS = ((500, 28), (200, 22), (80, 16), (40, 10), (10, 4))
_AMOUNTS = ((50_000, 30), (10_000, 20), (2_000, 10))


@dataclass(frozen=True, slots=True)
class Gist:
    """The narrow columns of an update."""

    line: str
    """The change in one line, redacted as the document is."""
    words: str
    """Quotes and texts beyond the line, for the search."""
    fields: str
    """`object.name` of each field, each with a blank before and after it."""
    score: float | None
    stage: str | None
    seats: int | None
    amount: float | None
    event_at: datetime | None
    """When what it tells of takes place: a meeting's start, a task's due time."""
    worth: int
    """How much it matters whatever the hour: kind, score, stage, seats and amount."""


def gist(kind: str, document: Mapping[str, Any]) -> Gist:
    """Read off a document, a refused one included: there anything may be missing or of another type."""
    changes = [each for each in _list(document.get("fields")) if isinstance(each, Mapping)]
    activity = document.get("activity") if isinstance(document.get("activity"), Mapping) else {}
    score = document.get("score") if isinstance(document.get("score"), Mapping) else {}
    assert isinstance(activity, Mapping)
    assert isinstance(score, Mapping)
    values = {f"{each.get('object')}.{each.get('name')}": each.get("value") for each in changes}
    total, stage = _number(score.get("total")), _text(score.get("stage"))[:64] or None
    seats = _number(values.get("deal.seats")) or _number(values.get("company.team_size"))
    amount = _number(values.get("deal.amount"))
    return Gist(
        line=_line(changes, activity)[:_LINE_CHARS],
        words=_words(changes, activity)[:_WORDS_CHARS],
        fields="".join(f" {name}" for name in values)[:_WORDS_CHARS] + " ",
        score=total,
        stage=stage,
        seats=int(min(seats, 2**31 - 1)) if seats and seats > 0 else None,
        amount=amount,
        event_at=_event(activity),
        worth=_worth(kind, total, stage, seats, amount),
    )


def columns(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the columns of its row."""
    return {f"gist_{name}": value for name, value in asdict(gist(kind, document)).items()}


def _worth(
    kind: str, score: float | None, stage: str | None, seats: float | None, amount: float | None
) -> int:
    return (
        _KINDS.get(kind, 0)
        + int(min(max(score or 0.0, 0.0), 100.0) / 2)
        + _STAGES.get(stage or "", 0)
        + _band(_SEATS, seats)
        + _band(_AMOUNTS, amount)
    )


def _band(bands: Sequence[tuple[int, int]], value: float | None) -> int:
    return next((points for least, points in bands if (value or 0) >= least), 0)


def _line(changes: Sequence[Mapping[str, Any]], activity: Mapping[str, Any]) -> str:
    """The values first, because they are what is decided on; the score and consent are rarely the news."""
    told = [each for each in changes if each.get("how") != "scored" and each.get("name") != "consent_level"]
    if told:
        said = ", ".join(
            f"{_label(each.get('name'))} {_plain(each.get('value'))}" for each in told[:_LINE_FIELDS]
        )
        more = len(told) - _LINE_FIELDS
        said = said[:1].upper() + said[1:]
        return f"{said} and {more} more" if more > 0 else said
    if any(each.get("how") == "scored" for each in changes):
        return "Lead score"
    if changes:
        return "Consent"
    # The heading of the kind says the subject already; the body is the news.
    return " ".join((_text(activity.get("body")) or _text(activity.get("subject")) or "No fields").split())


def _words(changes: Sequence[Mapping[str, Any]], activity: Mapping[str, Any]) -> str:
    quotes = [
        _text(proof.get("quote"))
        for each in changes
        for proof in _list(each.get("evidence"))
        if isinstance(proof, Mapping)
    ]
    beyond = [f"{_label(each.get('name'))} {_plain(each.get('value'))}" for each in changes[_LINE_FIELDS:]]
    said = (*quotes, _text(activity.get("subject")), _text(activity.get("body")), *beyond)
    return "\n".join(dict.fromkeys(each for each in said if each))


def _event(activity: Mapping[str, Any]) -> datetime | None:
    for part, name in (("meeting", "start"), ("task", "due")):
        held = activity.get(part)
        if isinstance(held, Mapping) and held.get("state") != "cancelled" and held.get(name):
            try:
                at = datetime.fromisoformat(str(held[name]))
            except ValueError:
                continue
            return at if at.tzinfo is not None else None
    return None


def _label(name: Any) -> str:
    return str(name).removeprefix("custom.").replace("_", " ").lower()


def _plain(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}".rstrip("0").rstrip(".")
        case list():
            return ", ".join(_plain(each) for each in value[:5])
        case _:
            return str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
