"""Facts in a message, one file a kind. What they are called and what their values look like stands in each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from intents.facts.answered import find_answer
from intents.facts.budget import find_budget
from intents.facts.buying import find_buying
from intents.facts.contact import find_companies, find_contacts, find_roles
from intents.facts.corrections import Clause, find_corrections, is_corrected, without_wrong
from intents.facts.country import find_country, find_language
from intents.facts.found import Found
from intents.facts.industry import find_industry
from intents.facts.team_size import find_correction, find_team_size
from intents.facts.timeline import find_timeline
from intents.facts.tools import find_tools
from intents.facts.use_case import find_use_case
from intents.facts.when import find_when
from intents.facts.yes_no import find_yes_no
from intents.folding import plain_case
from intents.gloss.aligned import Aligned
from intents.values import Fact, ReadingContext, Redacted

__all__ = ["find_facts"]

# A number of our own that is read as the size of the team must not be read as seats or a time as well.
_NUMERIC = frozenset({"team_size", "team_size_range", "seats", "budget", "when"})


# Several of these can hold at once.
_MANY = frozenset({"current_tool", "industry", "country", "when", "email", "phone", "person", "email_kind"})
# Read of the same bare words: whichever was corrected, the others were not said.
_ALONE = frozenset({"team_size", "seats", "when", "timeline", "budget", "meeting_length"})
_READ_AT_MOST = 2_000


def find_facts(
    redacted: Redacted, context: ReadingContext, plans: Sequence[str] = (), english: Aligned | None = None
) -> tuple[Fact, ...]:
    """All facts, in the order they are said; of two for one name the later one holds.

    `english` is the gloss of a message in another language: it is read in the message's place, and what is found
    is placed where the visitor's own words stand.
    """
    redacted = _beginning(redacted)
    text = plain_case(english.text if english else redacted.text)
    answers = find_answer(text, context.asked) if context.asked else []
    free = _free(text, context, plans)
    answered = {answer.name for answer in answers}
    if answers and context.asked and context.asked.kind == "number":
        answered |= _NUMERIC
    kept = [found for found in free if found.name not in answered]
    corrected: list[Found] = []
    if is_corrected(text):
        kept, corrected = _set_right(text, context, plans, kept, answers)
    if not corrected:
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


def _free(text: str, context: ReadingContext, plans: Sequence[str], name: str = "") -> list[Found]:
    """What is told without being asked; of one name only, where it is given."""
    finders: tuple[tuple[frozenset[str], Callable[[str], Iterable[Found]]], ...] = (
        (frozenset({"team_size", "team_size_range"}), find_team_size),
        (frozenset({"current_tool"}), find_tools),
        (frozenset({"industry"}), find_industry),
        (frozenset({"country"}), find_country),
        (frozenset({"language"}), find_language),
        (frozenset({"use_case"}), find_use_case),
        (frozenset({"budget"}), find_budget),
        (frozenset({"plan", "seats", "billing_period"}), partial(find_buying, plans=plans)),
        (frozenset({"timeline"}), partial(find_timeline, context=context)),
        (frozenset({"when", "meeting_length"}), partial(find_when, context=context)),
        (frozenset({"yes_no"}), find_yes_no),
        (frozenset({"role"}), find_roles),
    )
    # What is said not to be so ("monday instead of friday") is not read; the blanks keep every place.
    text = without_wrong(text)
    return [found for names, find in finders if not name or name in names for found in find(text)]


def _set_right(
    text: str, context: ReadingContext, plans: Sequence[str], kept: Sequence[Found], answers: Sequence[Found]
) -> tuple[list[Found], list[Found]]:
    """What still holds beside corrections, and the corrections: of facts that add up, the wrong ones are taken out."""
    left = list(kept)
    right: list[Found] = []
    said = [*kept, *answers]
    for clause in find_corrections(text, said, lambda words, name: _free(words, context, plans, name)):
        facts = clause.facts
        if (
            not facts
            and not answers
            and context.asked
            and not text[: clause.start].strip().strip(".,").count(" ") > 3
        ):
            facts = tuple(_answered_anew(clause, context))
        if not facts:
            continue
        names = {one.name for one in facts}
        gone = names | (_ALONE if names & _ALONE else frozenset())
        left = [
            one
            for one in left
            if not (clause.start <= one.start < clause.end and one.name in gone)
            and not (one.end <= clause.start and one.name in names & _MANY)
        ]
        right += facts
    return left, right


def _answered_anew(clause: Clause, context: ReadingContext) -> Iterator[Found]:
    """ "Scratch that, it's 22": the words after it answer our question."""
    if context.asked is None:
        return
    if context.asked.kind == "when":
        readings = (_free(f"{before}{clause.words}", context, (), "when") for before in ("", "on ", "in "))
        for one in next((some for some in readings if some), []):
            yield replace(one, start=clause.start, end=clause.end, how="rule:correction")
    for one in find_answer(clause.words, context.asked):
        yield replace(one, start=clause.start, end=clause.end, how="rule:correction")


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
