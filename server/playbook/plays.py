"""Which plays may open when: the section `plays`, with `exclusions` and `regions`, and what in them can not be."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import model_validator

from crm_sync.documents.catalogue import CUSTOM, real_schema, sealed_fields, value_schemas
from intents.score import ScoreRule
from server.dialogue.gate_rules import Exclusion, Offered, PlayGate, Region
from server.dialogue.policy import Question, Rules
from server.playbook.words import OfferWords

Path = tuple[int | str, ...]
Problem = tuple[Path, str]
_CONTACT = {"email": "contact.email", "person": "contact.name", "phone": "contact.phone"}
"""Personal fields, and the facts that are sealed as they want them."""


class PlayRules(Rules):
    """A gate for each play; a play without one opens whenever it is asked for."""

    book: PlayGate | None = None
    trial: PlayGate | None = None
    cart: PlayGate | None = None
    handoff: PlayGate | None = None
    qualify: PlayGate | None = None

    def gates(self) -> dict[str, PlayGate]:
        """Those that are written."""
        written = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: gate for name, gate in written if gate is not None}

    def spoken(self, words: Mapping[Offered, OfferWords]) -> PlayRules:
        """The same with the offers' own words in another language; what is not translated is said in ours."""
        changed = {}
        for play, gate in self.gates().items():
            if gate.offer is not None and (gate.offer.text or gate.offer.why):
                said = words.get(play, OfferWords())  # type: ignore[call-overload]  # offers stand at these plays only
                changed[play] = gate.model_copy(
                    update={"offer": gate.offer.model_copy(update={"text": said.text, "why": said.why})}
                )
        return self.model_copy(update=changed) if changed else self

    @model_validator(mode="after")
    def _is_something_to_offer(self) -> PlayRules:
        for play in ("cart", "qualify"):
            gate = getattr(self, play)
            if gate is not None and gate.offer is not None:
                raise ValueError(f"plays.{play} can not be offered; offer book, trial or handoff")
        return self


def offers_unsaid(plays: PlayRules, words: Mapping[Offered, OfferWords]) -> Iterator[str]:
    """Own words of offers that a language lacks; there ours are said."""
    for play, gate in plays.gates().items():
        said = words.get(play, OfferWords())  # type: ignore[call-overload]
        for name in ("text", "why"):
            if gate.offer is not None and getattr(gate.offer, name) and getattr(said, name) is None:
                yield f"offers.{play}.{name}"


def mistranslated_offers(
    plays: PlayRules, translations: Mapping[str, Mapping[Offered, OfferWords]]
) -> Iterator[Problem]:
    """Words for an offer that has none of its own to translate."""
    gates = plays.gates()
    for language, offers in translations.items():
        for play, words in offers.items():
            gate = gates.get(play)
            offer = gate.offer if gate is not None else None
            for name in words.model_fields_set:
                if offer is None or getattr(offer, name) is None:
                    fix = f"plays.{play}.offer has no {name} of its own; write it there first, or remove this"
                    yield ("translations", language, "offers", play, name), fix


def named_intents(
    plays: PlayRules, exclusions: Exclusion, questions: Sequence[Question]
) -> Iterator[tuple[Path, str]]:
    """Where these sections name an intent, and which."""
    for play, gate in plays.gates().items():
        yield from ((("plays", play, "intents"), name) for name in gate.intents)
        yield from ((("plays", play, "unless", "intents"), name) for name in gate.unless.intents)
        if gate.offer is not None:
            yield from ((("plays", play, "offer", "intents"), name) for name in gate.offer.intents)
    yield from ((("exclusions", "intents"), name) for name in exclusions.intents)
    for place, question in enumerate(questions):
        yield from ((("questions", place, "unless", "intents"), name) for name in question.unless.intents)


def misplaced_regions(
    plays: PlayRules, exclusions: Exclusion, regions: Sequence[Region]
) -> Iterator[Problem]:
    """Where a region is named that is not there, or defined twice."""
    keys = [region.key for region in regions]
    for place, key in enumerate(keys):
        if keys.index(key) != place:
            yield ("regions", place, "key"), f"region {key!r} stands twice; give each its own key"
    named: list[tuple[Path, Sequence[str]]] = [(("exclusions", "regions"), exclusions.regions)]
    for play, gate in plays.gates().items():
        named += [
            (("plays", play, "regions"), gate.regions),
            (("plays", play, "unless", "regions"), gate.unless.regions),
        ]
    for path, found in named:
        yield from (
            (path, f"there is no region {name!r}; {_near(name, keys)}") for name in found if name not in keys
        )


def misdirected_answers(questions: Sequence[Question]) -> Iterator[Problem]:
    """Where an answer is sent to a CRM field that there is not, or that may not hold it."""
    there = [f"{record}.{name}" for record, fields in value_schemas().items() for name in fields]
    for place, question in enumerate(questions):
        if question.field is None:
            continue
        path = ("questions", place, "field")
        record, _, name = question.field.partition(".")
        if name.startswith(CUSTOM):
            continue
        if real_schema(record, name) is None:
            fix = f"{_near(question.field, there)}, or write {record}.custom.{name} for a field of your own"
            yield path, f"the CRM has no field {question.field!r}; {fix}"
        elif (record, name) in sealed_fields() and _CONTACT.get(question.fact) != question.field:
            fact = next(fact for fact, field in _CONTACT.items() if field == question.field)
            yield path, f"{question.field} is personal and sealed; set `fact: {fact}`, which is read sealed"


def misjudged_scores(rules: Sequence[ScoreRule]) -> Iterator[Problem]:
    """Rules that wait for nothing, or for two kinds of things at once; and codes that two rules share."""
    codes = [rule.code for rule in rules]
    for place, rule in enumerate(rules):
        here = ("score", "rules", place)
        whens = [name for name in ("when_intent", "when_fact", "when_page") if getattr(rule, name)]
        if not whens:
            yield here, "this rule waits for nothing; give it one of when_intent, when_fact, when_page"
        if len(whens) > 1:
            fix = f"keep one, and write a second rule for {whens[1]}"
            yield (
                (*here, whens[1]),
                f"a rule has one kind of signal, and this one has {' and '.join(whens)}; {fix}",
            )
        if codes.index(rule.code) != place:
            yield (*here, "code"), f"code {rule.code!r} stands twice; give each rule its own code"


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are {', '.join(sorted(known)[:8])}" if known else "there are none"
