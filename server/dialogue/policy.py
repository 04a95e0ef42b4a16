"""The operator's rules for the conversation: the part of a playbook that decisions read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from intents.score import ScoreModel, ScoreRules
from server.dialogue.asking_rules import AskWhen as AskWhen
from server.dialogue.asking_rules import Limits as Limits
from server.dialogue.asking_rules import Question as Question
from server.dialogue.asking_rules import QuickReply as QuickReply
from server.dialogue.gate_rules import Exclusion, PlayGate, PlayName, Region
from server.dialogue.rules import Key as Key
from server.dialogue.rules import Rules as Rules


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the catalogue says of an intent."""

    plays: tuple[str, ...]
    """The first one that the site has switched on is opened by asking for it."""
    label: str = ""
    """What the visitor wants, in the conversation's language; empty when it is never put to them."""


class Policy(Rules):
    """What decisions may do at this site."""

    version: str = "0"
    language: str = "en"
    """The language of the documents and of the phrases."""
    questions: tuple[Question, ...] = ()
    limits: Limits = Limits()
    score: ScoreRules = ScoreRules()
    score_model: ScoreModel | None = None
    """Points learned from outcomes, which stand for the rules' own while one serves."""
    banned_claims: tuple[str, ...] = ()
    """Phrases that never reach a visitor, whatever the documents say."""
    plays: frozenset[PlayName] = frozenset({"book", "trial", "cart", "handoff", "qualify"})
    """The plays that are switched on; answering always is."""
    gates: Mapping[str, PlayGate] = Field(default_factory=dict)
    """When a play that is switched on may open."""
    exclusions: Exclusion = Exclusion()
    """Where nothing is begun, asked or offered."""
    regions: tuple[Region, ...] = ()
    reasons: Mapping[str, str] = Field(default_factory=dict)
    """Why we begin something unasked, by kind and key (`proactive:pricing_help`), in the visitor's language."""
    meetings: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """The titles of what can be booked, where there are several kinds, and the intents that open each."""
    plans: tuple[str, ...] = ()
    """Names of plans that can be put in a cart."""
    addons: tuple[str, ...] = ()
    """Names of what can stand beside them."""
    codes: tuple[str, ...] = ()
    """Discount codes, as the catalogue writes them."""
    max_seats: int = 100_000

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)

    @property
    def fields(self) -> dict[str, str]:
        """Where the playbook sends answers in the CRM, by fact."""
        return {question.fact: question.field for question in self.questions if question.field}
