"""How values read on a page: times, sizes, placeholders and links. Pure; everything that is not ours is escaped."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from server.placeholders import PLACEHOLDER

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_HUMP = re.compile(r"(?<=[a-z])[A-Z]")
_KINDS = {
    "email": "e-mail address",
    "phone": "phone number",
    "person": "name",
    "card": "card number",
    "iban": "bank account",
    "address": "postal address",
    "ip": "IP address",
}
_STEPS = ((60, 1, "s"), (3_600, 60, "min"), (86_400, 3_600, "h"), (7 * 86_400, 86_400, "d"))


def ago(then: datetime, now: datetime) -> Markup:
    """How long since (or until) `then`, with the moment itself on hover."""
    gap = (now - then).total_seconds()
    size = abs(gap)
    if size < 5:
        words = "now"
    else:
        words = next(
            (f"{int(size // unit)} {name}" for limit, unit, name in _STEPS if size < limit),
            f"{then:%-d %b %Y}",
        )
        if gap < 0 and size < 7 * 86_400:
            words = f"in {words}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(then.isoformat(), stamp(then), words)


def since(then: datetime, now: datetime) -> Markup:
    """The same in the middle of a sentence: `2 h ago`, `on 2 Mar 2026`."""
    words = ago(then, now)
    gap = (now - then).total_seconds()
    if abs(gap) < 5 or -7 * 86_400 < gap < 0:
        return words
    return Markup("{} ago").format(words) if 0 < gap < 7 * 86_400 else Markup("on {}").format(words)


def until(then: datetime, now: datetime) -> Markup:
    """The last day that something holds when it ends with a day, else the moment itself."""
    if (then.hour, then.minute) != (0, 0):
        return ago(then, now)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        then.isoformat(), stamp(then), f"{then - timedelta(days=1):%-d %b %Y}"
    )


def stamp(then: datetime) -> str:
    """The moment in full, in UTC."""
    return f"{then:%a %-d %b %Y, %H:%M} UTC"


def local(then: datetime, zone: str) -> str:
    """The moment on the clock of `zone`."""
    return f"{then.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M}"


def clock(then: datetime) -> Markup:
    """The time of day, with the moment itself on hover."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        then.isoformat(), stamp(then), f"{then:%H:%M}"
    )


