"""Writes a follow-up from what was asked and answered: reviewed sentences around the documents' own words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from babel.lists import format_list

from server.actions.follow_ups.values import Draft, Exchange, Material, Source, Words
from server.dialogue.languages import locale_of, name_of
from server.dialogue.phrases import Value, phrase
from server.placeholders import PLACEHOLDER

MOST_EXCHANGES = 4
"""A mail that answers more is not read to its end."""
_MOST_QUESTION = 160
_MOST_OPEN = 2
_MARKS = str.maketrans({"“": "'", "”": "'", "„": "'", "«": "'", "»": "'", '"': "'"})
"""Marks inside a quotation would end it."""
_SENTENCE = re.compile(r"[^.!?؟]+[.!?؟]+|[^.!?؟]+$")


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes reviewed sentences in one language, and remembers them."""

    language: str
    said: list[str] = field(default_factory=list)

    def say(self, name: str, /, **values: Value) -> str:
        sentence = phrase(name, values, self.language)
        self.said.append(sentence)
        return sentence

    def quote(self, words: Words, numbers: dict[int, int]) -> str:
        """The words with where they come from behind them."""
        cites = "".join(f" [{numbers[n]}]" for n in words.cites if n in numbers)
        mark = f"{words.mark} " if words.mark else ""
        if words.cells:
            return f"{mark}{self._row(words.cells)}{cites}"
        text = " ".join(words.text.split())
        return f"{mark}{self._marked(text) if words.is_quote else text}{cites}"

    def _row(self, cells: Sequence[tuple[str, str]]) -> str:
        """ "Team: Billed yearly “12 EUR per seat”, Seats “4 to 50”": every cell is a quotation of its own."""
        (_, first), *others = cells
        told = ", ".join(f"{head} {self._marked(cell)}".strip() for head, cell in others if cell)
        line = f"{first.translate(_MARKS)}: {told}"
        self.said.append(line)
        return line

    def _marked(self, text: str) -> str:
        return phrase("follow_quote", {"quote": text.translate(_MARKS)}, self.language)


def compose(material: Material) -> Draft | None:
    """The draft without its footer; None when there is nothing to tell that the documents carry."""
    told = material.exchanges[:MOST_EXCHANGES]
    if not told and material.step == 0:
        return None
    pen = _Pen(material.language)
    sources, numbers = _numbered(told, material.sources)
    hello = (
        pen.say("follow_greeting_name", name=material.name) if material.name else pen.say("follow_greeting")
    )
    parts = [hello, _opening(material, told, pen)]
    if told and material.documents_in:
        named = [name_of(each, material.language) for each in material.documents_in]
        languages = format_list(named, locale=locale_of(material.language))
        parts.append(pen.say("follow_foreign", languages=languages))
    parts += [_exchange(each, numbers, pen) for each in told]
    if material.open:
        parts.append("\n".join(pen.say("follow_open", question=each) for each in material.open[:_MOST_OPEN]))
    parts.append(_next(material, pen))
    parts.append(f"{pen.say('follow_closing')}\n{pen.say('follow_team', company=material.company)}")
    return Draft(_subject(material, pen), "\n\n".join(parts), sources, tuple(dict.fromkeys(pen.said)))


def question_of(said: str) -> str:
    """How a message is quoted back: its questions alone when it says more; empty when it names somebody."""
    plain = " ".join(said.split())
    if len(plain) > _MOST_QUESTION or len(_SENTENCE.findall(plain)) > 1:
        asked = [each.strip() for each in _SENTENCE.findall(plain) if each.rstrip().endswith(("?", "؟"))]
        plain = " ".join(asked) if asked else plain
    if PLACEHOLDER.search(plain) or len(plain) > _MOST_QUESTION:
        return ""
    return plain.translate(_MARKS)


def _opening(material: Material, told: Sequence[Exchange], pen: _Pen) -> str:
    if material.step > 0:
        return pen.say("follow_later", day=material.talked_on)
    if all(each.how == "now" for each in told):
        return pen.say("follow_only_now", day=material.talked_on)
    return pen.say("follow_opening", count=len(told), day=material.talked_on)


def _exchange(each: Exchange, numbers: dict[int, int], pen: _Pen) -> str:
    if not each.question:
        lead = pen.say("follow_about", title=each.about.translate(_MARKS))
    else:
        name = {"answered": "follow_question", "now": "follow_now", "changed": "follow_changed"}[each.how]
        lead = pen.say(name, question=each.question)
    return "\n".join([lead, *(pen.quote(words, numbers) for words in each.words)])


def _next(material: Material, pen: _Pen) -> str:
    """One step, not three: where it leads, and that a reply reaches a person."""
    if material.next == "reply" or not material.link:
        return pen.say("follow_reply")
    return f"{pen.say(f'follow_{material.next}')}\n{material.link}\n\n{pen.say('follow_reply')}"


def _subject(material: Material, pen: _Pen) -> str:
    if material.earlier_subject:
        return phrase("follow_again", {"subject": material.earlier_subject}, material.language)
    return phrase("follow_subject", {"company": material.company}, pen.language)


def _numbered(
    told: Sequence[Exchange], sources: Sequence[Source]
) -> tuple[tuple[Source, ...], dict[int, int]]:
    """The pages in the order in which they are cited, each page once; and what each citation is called now."""
    by_number = {source.n: source for source in sources}
    cited = [by_number[n] for each in told for words in each.words for n in words.cites if n in by_number]
    places: dict[str, int] = {}
    kept: list[Source] = []
    numbers: dict[int, int] = {}
    for source in cited:
        page = source.document or source.url
        if page not in places:
            places[page] = len(places) + 1
            kept.append(replace(source, n=places[page]))
        numbers[source.n] = places[page]
    return tuple(kept), numbers
