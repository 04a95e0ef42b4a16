"""What an operator says to visitors, in one language or in several."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from intents.redaction import contacts_in
from server.dialogue.gate_rules import Offered
from server.dialogue.policy import Key, Question, Rules
from server.playbook.help import HelpWords
from server.playbook.proactive import ProactiveWords

Language = Literal["en", "de", "fr", "es", "ar"]


def _origin(text: str) -> str:
    if text != "null" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s]+", text):
        fix = "write it like https://www.acme.example, without a path; null is the origin of sandboxed frames and files"
        raise ValueError(f"{text!r} is no origin; {fix}")
    return text


Origin = Annotated[str, AfterValidator(_origin)]
Starter = Annotated[str, Field(max_length=90)]


class SiteRules(Rules):
    """How the assistant introduces itself, and where it may be embedded."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    language: Language = "en"
    """In which the playbook's texts are written, and the company's own people are written to."""
    assistant: Annotated[str, Field(max_length=60)] = "Assistant"
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#3355dd"
    greeting: Annotated[str, Field(max_length=200)] = "Hello. Ask anything about our product."
    starters: Annotated[tuple[Annotated[str, Field(max_length=90)], ...], Field(max_length=3)] = ()
    help_starters: Annotated[tuple[Annotated[str, Field(max_length=90)], ...], Field(max_length=3)] = ()
    """The same inside the product."""
    privacy: Annotated[str, Field(max_length=400)] = (
        "What you write is stored by this company to answer you. Personal details are kept sealed."
    )
    privacy_url: str | None = None
    help_url: str | None = None
    origins: tuple[Origin, ...] = ()
    """Origins (scheme, host and port) of the pages that may hold the widget; this server's own always may.

    `null` lets every sandboxed frame and every local file in, whoever wrote it."""


class SiteWords(Rules):
    """The texts of `site` in another language."""

    assistant: Annotated[str, Field(max_length=60)] | None = None
    greeting: Annotated[str, Field(max_length=200)] | None = None
    starters: Annotated[tuple[Starter, ...], Field(max_length=3)] | None = None
    help_starters: Annotated[tuple[Starter, ...], Field(max_length=3)] | None = None
    privacy: Annotated[str, Field(max_length=400)] | None = None
    privacy_url: str | None = None
    help_url: str | None = None


class QuestionWords(Rules):
    """A question in another language; its quick replies by their value."""

    ask: Annotated[str, Field(min_length=2, max_length=200)] | None = None
    why: Annotated[str, Field(min_length=2, max_length=200)] | None = None
    choices: Mapping[str, Annotated[str, Field(max_length=60)]] = Field(default_factory=dict)


class MeetingWords(Rules):
    """What a meeting is called in another language."""

    title: Annotated[str, Field(min_length=2, max_length=80)] | None = None
    types: Mapping[Key, Annotated[str, Field(min_length=2, max_length=80)]] = Field(default_factory=dict)
    """The titles of `meetings.types`, by key."""


class OfferWords(Rules):
    """What is said with an offer in another language."""

    text: Annotated[str, Field(min_length=2, max_length=200)] | None = None
    why: Annotated[str, Field(min_length=2, max_length=200)] | None = None


class Words(Rules):
    """The texts of a playbook in one further language."""

    site: SiteWords = SiteWords()
    questions: Mapping[Key, QuestionWords] = Field(default_factory=dict)
    meetings: MeetingWords | None = None
    proactive: Mapping[Key, ProactiveWords] = Field(default_factory=dict)
    help: HelpWords = HelpWords()
    offers: Mapping[Offered, OfferWords] = Field(default_factory=dict)
    """The own words of `plays.<play>.offer`, by play."""


_SHOWN = ("assistant", "greeting", "starters", "help_starters", "privacy")
"""The texts of a site that visitors read; addresses may well be the same in every language."""


def misplaced(
    translations: Mapping[Language, Words], own: Language, questions: Sequence[Question]
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Where something is translated that is not there, and what to do about it."""
    known = {question.key: {reply.value for reply in question.choices} for question in questions}
    for language, words in translations.items():
        here = ("translations", language)
        if language == own:
            yield here, f"the texts themselves are in {own!r} (site.language); remove this translation"
        for key, said in words.questions.items():
            if key not in known:
                yield (*here, "questions", key), f"there is no question {key!r}; {_there_are(known)}"
                continue
            for value in said.choices:
                if value not in known[key]:
                    problem = f"no quick reply has the value {value!r}; {_there_are(known[key])}"
                    yield (*here, "questions", key, "choices", value), problem


def _there_are(names: Collection[str]) -> str:
    return f"there are {', '.join(sorted(names))}" if names else "there are none"


def in_words(question: Question, words: QuestionWords | None) -> Question:
    """The question in another language, as far as it is translated."""
    if words is None:
        return question
    choices = tuple(
        reply.model_copy(update={"label": words.choices.get(reply.value, reply.label)})
        for reply in question.choices
    )
    said = words.model_dump(include={"ask", "why"}, exclude_none=True)
    return question.model_copy(update={**said, "choices": choices})


def titles(translations: Mapping[Language, Words]) -> dict[str, str | Mapping[str, str]]:
    """What a meeting is called, by language; where there are several types, by type too."""
    return {
        language: called
        for language, words in translations.items()
        if words.meetings and (called := words.meetings.types or words.meetings.title)
    }


def untranslated(
    site: SiteRules, questions: Sequence[Question], words: Words, *, meets: bool
) -> Iterator[str]:
    """What a language lacks, as paths below `translations.<language>`."""
    for name in _SHOWN:
        if name in site.model_fields_set and getattr(words.site, name) is None:
            yield f"site.{name}"
    for question in questions:
        said = words.questions.get(question.key, QuestionWords())
        yield from (
            f"questions.{question.key}.{name}" for name in ("ask", "why") if getattr(said, name) is None
        )
        yield from (
            f"questions.{question.key}.choices.{reply.value}"
            for reply in question.choices
            if reply.value not in said.choices
        )
    if meets and (words.meetings is None or not (words.meetings.title or words.meetings.types)):
        yield "meetings.title"


def contacts(site: SiteRules, translations: Mapping[Language, Words], desk: str) -> tuple[str, ...]:
    """The company's own addresses and numbers, as its texts give them, and that of its `desk`."""
    translated = (words.site.model_dump(exclude_none=True) for words in translations.values())
    texts = (str(text) for words in (site.model_dump(), *translated) for text in words.values() if text)
    return (desk, *dict.fromkeys(found for text in texts for found in contacts_in(text)))
