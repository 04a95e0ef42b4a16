"""Facts in a message, one file a kind. What they are called and what their values look like stands in each file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from intents.facts.answered import find_answer
from intents.facts.budget import find_budget
from intents.facts.buying import find_buying
from intents.facts.contact import find_companies, find_contacts, find_roles
from intents.facts.country import find_country, find_language
from intents.facts.found import Found
from intents.facts.industry import find_industry
from intents.facts.team_size import find_correction, find_team_size
from intents.facts.timeline import find_timeline
from intents.facts.tools import find_tools
from intents.facts.use_case import find_use_case
from intents.facts.when import find_when
from intents.facts.yes_no import find_yes_no
from intents.gloss.aligned import Aligned
from intents.values import Fact, ReadingContext, Redacted

__all__ = ["find_facts"]

# A number of our own that is read as the size of the team must not be read as seats or a time as well.
_NUMERIC = frozenset({"team_size", "team_size_range", "seats", "budget", "when"})


# Several of these can hold at once.
_MANY = frozenset({"current_tool", "industry", "country", "when", "email", "phone", "person", "email_kind"})
_READ_AT_MOST = 2_000


def find_facts(
    redacted: Redacted, context: ReadingContext, plans: Sequence[str] = (), english: Aligned | None = None
) -> tuple[Fact, ...]:
    """All facts, in the order they are said; of two for one name the later one holds.

    `english` is the gloss of a message in another language: it is read in the message's place, and what is found
    is placed where the visitor's own words stand.
    """
    redacted = _beginning(redacted)
    text = english.text if english else redacted.text
    answers = find_answer(text, context.asked) if context.asked else []
    free: list[Found] = [
        *find_team_size(text),
        *find_tools(text),
        *find_industry(text),
        *find_country(text),
        *find_language(text),
        *find_use_case(text),
        *find_budget(text),
        *find_buying(text, plans),
        *find_timeline(text, context),
        *find_when(text, context),
        *find_yes_no(text),
        *find_roles(text),
    ]
    answered = {answer.name for answer in answers}
    if answers and context.asked and context.asked.kind == "number":
        answered |= _NUMERIC
    kept = [found for found in free if found.name not in answered]
    corrected = _corrected(text, context, kept)
    if english:
        kept, answers, corrected = (
            [_in_own_words(one, english, redacted.text) for one in some]
            for some in (kept, answers, corrected)
        )
    # Names and placeholders are no words to be put into English.
    kept += [
        one for one in (*find_contacts(redacted), *find_companies(redacted.text)) if one.name not in answered
    ]
    found = [*sorted(kept, key=lambda one: one.start), *answers, *corrected]
    facts = [_as_fact(one, redacted.text, context.message_id) for one in found]
    return tuple(_with_reason(fact, facts[:place]) for place, fact in enumerate(facts))


def _in_own_words(found: Found, english: Aligned, text: str) -> Found:
    """What was found in the gloss, where it stands in the message; free words are the visitor's own."""
    start, end = english.place(found.start, found.end)
    is_free = found.name == "use_case" or found.how == "asked:free_text"
    return replace(found, start=start, end=end, value=text[start:end] if is_free else found.value)


def _with_reason(fact: Fact, earlier: Sequence[Fact]) -> Fact:
    """Both words of a contradiction are kept; the later one says which it replaces, and why it holds."""
    if fact.name in _MANY:
        return fact
    other = next(
        (one for one in reversed(earlier) if one.name == fact.name and one.value != fact.value), None
    )
    if other is None:
        return fact
    said = "corrects" if fact.how == "rule:correction" else "was said after"
    return replace(fact, reason=f"{said} {other.text!r}")


def _beginning(redacted: Redacted) -> Redacted:
    """The part that is read for facts: a pasted log holds none, and some rules take long over long texts."""
    if len(redacted.text) <= _READ_AT_MOST:
        return redacted
    sealed = tuple(seal for seal in redacted.sealed if seal.end <= _READ_AT_MOST)
    return Redacted(redacted.text[:_READ_AT_MOST], sealed)


def _corrected(text: str, context: ReadingContext, found: Iterable[Found]) -> list[Found]:
    """What "sorry, 14 not 40" sets right: the number last asked for or said here, else the size of the team."""
    correction = find_correction(text)
    if not correction:
        return []
    value, start, end = correction
    asked = context.asked.field if context.asked and context.asked.kind == "number" else None
    said = [one.name for one in found if one.name in {"team_size", "seats"} and one.end <= start]
    name = asked or (said[-1] if said else "seats" if "seat" in text.lower() else "team_size")
    return [Found(name, value, start, end, 0.85 if asked or said else 0.7, "rule:correction")]


def _as_fact(found: Found, text: str, message_id: str | None) -> Fact:
    fact = Fact(
        found.name,
        found.value,
        text[found.start : found.end],
        found.start,
        found.end,
        found.confidence,
        found.how,
    )
    return replace(fact, message_id=message_id)
