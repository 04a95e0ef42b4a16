"""The time that a visitor wishes for, as far as it can be offered; and the question which day was meant. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from intents.facts.dates.zones import find_zones
from server.dialogue.prompts import OpenDay, OpenSlots
from server.dialogue.reading import chosen, fresh, is_sure
from server.dialogue.values import AskDay, Bid, Case, OfferSlots, Said

_EXACT = frozenset({"minute", "window"})
_TIME_ALONE = re.compile(
    r"^\W*(?:(?:at|around|about|um|gegen|ab|à|vers|a las|sobre las|الساعة)\s+)?\d{1,2}(?:[:.h]\d{2})?\s*"
    r"(?:[ap]\.?m\b\.?|uhr|heures?|h\b|o'clock|horas)?"
    r"(?:\s+(?!(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b|to(?:day|night|morrow)\b|next\b)"
    r"[a-z][a-z/]*(?:\s+[a-z]+)?\s+time)?\W*$",
    re.IGNORECASE,
)
"""A time of day with a place at most: "10am", "um 14 Uhr", "10am New York time"."""


_READ = 400
_ZONE_WORDS = re.compile(
    r"^(?:and|so|ok|in|on|at|what|whats|which|about|is|are|would|be|that|those|these|they|it|show|tell|give|me|us|the"
    r"|times?|zone|timezone|please|pls|for|how|our|my|to|of|can|you|them|same|clock|local|see|i|s|und|et|y|en|a)$",
    re.IGNORECASE,
)
"""What surrounds a zone that is asked for, and tells nothing besides."""
_MEETING = r"(?:demo|meeting|appointment|call|booking|consultation|review|session)"
_WHEN_IS_IT = re.compile(
    rf"^\W*(?:and |so |sorry,? |ok,? |remind me,? )*(?:when|(?:at )?what time|what day|which day)(?:['’]s| is| was)"
    rf"(?: again)?(?: again)? (?:my|our|the) (?:\w+ )?{_MEETING}(?: again| now| please)*\W*$"
    rf"|^\W*(?:and |so )*(?:when|(?:at )?what time) (?:do|did|are|will) (?:we|i) (?:meet|meeting|book(?:ed)?"
    rf"|have (?:my|our|the) {_MEETING})(?: again)?\W*$"
    rf"|^\W*(?:do|did) i have (?:a|any) {_MEETING}(?: booked)?\W*$"
    rf"|^\W*(?:show|remind)(?: me)?(?: of)? (?:my|our|the) {_MEETING}(?: again| please)*\W*$"
    r"|^\W*(?:und )?(?:wann|um wie viel uhr) (?:ist|war) (?:noch ?mal )?(?:mein\w*|unser\w*|der|die|das) "
    r"(?:demo\w*|termin|treffen|gespräch|besprechung)(?: noch ?mal| denn)*\W*$"
    r"|^\W*(?:c['’]est )?(?:quand|à quelle heure)(?: est(?:-ce que c['’]est)?| est-ce qu['’]est| a lieu)? "
    r"(?:ma|mon|notre|la|le) (?:démo\w*|rendez-vous|réunion)(?: déjà)?\W*$"
    r"|^\W*¿?(?:cuándo|cuando|a qué hora) (?:es|era|tengo) (?:mi|nuestra|la|el) "
    r"(?:demo\w*|reunión|cita)(?: de nuevo)?\W*$"
    r"|^\W*(?:و)?متى (?:هو |هي |يكون )?(?:موعدي|موعدنا|الموعد|اجتماعي|اجتماعنا|الاجتماع|عرضي|العرض(?: التجريبي)?)\W*$",
    re.IGNORECASE,
)


def asks_when_it_is(case: Case) -> bool:
    """Whether the visitor wants to know when the meeting is that they booked."""
    spoken = (case.plain[:_READ], case.text[:_READ])
    return any(_WHEN_IS_IT.match(words) for words in spoken)


def zone_asked(case: Case) -> str:
    """The time zone in which the visitor wants to see the times ("and in New York time?"); empty when none is."""
    for words in dict.fromkeys((case.plain, case.text)):
        found = list(find_zones(words)) if len(words) < _READ else []
        if len(found) != 1 or found[0].zone[:1] in {"+", "-"}:
            continue
        around = f"{words[: found[0].start]} {words[found[0].end :]}"
        if all(_ZONE_WORDS.match(word) for word in re.findall(r"\w+", around)):
            return found[0].zone
    return ""


def is_exact(case: Case) -> bool:
    """Whether the wish is one time of the day and not a stretch of it."""
    value = _value(case)
    return value is not None and value.get("grain", "minute") in _EXACT


def names_time(case: Case) -> bool:
    """Whether this message names a time, be it one that is over or that no calendar has."""
    return any(fresh(case, name) for name in ("when", "impossible_date", "past_date"))


def wish(case: Case, moving: str | None) -> OfferSlots:
    """The wished window, when this message names one; an older wish must not narrow a new one."""
    value = _value(case)
    if value is None:
        return OfferSlots(moving=moving, lead="slots_past" if fresh(case, "past_date") else "")
    start, end = _instant(value.get("start")), _instant(value.get("end"))
    if start is not None and (day := _open_day(case, value)) is not None:
        moved, where = day - start.date(), str(value.get("zone") or case.time_zone)
        start, end = _shifted(start, moved, where), _shifted(end, moved, where) if end else None
    if start is None or (end or start) < case.now:
        return OfferSlots(moving=moving, lead="slots_past" if start else "")
    daily = value.get("daily")
    hours = (str(daily["from"]), str(daily["to"])) if isinstance(daily, dict) else None
    # In another zone only a time of day reads differently.
    zone = str(value.get("zone") or "") if value.get("grain") in _EXACT else ""
    return OfferSlots(start, end, moving, hours, zone=zone)


def which_day(case: Case, reasons: tuple[str, ...], moving: str | None) -> Bid | None:
    """Ask, when the day does not exist or its weekday is another one; nothing is offered for a guess."""
    value = _value(case)
    if value is None and fresh(case, "impossible_date"):
        fact = case.state.known("impossible_date")
        # In the visitor's own words: the value may be their gloss.
        said = fact.evidence.quote if fact and fact.evidence else ""
        state = replace(case.state, open=OpenDay(case.prompt_id, moving=moving))
        return Bid("book", (AskDay(said),), (*reasons, "no_such_day"), state)
    start = _instant(value.get("start")) if value else None
    if value is None or start is None or is_sure(case, "when") or not isinstance(value.get("weekday"), int):
        return None
    days = _either(start.date(), value["weekday"], case)
    if len(days) < 2:
        return None
    prompt = OpenDay(
        case.prompt_id,
        tuple(day.isoformat() for day in days),
        start.isoformat(),
        str(value.get("end") or ""),
        str(value.get("zone") or case.time_zone),
        moving,
    )
    return Bid("book", (AskDay(days=days),), (*reasons, "weekday_differs"), replace(case.state, open=prompt))


def picked(case: Case, asked: OpenDay) -> OfferSlots | None:
    """The times of the day that was picked from those offered, or named by its weekday alone."""
    value = chosen(case, asked.id) or _by_weekday(case, asked)
    start, end = _instant(asked.start), _instant(asked.end)
    if value not in asked.days or start is None:
        return None
    moved = date.fromisoformat(value) - start.date()
    zone = "" if asked.zone == case.time_zone else asked.zone
    return OfferSlots(
        _shifted(start, moved, asked.zone),
        _shifted(end, moved, asked.zone) if end else None,
        asked.moving,
        zone=zone,
    )


def _value(case: Case) -> dict[str, Any] | None:
    fact = case.state.known("when") if fresh(case, "when") else None
    return fact.value if fact is not None and isinstance(fact.value, dict) else None


def _open_day(case: Case, value: dict[str, Any]) -> date | None:
    """The day of the wish that is still open, when "10am New York time" names a time and leaves out the day."""
    fact, asked = case.state.known("when"), case.state.open
    if not isinstance(asked, OpenSlots) or fact is None or fact.evidence is None:
        return None
    if value.get("grain") not in _EXACT or not _TIME_ALONE.match(fact.evidence.quote):
        return None
    try:
        zone = ZoneInfo(case.time_zone)
        begins = [datetime.strptime(f"{slot[:13]}+0000", "%Y%m%dT%H%M%z") for slot in asked.values]
    except (ZoneInfoNotFoundError, ValueError):
        return None
    offered = {at.astimezone(zone).date() for at in begins}
    # Times of several days were offered for no day in particular.
    return offered.pop() if len(offered) == 1 else None


def _either(named: date, weekday: int, case: Case) -> tuple[date, ...]:
    """The nearest such weekday and the date itself, as far as they are ahead."""
    away = (weekday - named.weekday() + 3) % 7 - 3
    today = case.now.date()
    return tuple(day for day in (named + timedelta(days=away), named) if day >= today)


def _by_weekday(case: Case, asked: OpenDay) -> str | None:
    """ "Friday" is the Friday that was offered, not the next one."""
    fact, value = case.state.known("when"), _value(case)
    if not isinstance(case.event, Said) or fact is None or fact.evidence is None or value is None:
        return None
    start = _instant(value.get("start"))
    if start is None or any(sign.isdigit() for sign in fact.evidence.quote):
        return None
    return next((day for day in asked.days if date.fromisoformat(day).weekday() == start.weekday()), None)


def _shifted(at: datetime, by: timedelta, zone: str) -> datetime:
    """The same time of day, whatever the clocks do in between."""
    try:
        return (at.replace(tzinfo=None) + by).replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return at + by


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None
