"""What is said about one time in one breath: its day, its time of day, its zone and its length. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from intents.facts.dates.clocks import ANY, Clock, find_clocks
from intents.facts.dates.counting import Instant, in_context
from intents.facts.dates.day_rules import find_days
from intents.facts.dates.days import Calendar, Days
from intents.facts.dates.joining import joined
from intents.facts.dates.lengths import Length, find_lengths
from intents.facts.dates.zones import ZoneWord, find_zones
from intents.folding import plain_case
from intents.gloss.aligned import Aligned
from intents.gloss.times import times_in_english

_Part = TypeVar("_Part", Days, Clock, ZoneWord, Length, Instant)


def _parts(
    *parts: Days | Clock | ZoneWord | Length | Instant | None,
) -> list[Days | Clock | ZoneWord | Length | Instant]:
    return [part for part in parts if part is not None]


@dataclass(frozen=True, slots=True)
class Phrase:
    """At least one of its parts. `lent`: the one, "days" or "clock", which a neighbour lends ("Mon or Tue at 3")."""

    days: Days | None = None
    clock: Clock | None = None
    zone: ZoneWord | None = None
    length: Length | None = None
    instant: Instant | None = None
    lent: str = ""

    @property
    def span(self) -> tuple[int, int]:
        days = None if self.lent == "days" else self.days
        clock, zone = (None, None) if self.lent == "clock" else (self.clock, self.zone)
        parts = _parts(days, clock, zone, self.length, self.instant)
        return min(part.start for part in parts), max(part.end for part in parts)


# What may stand between a day and its time for both to be one phrase.
_BETWEEN = re.compile(
    r"^[\s,]*(?:(?:at|in|on|of|the|around|about|approximately|from|between|maybe|say"
    r"|preferably|sometime|some time|anytime"
    r"|any time|ideally|like|by|@|-|–|for|this|um|,|\()[\s,]*)*$",
    re.IGNORECASE,
)
_OR = re.compile(r"^\s*(?:,|or|and|/|,\s?or)\s*(?:on\s)?$", re.IGNORECASE)
_NOW = re.compile(
    r"\b(?:right now|at present|at this (?:time|moment)|(?<!until )(?<!from )(?<!for )(?<!between )"
    r"(?<!and )now(?=\s*(?:$|[.?!])))",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"^,?\s(?:at\s|around\s)?(?P<t>{ANY})(?=\s*(?:$|[.,!?;)]|on\b|please|works?\b|would"
    r"|is\b|for (?:a|the|me|us|\d)|or\b|and\b|if\b|with\b|ok\b|cet\b|utc\b|gmt\b|est\b))",
    re.IGNORECASE,
)


def find_phrases(text: str, calendar: Calendar) -> list[Phrase]:
    """Every phrase, in the order of the text. A time that is not sure comes too; whoever asks knows what to expect."""
    english = times_in_english(Aligned.of(text))
    if english is None:
        return _in_english(plain_case(text), calendar)
    return [_placed(phrase, english) for phrase in _in_english(english.text, calendar)]


def _placed(phrase: Phrase, english: Aligned) -> Phrase:
    """The phrase with the places its words have in the visitor's own language."""

    def moved(part: _Part | None) -> _Part | None:
        if part is None:
            return None
        start, end = english.place(part.start, part.end)
        return replace(part, start=start, end=end)

    return replace(
        phrase,
        days=moved(phrase.days),
        clock=moved(phrase.clock),
        zone=moved(phrase.zone),
        length=moved(phrase.length),
        instant=moved(phrase.instant),
    )


