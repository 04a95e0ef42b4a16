"""What an operator writes about questions: which, when, how their answers are checked, and how often at most."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from server.dialogue.gate_rules import Path, Stage
from server.dialogue.rules import Key, Rules


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern), Field(max_length=200)]
CrmField = Annotated[str, Field(pattern=r"^(contact|company|deal)\.[a-z][a-z0-9_.]*$", max_length=80)]


class QuickReply(Rules):
    """One quick reply of a question."""

    value: Annotated[str, Field(min_length=1, max_length=100)]
    label: Annotated[str, Field(min_length=1, max_length=60)]


class AskWhen(Rules):
    """When a question may be asked; any one of these is enough."""

    intents: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    """Names of facts that the visitor mentioned."""
    page_visited_twice: tuple[str, ...] = ()
    """Path prefixes, such as `/pricing`, to which the visitor came back."""


class AskUnless(Rules):
    """When a question is not asked although it fits; any one of these is enough."""

    intents: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    """Names of facts that are known, whenever they were told."""
    stages: tuple[Stage, ...] = ()
    pages: tuple[Path, ...] = ()


class Fits(Rules):
    """What an answer must be like to be taken."""

    min: float | None = None
    max: float | None = None
    max_length: Annotated[int, Field(ge=1, le=500)] | None = None
    pattern: Pattern | None = None
    """A regular expression for the whole answer, whatever its case."""
    one_of: tuple[str, ...] = ()
    """Whatever their case."""

    def takes(self, value: Any) -> bool:
        """Whether a value is one that the operator wants to hear."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)
        if not isinstance(value, str):
            return True
        text = value.strip()
        if self.max_length is not None and len(text) > self.max_length:
            return False
        if self.one_of and text.casefold() not in {one.casefold() for one in self.one_of}:
            return False
        # What is longer than any answer is not looked through: an expression may take its time over it.
        return self.pattern is None or bool(re.fullmatch(self.pattern, text[:500], re.IGNORECASE))

    @model_validator(mode="after")
    def _something_fits(self) -> Fits:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}; swap them")
        return self


class Question(Rules):
    """One qualification question."""

    key: Key
    fact: Key
    """The fact that answers it; known already means never asked."""
    kind: Literal["text", "number", "choice"] = "text"
    ask: Annotated[str, Field(min_length=5, max_length=200)]
    why: Annotated[str, Field(min_length=5, max_length=200)]
    """Answer to "why do you ask?"."""
    pilot: bool = False
    """Only for the pilot group."""
    show_why: bool = False
    """Whether the reason stands below the question from the start."""
    choices: tuple[QuickReply, ...] = ()
    when: AskWhen
    unless: AskUnless = AskUnless()
    field: CrmField | None = None
    """Where the answer goes in the CRM, as `object.name`; a fact that has a field of its own needs none."""
    fits: Fits = Fits()
    worth: Annotated[float, Field(ge=0, le=100)] | None = None
    """What its answer is worth; `limits.weigh.question` when it is not said."""

    @model_validator(mode="after")
    def _replies_can_be_told_apart(self) -> Question:
        for name in ("value", "label"):
            said = [getattr(reply, name) for reply in self.choices]
            if twice := next((each for each in said if said.count(each) > 1), None):
                raise ValueError(f"two quick replies have the {name} {twice!r}; give each its own")
        for reply in self.choices:
            if not self.fits.takes(told(self, reply.value)):
                raise ValueError(
                    f"the quick reply {reply.value!r} would be refused by `fits`; change one of them"
                )
        return self

    @model_validator(mode="after")
    def _checks_fit_the_kind(self) -> Question:
        if self.kind == "number" and (
            self.fits.max_length is not None or self.fits.pattern or self.fits.one_of
        ):
            raise ValueError("a number is checked by fits.min and fits.max; remove the others")
        if self.kind != "number" and (self.fits.min is not None or self.fits.max is not None):
            raise ValueError("fits.min and fits.max are for kind `number`; set `kind: number`")
        return self


class Weigh(Rules):
    """What questions and offers are weighed by: the one whose worth is most above what speaks against it is put."""

    question: Annotated[float, Field(ge=0, le=100)] = 10
    """What the answer to a question is worth that does not say."""
    offer: Annotated[float, Field(ge=0, le=100)] = 9
    """What a yes to an offer is worth that does not say."""
    asked: Annotated[float, Field(ge=0, le=100)] = 2
    """Against it: each question and offer put already in this conversation."""
    refused: Annotated[float, Field(ge=0, le=100)] = 3
    """Each one that was refused in it."""
    just_refused: Annotated[float, Field(ge=0, le=100)] = 1
    """Right after a refusal, once more."""
    earlier: Annotated[float, Field(ge=0, le=100)] = 1
    """Each one of the last 24 hours in other conversations."""
    frustration: Annotated[float, Field(ge=0, le=100)] = 8
    """Times the frustration, 0 to 1."""
    doubt: Annotated[float, Field(ge=0, le=100)] = 3
    """Times how unsure the answer is that was just given, 0 to 1: to ask after a miss is a risk."""
    reading: Annotated[float, Field(ge=0, le=100)] = 2
    """Times how unsure it is what the message means, 0 to 1."""
    consent: Annotated[float, Field(ge=0, le=100)] = 1
    """From somebody who lets us keep nothing."""


class Limits(Rules):
    """Caps on what the visitor is asked."""

    questions_per_conversation: Annotated[int, Field(ge=0, le=4)] = 4
    questions_per_day: Annotated[int, Field(ge=0, le=50)] = 8
    """To one person, over all conversations, tabs and devices."""
    site_questions_per_day: Annotated[int, Field(ge=0)] | None = None
    """To everybody together; none means no cap."""
    ask_again_after_days: Annotated[int, Field(ge=0, le=730)] = 90
    """How long a question is not repeated in later conversations of a visitor who lets us remember."""
    offers_per_conversation: Annotated[int, Field(ge=0, le=3)] = 2
    """What is offered unasked; each offer once."""
    offers_per_day: Annotated[int, Field(ge=0, le=20)] = 2
    """To one person, over all conversations, tabs and devices."""
    offer_again_after_days: Annotated[int, Field(ge=0, le=730)] = 30
    """How long an offer is not repeated in later conversations of a visitor who lets us remember."""
    quiet_above_frustration: Annotated[float, Field(ge=0, le=1)] = 0.5
    """No question and no offer to somebody who is more frustrated than this."""
    person_above_frustration: Annotated[float, Field(ge=0, le=1)] = 0.7
    """From here on a person is offered."""
    qualified_from: Annotated[int, Field(ge=1, le=10)] = 2
    """How many answers to the playbook's questions make a visitor `qualified`."""
    weigh: Weigh = Weigh()


def told(question: Question, value: str) -> int | str:
    """A quick reply's value as the fact that it tells."""
    return int(value) if question.kind == "number" and value.isdecimal() else value
