"""Decide what the assistant does in one turn. Pure: values in, a decision out."""

from __future__ import annotations

from dataclasses import replace

from intents.score import Score, Signal, score
from server.dialogue.claims import without_banned
from server.dialogue.plays import PLAYS
from server.dialogue.plays.qualify import quick_reply_value, with_question
from server.dialogue.policy import Policy
from server.dialogue.reading import is_follow_up, is_information_question
from server.dialogue.values import Case, Consent, Decision, Evidence, Known, Said, State

_QUESTIONS_KEPT = 3
_SIGNALS_KEPT = 200


def decide(case: Case) -> Decision:
    """The first play that bids wins; one qualifying question may follow it."""
    if case.reading is not None and is_follow_up(case.state, case.text):
        # Three words that lean on the last question have no intent of their own to read.
        case = replace(case, reading=replace(case.reading, asked_for=()))
    case, claims = without_banned(case)
    learned = _learned(case)
    state = _remember(case, learned)
    case = replace(case, state=state)
    bid = next(bid for play in PLAYS if (bid := play(case)) is not None)
    bid = with_question(case, bid)
    return Decision(
        play=bid.play,
        moves=bid.moves,
        reasons=bid.reasons,
        state=bid.state,
        learned=learned,
        score=score_of(case.policy, bid.state, case.consent),
        checks=(*bid.checks, claims) if claims else bid.checks,
    )


def _learned(case: Case) -> tuple[Known, ...]:
    """The facts of this message with the words that told them."""
    if picked := quick_reply_value(case):
        question, value = picked
        label = getattr(case.event, "label", value)
        told: object = int(value) if question.kind == "number" and value.isdecimal() else value
        evidence = Evidence(case.message_id, label, 0, len(label))
        return (Known(question.fact, told, "chosen", 1.0, evidence),)
    if case.reading is None:
        return ()
    return tuple(
        Known(
            fact.name,
            fact.value,
            "said",
            fact.confidence,
            Evidence(case.message_id, fact.text, fact.start, fact.end),
        )
        for fact in case.reading.facts
        # A question in return is not an answer to ours, however short it is.
        if not (fact.how == "asked:free_text" and is_information_question(case))
    )


def _remember(case: Case, learned: tuple[Known, ...]) -> State:
    state = case.state
    signals = list(state.signals)
    if case.reading is not None:
        signals += [Signal("intent", name, None, case.message_id) for name in case.reading.asked_for]
        if case.frustration > 0:
            signals.append(Signal("frustration", "frustration", case.frustration, case.message_id))
    for fact in learned:
        words = fact.evidence.quote if fact.evidence else ""
        # What is not sure enough to earn points is kept too: the score tells what waits.
        told = Signal("fact", fact.name, fact.value, case.message_id, text=words, confidence=fact.confidence)
        signals.append(told)
    questions = state.questions
    if isinstance(case.event, Said):
        questions = (*questions, case.event.text)[-_QUESTIONS_KEPT:]
    return replace(
        state,
        facts=(*state.facts, *learned),
        signals=tuple(signals[-_SIGNALS_KEPT:]),
        questions=questions,
    )


def score_of(policy: Policy, state: State, consent: Consent) -> Score:
    """The lead score as things stand; page views count only with consent to more than the necessary."""
    pages: tuple[Signal, ...] = ()
    if consent != "necessary":
        pages = tuple(Signal("page", path, None, None, page=path) for path in state.pages)
    return score(policy.score, (*pages, *state.signals), policy.score_model)