def _in_english(text: str, calendar: Calendar) -> list[Phrase]:
    clocks = list(find_clocks(text))
    # "15 minutes past nine" is a time and no length.
    lengths = [
        one
        for one in find_lengths(text)
        if not any(c.sure and c.start <= one.start and one.end < c.end for c in clocks)
    ]
    named = [day for day in find_days(text, calendar) if not _inside(day, clocks)]
    counted = in_context(text, lengths, named, calendar)
    days = joined(text, counted.days)
    clocks = [
        clock for clock in clocks if not _said_otherwise(text, clock, days, counted.lengths, counted.instants)
    ]
    clocks += _bare_hours(text, days, clocks)
    zones = list(find_zones(text)) if clocks else []
    glue = _without(text, zones)
    phrases = _with_days(glue, days, sorted(clocks, key=lambda clock: clock.start), zones)
    phrases = _with_lengths(text, phrases, counted.lengths)
    phrases += [Phrase(instant=instant) for instant in counted.instants]
    phrases += [Phrase(instant=Instant(*match.span(), calendar.now)) for match in _NOW.finditer(text)]
    return _shared(text, sorted(phrases, key=lambda phrase: phrase.span))


def _without(text: str, zones: Sequence[ZoneWord]) -> str:
    """The text with blanks for zones, which may stand between a time and its day."""
    for zone in zones:
        text = text[: zone.start] + " " * (zone.end - zone.start) + text[zone.end :]
    return text


def _inside(day: Days, clocks: Sequence[Clock]) -> bool:
    """ "2.30 pm" is no second of a month; "tonight" is a day as well as a part of it."""
    return any(
        not clock.part and clock.sure and clock.start <= day.start and day.end <= clock.end
        for clock in clocks
    )


def _said_otherwise(
    text: str, clock: Clock, days: Sequence[Days], lengths: Sequence[Length], instants: Sequence[Instant]
) -> bool:
    taken = [(day.start, day.end) for day in days] + [(one.start, one.end) for one in instants]
    if not clock.part and any(start < clock.end and clock.start < end for start, end in taken):
        return True
    for length in lengths:
        if length.start < clock.end and clock.start < length.end:
            # "15h" is a time, "for 3h" and "2h" are lengths.
            return not (
                text[length.start : length.end].rstrip().endswith("h")
                and length.count >= 7
                and not re.search(r"\bfor\s$", text[: length.start])
            )
    return False


def _bare_hours(text: str, days: Sequence[Days], clocks: Sequence[Clock]) -> list[Clock]:
    """ "Tomorrow 9", "sat at 5": right after a day a bare number is a time."""
    found = []
    for day in days:
        match = _BARE.match(text[day.end :]) if day.is_one_day else None
        if match:
            start = day.end + match.start("t")
            read = next(iter(find_clocks(f"at {match['t']}.")), None)
            taken = any(clock.start < day.end + match.end() and start < clock.end for clock in clocks)
            if read and not taken and re.search(r"[a-z]\.?$", text[day.start : day.end], re.IGNORECASE):
                found.append(replace(read, start=start, end=day.end + match.end("t")))
    return found


def _with_days(
    text: str, days: Sequence[Days], clocks: list[Clock], zones: Sequence[ZoneWord]
) -> list[Phrase]:
    phrases: list[Phrase] = []
    free = list(clocks)
    for day in days:
        beside = _beside(text, day, free)
        # "tuesday afternoon at 3": the exact time says more than the part of the day.
        exact = [clock for clock in beside if not clock.part]
        parts = [clock for clock in beside if clock.part]
        chosen = next(iter((*exact, *parts)), None)
        if chosen and parts:
            covers = (
                min(chosen.start, *(part.start for part in parts)),
                max(chosen.end, *(part.end for part in parts)),
            )
            chosen = replace(_within(chosen, parts), start=covers[0], end=covers[1])
        used = [clock for clock in beside if clock in parts or clock in exact[:1]]
        free = [clock for clock in free if clock not in used]
        phrases.append(Phrase(day, chosen, _zone_beside(text, chosen, zones)))
    alone = _without_days(text, free)
    return phrases + [Phrase(None, clock, _zone_beside(text, clock, zones)) for clock in alone]


def _without_days(text: str, clocks: Sequence[Clock]) -> list[Clock]:
    """Times without a day; one that touches a part of the day is read within it."""
    kept: list[Clock] = []
    for clock in clocks:
        last = kept[-1] if kept else None
        if last and bool(last.part) != bool(clock.part) and _touch(text, last, clock):
            part, exact = (last, clock) if last.part else (clock, last)
            kept[-1] = replace(_within(exact, [part]), start=last.start, end=clock.end, sure=True)
        else:
            kept.append(clock)
    return kept


