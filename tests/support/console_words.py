"""What visitors and the assistant say in the tests of the console, and why the assistant said it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.dialogue.blocks import Choice, ChoicesBlock, Citation, Line, ListBlock, SourcesBlock, TextBlock
from server.dialogue.record import CheckEntry, DecisionRecord, IntentEntry, PassageEntry, Versions
from server.store.conversations import Entry

QUOTE = "Team includes single sign-on as an add-on for 3 EUR per seat and month."


@dataclass(frozen=True)
class Opening:
    """How a conversation begins: the words, and what they tell."""

    said: str
    quote: str
    """The words that tell the size."""
    size: int
    industry: str
    confidence: float


OPENINGS = (
    Opening(
        "We are about forty of us in the vans, does Team cover single sign-on?",
        "about forty of us", 40, "Lift maintenance", 0.72,
    ),
    Opening(
        "Somewhere between 15 and 20 crews, can the dispatcher move jobs by hand?",
        "between 15 and 20 crews", 18, "Electrical contracting", 0.61,
    ),
    Opening(
        "Our company has maybe 120 technicians in three regions. What does Business cost?",
        "maybe 120 technicians", 120, "Heating service", 0.74,
    ),
    Opening(
        "Does it work offline? Roughly a dozen people would use it in basements.",
        "Roughly a dozen people", 12, "Water damage repair", 0.66,
    ),
    Opening(
        "How do we move our job history from spreadsheets, around 60 users?",
        "around 60 users", 60, "Facility management", 0.7,
    ),
)  # fmt: skip


def message(author: str, text: str, message: str, at: datetime, *, name: str | None = None) -> Entry:
    body = {
        "type": "message",
        "id": message,
        "author": author,
        "text": text,
        "at": at.isoformat(),
        "name": name,
    }
    return Entry("message", body, message=message)


def turn_entries(turn: str, blocks: list[Any], at: datetime) -> list[Entry]:
    pieces = [
        Entry(
            "block",
            {"type": "block", "turn": turn, "index": index, "at": at.isoformat().replace("+00:00", "Z"),
             "block": block.model_dump(mode="json")},
            turn=turn,
        )
        for index, block in enumerate(blocks)
    ]  # fmt: skip
    return [*pieces, Entry("done", {"type": "done", "turn": turn, "at": at.isoformat()}, turn=turn)]


def reply(number: int) -> list[Any]:
    if number % 6 == 5:
        return [
            TextBlock(
                lines=[Line(text="That isn't in our documentation. Shall I pass the question to a person?")]
            )
        ]
    source = Citation(
        n=1, url="https://fernway.example/docs/sso#plans", title="Single sign-on", heading="Which plans have it",
        quote=QUOTE, passage=f"Plans differ. {QUOTE}", start=14, end=14 + len(QUOTE), score=0.83,
        document_version="4f1c9a20b7de",
    )  # fmt: skip
    return [
        TextBlock(lines=[Line(text=QUOTE, cites=[1]), Line(text="Business includes it.", cites=[1])]),
        ListBlock(ordered=True, items=[Line(text="Open Settings, Security.", cites=[1]),
                                       Line(text="Choose your identity provider.", cites=[1])]),
        SourcesBlock(citations=[source]),
        ChoicesBlock(
            prompt="p1", purpose="question", text="Roughly how many people would use it? It decides which plan fits.",
            choices=[Choice(value="1-10", label="1-10"), Choice(value="11-50", label="11-50"),
                     Choice(value="51-200", label="51-200")],
        ),
    ]  # fmt: skip


def a_record(
    conversation: str,
    turn: str,
    message: str,
    said: str,
    blocks: list[Any],
    number: int,
    site: str,
    at: datetime,
) -> DecisionRecord:
    abstained = number % 6 == 5
    passages = [
        PassageEntry(
            passage=f"p{index}", document=("docs/sso", "pricing", "docs/users")[index], version="4f1c9a20b7de",
            url="https://fernway.example/docs/sso#plans", start=120 * index, end=120 * index + 85,
            heading=("Which plans have it", "Plans and limits", "Inviting people")[index],
            score=0.83 - 0.2 * index, dense=0.71 - 0.1 * index, keyword=12.4 - 3 * index,
            coverage=0.9 - 0.3 * index, cited=index == 0 and not abstained,
        )
        for index in range(3)
    ]  # fmt: skip
    return DecisionRecord(
        turn=turn, site=site, conversation=conversation, message=message, at=at.isoformat(), said=said,
        language="en", out_of_scope=False, scope_score=1.24, frustration=0.08,
        intents=[IntentEntry(name="plan_limits", probability=0.81), IntentEntry(name="pricing", probability=0.12),
                 IntentEntry(name="security_compliance", probability=0.04)],
        asked_for=["plan_limits"],
        facts=[{"name": "team_size", "value": 40, "how": "said", "confidence": 0.9,
                "evidence": {"quote": "about forty of us"}}],
        searched_for=said, answerability=0.31 if abstained else 0.88, abstained=abstained, passages=passages,
        play="answer" if number % 4 else "qualify", reasons=["answer.cited", "qualify.team_size_unknown"],
        moves=["GiveAnswer", "Ask"],
        checks=[CheckEntry(name="consent", passed=True, why="the visitor allowed this conversation"),
                CheckEntry(name="question_cap", passed=number % 5 != 0, why="1 of 4 questions asked")],
        score={"fit": 20, "intent": 25, "total": 45, "stage": "evaluation",
               "points": [{"code": "size_fits_team", "points": 20, "because": "Team of 40"},
                          {"code": "asked_price", "points": 15, "because": "Asked what it costs"}]},
        consent="conversation", outcomes=[], crm_updates=[], effects=[],
        reply=[block.model_dump(mode="json") for block in blocks],
        versions=Versions(playbook="demo-3", intents="0b7c", embedder="all-MiniLM-L6-v2-int8", generation=7),
        timings_ms={"load": 1.2, "read": 8.4, "find": 6.1, "compose": 2.2, "decide": 0.3, "save": 1.9, "total": 20.1},
    )  # fmt: skip
