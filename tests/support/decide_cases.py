"""The table of decisions: situations as YAML rows, built into cases with as little said as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from intents.values import IntentGuess
from server.dialogue.decide import decide
from server.dialogue.known import History, Known
from server.dialogue.policy import Policy
from server.dialogue.prompts import Open, OpenCart, OpenDay, OpenForm, OpenOffer, OpenQuestion, OpenSlots
from server.dialogue.values import Ask, Case, Chose, Decision, Filled, OfferPlay, Said, Say, State
from tests.support.dialogue import (
    MEANINGS,
    MESSAGE,
    NOW,
    POLICY,
    PROMPT,
    a_fact,
    a_reading,
    an_answer,
    known,
    no_answer,
)  # fmt: skip

FOLDER = Path(__file__).parents[1] / "unit" / "decide_cases"
SLOT = "20260303T1300Z~sales"


@dataclass(frozen=True)
class Row:
    """One row: who is there, what happens, what must be decided."""

    topic: str
    name: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def case(self) -> Case:
        return _case(self.given)

    def decided(self) -> Decision:
        return decide(self.case)


def rows() -> Iterator[Row]:
    for file in sorted(FOLDER.glob("*.yaml")):
        for raw in yaml.safe_load(file.read_text(encoding="utf-8")):
            given = {name: value for name, value in raw.items() if name not in {"name", "expect"}}
            yield Row(file.stem, raw["name"], given, raw["expect"])


def asked(decision: Decision) -> list[str]:
    return [move.key for move in decision.moves if isinstance(move, Ask)]


def offered(decision: Decision) -> list[str]:
    return [move.what for move in decision.moves if isinstance(move, OfferPlay)]


def said(decision: Decision) -> list[str]:
    return [move.phrase for move in decision.moves if isinstance(move, Say)]


def _case(given: Mapping[str, Any]) -> Case:
    words = str(given.get("say", ""))
    facts = [a_fact(name, value, str(value)) for name, value in given.get("told", {}).items()]
    reading = a_reading(words, given.get("wants", ()), facts, frustration=given.get("feels", 0.0))
    if "chance" in given:
        guesses = tuple(IntentGuess(name, given["chance"]) for name in given.get("wants", ()))
        reading = replace(reading, intents=guesses)
    has = given.get("answer", False)
    answer = an_answer(confidence=has if isinstance(has, float) else 0.9) if has else no_answer()
    event: Said | Chose | Filled = Said(words)
    if "choose" in given:
        event = Chose(given.get("prompt", PROMPT), given["choose"], given["choose"])
    elif "fill" in given:
        event = Filled(given.get("prompt", PROMPT))
        facts = [a_fact(name, value, str(value)) for name, value in given["fill"].items()]
        reading = a_reading("[email_1]", (), facts)
    case = Case(
        state=_state(given.get("state", {}), words),
        event=event,
        policy=_policy(given.get("rules", {})),
        now=NOW,
        message_id=MESSAGE,
        prompt_id="prompt-2",
        reading=None if "choose" in given else reading,
        answer=None if isinstance(event, Chose | Filled) else answer,
        consent=given.get("consent", "conversation"),
        page=given.get("page", ""),
        in_product=given.get("help", False),
        time_zone=given.get("zone", "UTC"),
        locale=given.get("locale", "en"),
        meanings=MEANINGS,
        history=_history(given.get("before", {})),
    )
    if "language" in given:
        case = replace(case, state=replace(case.state, language=given["language"]))
    return case


def _policy(rules: Mapping[str, Any]) -> Policy:
    if not rules:
        return POLICY
    base = POLICY.model_dump()
    questions = {question["key"]: question for question in base["questions"]}
    changed = [{**questions.get(one["key"], {}), **one} for one in rules.get("questions", ())]
    merged = {**base, **rules, **({"questions": changed} if changed else {})}
    return Policy.model_validate(merged)


def _state(given: Mapping[str, Any], words: str) -> State:
    facts = [known(name, value) for name, value in given.get("facts", {}).items()]
    facts += [Known(name, value, "remembered", 0.9) for name, value in given.get("remembered", {}).items()]
    return State(
        facts=tuple(facts),
        asked=tuple(given.get("asked", ())),
        open=_open(given["open"]) if "open" in given else None,
        stop_asking=given.get("stop", False),
        with_person=given.get("with_person", False),
        person_wanted=given.get("person_wanted", False),
        person_offered=given.get("person_offered", False),
        meeting=given.get("meeting"),
        questions=(*given.get("questions", ()), *([words] if words else [])),
        pages=tuple(given.get("pages", ())),
        mood=given.get("mood", 0.0),
        refused=given.get("refused", 0),
        reasked=tuple(given.get("reasked", ())),
        trial=given.get("trial", False),
        began=given.get("began", ""),
        offered=tuple(given.get("offered", ())),
        declined=tuple(given.get("declined", ())),
        just_refused=given.get("just_refused", False),
        group=given.get("group", ""),
    )


def _open(given: Mapping[str, Any]) -> Open:
    ((kind, value),) = given.items()
    made: dict[str, Open] = {
        "question": OpenQuestion(PROMPT, str(value)),
        "slots": OpenSlots(PROMPT, (SLOT,)),
        "day": OpenDay(PROMPT),
    }
    if kind in made:
        return made[kind]
    if kind == "unasked":
        return OpenOffer(PROMPT, value, unasked=True)
    if kind == "form":
        return OpenForm(PROMPT, value, SLOT if value == "booking" else None)
    return OpenOffer(PROMPT, value) if kind == "offer" else OpenCart(PROMPT, value)


def _history(given: Mapping[str, Any]) -> History:
    told = tuple(Known(name, value, "remembered", 0.9) for name, value in given.get("facts", {}).items())
    return History(
        told,
        frozenset(given.get("asked", ())),
        given.get("today", 0),
        given.get("site_today", 0),
        frozenset(given.get("offered", ())),
        given.get("offered_today", 0),
        frozenset(given.get("stands", ())),
        frozenset(given.get("in_crm", ())),
    )