def _beside(text: str, day: Days, clocks: Sequence[Clock]) -> list[Clock]:
    """The times that touch the day, or touch one that does: "tuesday afternoon at 3"."""
    beside = [clock for clock in clocks if _touch(text, day, clock)]
    further = [
        clock
        for clock in clocks
        if clock not in beside
        and any(bool(near.part) != bool(clock.part) and _touch(text, near, clock) for near in beside)
    ]
    return beside + further


def _within(clock: Clock, parts: Sequence[Clock]) -> Clock:
    """The reading of a bare hour that falls into the named part of the day: "tomorrow evening at 8" is 20:00."""
    if clock.part:
        return clock
    for part in parts:
        begin, finish = (part.begin or 0) - 120, part.finish or 1440
        for shift in (0, 720, -720) if not clock.half_known or part.part != "night" else (0,):
            anchor = clock.begin if clock.begin is not None else clock.finish
            if anchor is not None and begin <= anchor + shift <= finish:
                return replace(
                    clock,
                    begin=None if clock.begin is None else clock.begin + shift,
                    finish=None if clock.finish is None else clock.finish + shift,
                    half_known=True,
                )
    return clock


def _touch(text: str, day: Days | Clock, clock: Clock) -> bool:
    if clock.start < day.end and day.start < clock.end:
        return True
    first, second = (day.end, clock.start) if day.end <= clock.start else (clock.end, day.start)
    between = text[first:second]
    return bool(_BETWEEN.match(between))


def _zone_beside(text: str, clock: Clock | None, zones: Sequence[ZoneWord]) -> ZoneWord | None:
    if clock is None:
        return None
    after = [zone for zone in zones if zone.start >= clock.end]
    return next((zone for zone in after if not text[clock.end : zone.start].strip(" (,")), None)


_FOR = re.compile(r"^,?\s(?:for|and (?:lasts|takes))\s(?:about\s|around\s)?$", re.IGNORECASE)


def _with_lengths(text: str, phrases: list[Phrase], lengths: Sequence[Length]) -> list[Phrase]:
    """ "At 2pm for an hour", "for 2 hours from 2pm": how long it is to take."""
    made = list(phrases)
    for length in lengths:
        place = next((at for at, one in enumerate(made) if _lasts(text, one, length)), None)
        if place is None:
            made.append(Phrase(length=length))
        else:
            made[place] = replace(made[place], length=length)
    return made


def _lasts(text: str, phrase: Phrase, length: Length) -> bool:
    if (
        phrase.clock is None
        or phrase.clock.begin is None
        or phrase.clock.part
        or phrase.length
        or not length.is_short
    ):
        return False
    start, end = phrase.span
    if end <= length.start:
        return bool(_FOR.match(text[end : length.start]))
    return bool(re.search(r"\bfor\s$", text[: length.start])) and not text[length.end : start].strip(" ,")


def _shared(text: str, phrases: list[Phrase]) -> list[Phrase]:
    """Of "Tuesday or Wednesday afternoon" the time counts for both days, of "Friday at 3 or 4" the day for both."""
    made = list(phrases)
    for place in range(len(made) - 2, -1, -1):
        left, right = made[place], made[place + 1]
        if not _OR.match(text[left.span[1] : right.span[0]]) or left.length or left.instant:
            continue
        if left.days and left.days.is_one_day and not left.clock and right.days and right.clock:
            made[place] = replace(left, clock=right.clock, zone=right.zone, lent="clock")
    for place in range(len(made) - 1):
        left, right = made[place], made[place + 1]
        if (
            _OR.match(text[left.span[1] : right.span[0]])
            and left.days
            and left.clock
            and right.clock
            and not right.days
        ):
            made[place + 1] = replace(right, days=left.days, lent="days")
    return made
