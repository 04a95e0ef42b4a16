"""Words for tests of the dialogue: a visitor who says something, and what is known at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from intents.catalogue import load_catalogue
from intents.score import ScoreRule, ScoreRules
from intents.values import Fact, Redacted, Understanding
from knowledge.values import Answer, Citation, Line, PageRef, Sentences
from server.dialogue.policy import AskWhen, Meaning, Policy, Question, QuickReply
from server.dialogue.values import Case, Chose, Event, Evidence, Filled, Known, Said, State

MEANINGS = {name: Meaning(intent.plays, intent.label) for name, intent in load_catalogue().intents.items()}
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PROMPT = "prompt-1"
MESSAGE = "message-1"

POLICY = Policy(
    version="test",
    questions=(
        Question(
            key="team_size",
            fact="team_size",
            kind="number",
            ask="Roughly how many people?",
            why="Because plans differ by size.",
            choices=(QuickReply(value="10", label="1 to 10"), QuickReply(value="30", label="11 to 50")),
            when=AskWhen(intents=("pricing",), page_visited_twice=("/pricing",)),
        ),
        Question(
            key="current_tool",
            fact="current_tool",
            ask="What do you use today?",
            why="Because moving differs.",
            when=AskWhen(intents=("migration",), facts=("team_size",)),
        ),
    ),
    score=ScoreRules(
        rules=(
            ScoreRule(
                code="asked_price", kind="intent", points=10, when_intent=("pricing",), because="price"
            ),
            ScoreRule(
                code="big", kind="fit", points=20, when_fact="team_size", at_least=20, because="{value}"
            ),
            ScoreRule(code="page", kind="intent", points=5, when_page="/pricing", because="visited"),
        )
    ),
    banned_claims=("never fails",),
    plans=("Team", "Business"),
)


def an_answer(text: str = "Team costs 12 EUR.", *, confidence: float = 0.9) -> Answer:
    """What the documents say."""
    parts = (Sentences((Line(text, (1,)),)),)
    return Answer(
        "q",
        "q",
        parts,
        (),
        abstained=False,
        confidence=confidence,
        found=(),
        nearest=(),
        generation=1,
        timings_ms={},
    )


def a_citation(passage: str) -> Citation:
    """A source whose passage holds these words."""
    return Citation(
        n=1, url="/docs/x", title="X", heading="", quote=passage, passage=passage, start=0, end=len(passage), score=0.9,
        document_version="1", updated=None, passage_id="p", document_id="d", doc_start=0, doc_end=len(passage),
    )  # fmt: skip


def no_answer() -> Answer:
    """The documents are silent."""
    near = (PageRef("Plans", "/docs/plans"),)
    return Answer(
        "q", "q", (), (), abstained=True, confidence=0.1, found=(), nearest=near, generation=1, timings_ms={}
    )


def a_reading(
    text: str, asked_for: Sequence[str] = (), facts: Sequence[Fact] = (), *, frustration: float = 0.0
) -> Understanding:
    """What the reader made of the text."""
    return Understanding(
        redacted=Redacted(text),
        language="en",
        intents=(),
        out_of_scope=not asked_for,
        scope_score=1.0,
        facts=tuple(facts),
        frustration=frustration,
        frustration_reasons=(),
        model_version="test",
        timings_ms={},
        asked_for=tuple(asked_for),
    )


def a_fact(name: str, value: Any, text: str = "words", *, how: str = "rule") -> Fact:
    return Fact(name, value, text, 0, len(text), 0.9, how, MESSAGE)


def known(name: str, value: Any, message: str = "earlier") -> Known:
    """A fact from an earlier message."""
    return Known(name, value, "said", 0.9, Evidence(message, str(value), 0, 1))


def said(
    text: str,
    *asked_for: str,
    state: State | None = None,
    facts: Sequence[Fact] = (),
    answer: Answer | None = None,
    frustration: float = 0.0,
    policy: Policy = POLICY,
    consent: Any = "conversation",
) -> Case:
    """The visitor typed something."""
    return _case(
        Said(text),
        state,
        a_reading(text, asked_for, facts, frustration=frustration),
        answer or no_answer(),
        policy,
        consent,
    )


def chose(
    value: str, label: str = "", *, prompt: str = PROMPT, state: State, policy: Policy = POLICY
) -> Case:
    """The visitor picked a quick reply or a slot."""
    return _case(Chose(prompt, value, label or value), state, None, None, policy, "conversation")


def filled(*facts: Fact, state: State, prompt: str = PROMPT, policy: Policy = POLICY) -> Case:
    """The visitor sent a form."""
    return _case(Filled(prompt), state, a_reading("[email_1]", (), facts), None, policy, "conversation")


def _case(
    event: Event,
    state: State | None,
    reading: Understanding | None,
    answer: Answer | None,
    policy: Policy,
    consent: Any,
) -> Case:
    return Case(
        state=state or State(),
        event=event,
        policy=policy,
        now=NOW,
        message_id=MESSAGE,
        prompt_id="prompt-2",
        reading=reading,
        answer=answer,
        consent=consent,
        meanings=MEANINGS,
    )
