"""What one decision costs at its worst: a long conversation, every play gated and offered, a visitor who shows much."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from intents.catalogue import load_catalogue
from intents.score import Signal
from intents.values import IntentGuess, Redacted, Understanding
from knowledge.values import Answer, Line, Sentences
from server.dialogue.decide import decide
from server.dialogue.gate_rules import Offer, PlayGate, Region
from server.dialogue.policy import Meaning, Policy
from server.dialogue.values import Case, Known, Said, State
from server.playbook import load_playbook

_SIGNALS = 200
_PAGES = 20
_DEMO = Path(__file__).parents[2] / "demo" / "playbooks" / "demo.yaml"


def decide_ms(rounds: int = 200) -> list[float]:
    """The milliseconds of each of so many decisions, CPU time of this thread."""
    case = worst_case()
    laps = []
    for _ in range(rounds):
        began = time.thread_time()
        decide(case)
        laps.append((time.thread_time() - began) * 1000)
    return laps


def worst_case() -> Case:
    """A message that is answered, after as long a conversation as is kept."""
    message = "worst"
    guesses = (IntentGuess("feature_question", 0.8), IntentGuess("pricing", 0.15))
    reading = Understanding(
        redacted=Redacted("Does it work without a signal?"),
        language="en",
        intents=guesses,
        out_of_scope=False,
        scope_score=1.0,
        facts=(),
        frustration=0.1,
        frustration_reasons=(),
        model_version="bench",
        timings_ms={},
        asked_for=("feature_question",),
    )
    return Case(
        state=_long_conversation(),
        event=Said("Does it work without a signal?"),
        policy=_gated(load_playbook(_DEMO).policy()),
        now=datetime(2026, 3, 2, 10, tzinfo=UTC),
        message_id=message,
        prompt_id="prompt",
        reading=reading,
        answer=_answer(),
        consent="remembered",
        page="/pricing/teams",
        time_zone="Europe/Berlin",
        locale="de-DE",
        meanings={
            name: Meaning(intent.plays, intent.label) for name, intent in load_catalogue().intents.items()
        },
    )


def _gated(policy: Policy) -> Policy:
    gate = PlayGate(
        stages=("new", "engaged", "qualified"),
        pages=("/pricing",),
        min_score=5,
        offer=Offer(min_score=5, value=1),
    )
    region = Region(key="near", zones=("Europe/",), locales=("de",))
    gates = {"book": gate, "trial": gate, "handoff": gate, "cart": gate.model_copy(update={"offer": None})}
    return policy.model_copy(update={"gates": gates, "regions": (region, *policy.regions)})


def _long_conversation() -> State:
    names = ("pricing", "feature_question", "security_compliance", "migration", "plan_limits")
    told = (("team_size", 120), ("current_tool", "excel"), ("role", "owner"), ("seats", 40))
    signals: list[Signal] = []
    for number in range(_SIGNALS // 2):
        signals.append(Signal("intent", names[number % len(names)], None, f"m{number}"))
        name, value = told[number % len(told)]
        sure = 0.9 if number < _SIGNALS // 2 - len(told) else 0.75
        signals.append(Signal("fact", name, value, f"m{number}", text=str(value), confidence=sure))
    facts = tuple(Known(name, value, "said", 0.75) for name, value in told)
    pages = tuple(
        ("/pricing", "/docs/plans", "/security", "/pricing/teams")[each % 4] for each in range(_PAGES)
    )
    state = State(facts=facts, signals=tuple(signals), pages=pages, questions=("How much?", "And for 40?"))
    return replace(state, language="en", asked=("team_size",))


def _answer() -> Answer:
    return Answer(
        "q", "q", (Sentences((Line("It does.", (1,)),)),), (), abstained=False, confidence=0.9, found=(),
        nearest=(), generation=1, timings_ms={},
    )  # fmt: skip