def weekday(then: datetime) -> Markup:
    """Day and time of day, for what was said in one conversation."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        then.isoformat(), stamp(then), f"{then:%A, %H:%M}"
    )


def day(then: date) -> Markup:
    """A day of the calendar."""
    return Markup('<time datetime="{}">{}</time>').format(then.isoformat(), f"{then:%-d %b %Y}")


def span(gap: timedelta) -> str:
    """How long something took, in its largest unit."""
    size = gap.total_seconds()
    limits = (*_STEPS[:3], (float("inf"), 86_400, "days"))
    return next(f"{size / unit:.0f} {name}" for limit, unit, name in limits if size < limit)


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def chips(text: object) -> Markup:
    """`text` with its placeholders as chips that say what they stand for."""
    parts: list[Markup] = []
    done = 0
    words = str(text)
    for found in PLACEHOLDER.finditer(words):
        parts += [escape(words[done : found.start()]), _chip(found.group())]
        done = found.end()
    parts.append(escape(words[done:]))
    return Markup("").join(parts)


def _chip(placeholder: str) -> Markup:
    kind, _, number = placeholder[1:-1].rpartition("_")
    name = _KINDS.get(kind, kind)
    return Markup('<span class="sealed" title="{} {} that is sealed in the vault">{} {}</span>').format(
        "An" if name[0] in "aeiou" else "A", name, name, number
    )


def marked(text: str, *stretches: tuple[int, int]) -> Markup:
    """`text` with these stretches highlighted, given in order; none that does not fit or overlaps the one before."""
    parts: list[Markup] = []
    done = 0
    for start, end in stretches:
        if done <= start < end <= len(text):
            parts += [chips(text[done:start]), Markup("<mark>{}</mark>").format(chips(text[start:end]))]
            done = end
    return Markup("").join([*parts, chips(text[done:])])


def followed(url: str) -> str:
    """An address of a document that may be followed: of the web or of our own server; else none."""
    scheme, colon, _ = url.strip("".join(map(chr, range(33)))).partition(":")
    is_path = not colon or not scheme.isascii() or any(mark in scheme for mark in "/?#")
    return url if is_path or scheme.lower() in ("http", "https", "mailto") else ""


def linked(text: str) -> Markup:
    """Plain text with its web addresses clickable."""
    parts: list[Markup] = []
    done = 0
    for found in _LINK.finditer(text):
        address = found.group()
        parts.append(escape(text[done : found.start()]))
        parts.append(Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(address))
        done = found.end()
    parts.append(escape(text[done:]))
    return Markup("").join(parts)


_SPOKEN = {"handoff": "Hand-over"}
_CODE = re.compile(r"^[a-z_]+(\.[a-z_]+)+: ")
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")

_KEYS = re.compile(r"(?<![\w/.@\[-])[a-z]+(?:_[a-z]+)+(?![\w/.@\]-])")


def spoken(text: str) -> str:
    """`text` with the keys in it as words: "Industry lift_maintenance" reads "Industry lift maintenance"."""
    return _KEYS.sub(lambda found: found.group().replace("_", " "), text)


def without_code(error: str) -> str:
    """What went wrong in words: its code is for programs."""
    return _CODE.sub("", error)


def label(name: str) -> str:
    """A name as words: `team_size` is "Team size", `GiveAnswer` is "Give answer"."""
    spaced = _HUMP.sub(lambda found: " " + found.group().lower(), name.removeprefix("custom."))
    words = spaced.replace("_", " ").replace(".", ": ").strip()
    return _SPOKEN.get(words) or words[:1].upper() + words[1:]


def as_choice(name: str) -> tuple[str, str]:
    """A value of a list as a choice: itself and its words."""
    return name, label(name)


_FELT = {
    "abuse": "abusive words",
    "insult": "an insult",
    "oath": "an oath",
    "said_so": "they say that they are frustrated",
    "unacceptable": "they call it unacceptable",
    "again": "it happened again",
    "keeps_failing": "it keeps failing",
    "still_not": "it still does not work",
    "no_reply": "nobody replied",
    "not_understood": "they were not understood",
    "gives_up": "they give up",
    "broken_promise": "a promise was not kept",
    "harm": "it did them harm",
    "sarcasm": "sarcasm",
    "wants_person": "they want a person",
    "punctuation": "many exclamation or question marks",
    "shouting": "all in capitals",
    "negative_words": "negative words",
    "sounds_frustrated": "the message as a whole sounds frustrated",
}


def reason(code: str) -> str:
    """Why a play won, in words where there are some: `felt:sounds_frustrated` says what was heard."""
    felt = _FELT.get(code.removeprefix("felt:")) if code.startswith("felt:") else None
    return f"heard: {felt}" if felt else code


def path(address: str) -> str:
    """Where a page is on its site."""
    return urlsplit(address).path or address


def plain(value: Any) -> str:
    """A JSON value as a person writes it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.2f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case list() | tuple():
            return ", ".join(plain(item) for item in value) or "nothing"
        case {"start": str(start), "grain": _}:
            # A wish for a time stands on the visitor's own clock already.
            begins = datetime.fromisoformat(start)
            at = "" if (begins.hour, begins.minute) == (0, 0) else f", {begins:%H:%M}"
            return f"{begins:%a} {begins.day} {begins:%b %Y}{at}"
        case dict():
            return ", ".join(f"{label(str(key))} {plain(item)}" for key, item in value.items()) or "nothing"
        case str() if _KEY.fullmatch(value):
            # A key of a list of ours: nobody writes so.
            return label(value)
        case _:
            return str(value)


def pretty(value: Any) -> str:
    """JSON as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False, default=str)
