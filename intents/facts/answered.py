"""Read a message as the answer to our own open question, before anything else is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from intents.facts.found import Found
from intents.facts.numbers import NUMBER, whole
from intents.facts.yes_no import find_yes_no
from intents.values import Asked

_SKIPS = re.compile(
    r"^\W*(?:(?:please |i'?d |i would |can we |let'?s )?(?:skip|pass|rather not(?: (?:say|answer))?"
    r"|prefer not(?: to (?:say|answer))?|no comment|next question"
    r"|don'?t want to (?:say|answer|tell)|none of your business|not telling|decline)(?: (?:it|this|that"
    r"|question|one|please))*"
    r"|i(?:'d| would) (?:rather not|prefer not to) (?:say|answer|tell)(?: you)?|n/?a)\W*$",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"^\W*(?:(?:i )?(?:don'?t|do not|dunno|dont) ?(?:know|sure)?(?: yet)?|no idea(?: yet)?|not sure(?: yet)?"
    r"|unsure|hard to say|idk)\W*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(?:(?:it'?s|we(?:'re| are| have)|i think|i guess|hm+|um|well|oh|probably|maybe|about|around"
    r"|roughly|approx\.?|some|like|just|only|almost|nearly|ca\.?|~|(?P<over>more than|over|at least)"
    r"|under|less than|up to)(?:\s?,)?\s?)*"
    rf"(?P<low>{NUMBER})(?:\s?(?:-|–|to|or|and)\s?(?P<high>{NUMBER}))?(?P<plus>\+)?"
    r"(?:\s(?:or so|ish|give or take|in total|total|altogether|roughly|i think|people|of us"
    r"|right now|at the moment|for now|at first|[a-z]+s))*\W*$",
    re.IGNORECASE,
)
_RANGE_CHOICE = re.compile(r"^\D*(\d[\d,.]*)\s?(?:-|–|to)\s?(\d[\d,.]*)")


def find_answer(text: str, asked: Asked) -> list[Found]:
    """The facts that the answer holds; none when the message is no answer to this question.

    A refusal is the fact `declined` whose value is the field that was asked for.
    """
    whole_text = (len(text) - len(text.lstrip()), len(text.rstrip()))
    if _SKIPS.match(text):
        return [Found("declined", asked.field, *whole_text, 0.95, "asked:skipped")]
    if _UNKNOWN.match(text):
        return [Found("declined", asked.field, *whole_text, 0.8, "asked:unknown")]
    chosen = _choice(text, asked.choices)
    match asked.kind:
        case "number":
            # A chip such as "11-50" is a range as well as a choice.
            return list(_number(chosen or text, asked.field, whole_text))
        case "choice":
            return [Found(asked.field, chosen, *whole_text, 0.97, "asked:choice")] if chosen else []
        case "yes_no":
            return [
                Found(asked.field, one.value, one.start, one.end, one.confidence, "asked:yes_no")
                for one in find_yes_no(text)
            ]
        case "text":
            return _free_text(text, asked, chosen, whole_text)
        case "email" | "when":
            # Their own finders read these; the fact carries their usual name.
            return []


def _number(text: str, field: str, span: tuple[int, int]) -> Iterator[Found]:
    match = _BARE.match(text)
    if not match:
        return
    low = whole(match["low"])
    high = whole(match["high"]) if match["high"] else None
    if low is None:
        return
    if high is not None and high > low:
        yield Found(field, (low + high) // 2, *span, 0.8, "asked:middle_of_range")
        yield Found(f"{field}_range", {"low": low, "high": high}, *span, 0.95, "asked:range")
    else:
        yield Found(field, low, *span, 0.95, "asked:number")
        if match["plus"] or match["over"]:
            yield Found(f"{field}_range", {"low": low, "high": None}, *span, 0.9, "asked:range")


def _choice(text: str, choices: Sequence[str]) -> str | None:
    """The quick reply that was meant: pressed, typed alike, or named by a number inside its range."""
    plain = text.casefold().strip(" .!?")
    for choice in choices:
        if choice.casefold() == plain:
            return choice
    # A number inside a sentence may count something else: "put 10 seats in a cart" is no size of a team.
    worded = [choice for choice in choices if any(letter.isalpha() for letter in choice)]
    named = [choice for choice in worded if re.search(rf"\b{re.escape(choice.casefold())}\b", plain)]
    if len(named) == 1:
        return named[0]
    count = whole(plain) if re.fullmatch(NUMBER, plain, re.IGNORECASE) else None
    if count is not None:
        for choice in choices:
            bounds = _RANGE_CHOICE.match(choice)
            if bounds and int(bounds[1].replace(",", "")) <= count <= int(bounds[2].replace(",", "")):
                return choice if not any(character.isalpha() for character in choice) else None
        return None
    close = [(fuzz.ratio(plain, choice.casefold()), choice) for choice in choices]
    best = max(close, default=(0.0, ""))
    return best[1] if best[0] >= 85 else None


_ANSWERS_BACK = re.compile(
    r"\b(?:don['’]?t|do not|never|stop|actually|i meant?|correction|please|can|could|would|should|forget|delete"
    r"|store|save)\b",
    re.IGNORECASE,
)
"""What is said to us instead of an answer: "actually don't store that"."""


_YES_OR_NO = re.compile(r"\W*(?:no|nope|nah|none|yes|yeah|yep)\W*", re.IGNORECASE)
"""Refuses or agrees; it names nothing."""


_DETAIL = re.compile(r"\[(?:email|phone)_\d+\]")
"""Where one is reached, sealed: whatever stands around it in whichever language, it names no tool and no date."""
_INTRODUCTION = re.compile(
    r"\W*(?:i['’]?m|i am|my name is|the name is|this is|it['’]?s|ich bin|ich hei(?:ß|ss)e|mein name ist|je suis"
    r"|je m['’]appelle|mon nom est|soy|me llamo|mi nombre es|أنا|انا|اسمي)\s+\[person_\d+\]\W*",
    re.IGNORECASE,
)


def _gives_detail(text: str) -> bool:
    """Whether it tells how somebody is called or reached: "Mi correo es [email_1]" answers no other question."""
    return bool(_DETAIL.search(text) or _INTRODUCTION.fullmatch(text))


def _free_text(text: str, asked: Asked, chosen: str | None, span: tuple[int, int]) -> list[Found]:
    """Short words without a question in them are taken as they stand."""
    if chosen:
        return [Found(asked.field, chosen, *span, 0.97, "asked:choice")]
    if _YES_OR_NO.fullmatch(text) or _gives_detail(text):
        return []
    plain = re.sub(
        r"^(?:it'?s|we(?:'re| are)|i'?m|we use|mostly|mainly)\s(?:an?\s|the\s)?",
        "",
        text.strip(),
        flags=re.IGNORECASE,
    )
    if not plain or "?" in plain or len(plain.split()) > 12 or _ANSWERS_BACK.search(plain):
        return []
    return [
        Found(
            asked.field,
            plain.rstrip(" .!"),
            span[0] + text.strip().find(plain),
            span[1],
            0.75,
            "asked:free_text",
        )
    ]
