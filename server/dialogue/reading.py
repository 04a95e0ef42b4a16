"""What the visitor's event means for a play: acceptance, refusal, a chosen value, an information question."""

from __future__ import annotations

import re

from server.dialogue.values import Case, Chose, Known, Said, State

SURE = 0.7
"""The confidence from which a fact is acted on without a word."""

_REQUEST = re.compile(
    r"\b(can|could|may) (i|we|you|u|someone|somebody)\b|(?<!\bdo )\b(i|we)('d| would)? (like|want|need|wanna)\b|"
    r"\b(book|schedule|arrange|set up|sign me up|start|add|put|cancel|move|reschedule|let me|let's|pls|please)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^\W*(?:(?:hi|hello|hey)\W+)?(?:what|which|how|why|when|where|who|does|do|is|are|will|what's|whats|hows)\b",
    re.IGNORECASE,
)


_FOLLOW_UP = re.compile(r"^\W*(and|what about|how about|same for|also)\b", re.IGNORECASE)
_FOLLOW_UP_WORDS = 6


def is_follow_up(state: State, text: str) -> bool:
    """Whether a short message goes on with the last question ("and for Business?")."""
    return bool(state.questions) and bool(_FOLLOW_UP.match(text)) and len(text.split()) <= _FOLLOW_UP_WORDS


def is_request(text: str) -> bool:
    """Whether the English words ask for something to be done."""
    return bool(_REQUEST.search(text))


def is_information_question(case: Case) -> bool:
    """Whether the message asks about a thing ("how long is the trial?") rather than for it ("start a trial")."""
    text = case.plain
    return bool(_QUESTION.search(text)) and not is_request(text)


def has_answer(case: Case) -> bool:
    """Whether the documents hold an answer."""
    return case.answer is not None and not case.answer.abstained


def asks_also(case: Case) -> bool:
    """Whether the message carries an information question that the documents answer, beside what else it wants."""
    return has_answer(case) and case.opens("answer")


_STOP = re.compile(
    r"\b(stop|no more|don['’]?t|do not|quit|enough|leave|without|skip|rather not|none of your)\b",
    re.IGNORECASE,
)
"""Too weighty to be taken from a guess alone: it ends all questions."""


def asks_to_stop(case: Case) -> bool:
    """Whether the visitor wants no more questions, in so many words."""
    return case.wants("stop_asking") and bool(_STOP.search(case.plain))


def is_fed_up(case: Case) -> bool:
    """Whether frustration has risen so far that a person is offered before anything else; once, till it has fallen."""
    state, limit = case.state, case.policy.limits.person_above_frustration
    has_risen = case.frustration > 0 and max(state.mood, case.frustration) >= limit
    is_served = state.person_wanted or state.person_offered
    return "handoff" in case.policy.plays and has_risen and not is_served


def accepts(case: Case, prompt: str) -> bool:
    """Whether the event says yes to the open prompt."""
    if isinstance(case.event, Chose):
        return case.event.prompt == prompt and case.event.value == "yes"
    return isinstance(case.event, Said) and case.wants("yes")


def declines(case: Case, prompt: str) -> bool:
    """Whether the event says no to the open prompt, or skips it."""
    if isinstance(case.event, Chose):
        return case.event.prompt == prompt and case.event.value in {"no", "skip"}
    if not isinstance(case.event, Said) or case.opens("answer"):
        return False
    return case.wants("no") or fresh(case, "declined")


_LATER = re.compile(
    r"^\W*(no|nope|nah|skip|never ?mind|cancel|later|not now|forget it|stop)\b", re.IGNORECASE
)


def puts_off(case: Case, prompt: str) -> bool:
    """Whether a form is put off: said so outright, for "not an email" is a slip and no refusal."""
    if isinstance(case.event, Said):
        return bool(_LATER.search(case.plain)) or fresh(case, "declined")
    return declines(case, prompt)


def chosen(case: Case, prompt: str) -> str | None:
    """The value picked from that prompt."""
    if isinstance(case.event, Chose) and case.event.prompt == prompt:
        return case.event.value
    return None


def fresh(case: Case, name: str) -> bool:
    """Whether this very message told the fact, or the one that it makes clear."""
    return told_now(case, case.state.known(name))


def told_now(case: Case, fact: Known | None) -> bool:
    if fact is None or fact.evidence is None:
        return False
    return fact.evidence.message_id in {case.message_id, case.earlier or case.message_id}


def is_sure(case: Case, name: str) -> bool:
    """Whether what is known of it is sure enough to act on it."""
    fact = case.state.known(name)
    return fact is not None and fact.confidence >= SURE
