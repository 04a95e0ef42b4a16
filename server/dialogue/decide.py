"""Decide what the assistant does in one turn. Pure: values in, a decision out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

from intents.score import Score, Signal, score
from server.dialogue.asking_rules import told
from server.dialogue.claims import without_banned
from server.dialogue.correcting import corrected, sets_right
from server.dialogue.doubt import as_meant, moves_meeting
from server.dialogue.fitting import as_wanted
from server.dialogue.gates import with_gates
from server.dialogue.next_best import is_refusal, with_next_best
from server.dialogue.next_offer import WISHES
from server.dialogue.personal import as_allowed
from server.dialogue.plays import PLAYS, clarify, handoff
from server.dialogue.plays.qualify import quick_reply_value
from server.dialogue.policy import Policy
from server.dialogue.prompts import OpenOffer
from server.dialogue.reading import is_follow_up, is_information_question
from server.dialogue.values import Bid, Case, Check, Consent, Decision, Evidence, Known, Said, State, Wrote

_OFFERED = {
    "not_in_documents": "unknown",
    "quote_wished": "unknown",
    "frustration": "upset",
    "misunderstood": "upset",
    "complaint": "upset",
    "abuse": "upset",
}
"""Why a person was offered, by the reason that is recorded."""
_QUESTIONS_KEPT = 3
_SIGNALS_KEPT = 200
_CALM_LEAVES = 0.5
"""What a message without a trace of frustration leaves of the mood before it, and what any other one leaves."""
_NEXT_LEAVES = 0.8
_TROUBLE = 0.3
"""From here on a message counts as one more thing that went wrong."""
_CALM = 0.25
"""Below this what went wrong is over."""


def decide(case: Case) -> Decision:
    """The first play that bids wins; one question or one offer may follow it."""
    is_typed = isinstance(case.event, Said)
    case, meant = as_meant(as_allowed(case))
    if (
        meant is None
        and case.reading is not None
        and is_follow_up(case.state, case.plain)
        and not any(fact.name == "when" for fact in case.reading.facts)
    ):
        # Three words that lean on the last question have no intent of their own to read.
        case = replace(case, reading=replace(case.reading, asked_for=()))
    if moves_meeting(case) and case.reading is not None:
        case = replace(case, reading=replace(case.reading, asked_for=("move_meeting",)))
    case, claims = without_banned(case)
    learned = _learned(case)
    state = _remember(case, learned)
    case = replace(case, state=_with_mood(case, state) if is_typed else state)
    case, gates = with_gates(case, cache(partial(_points, case)))
    doubts = clarify.checks(case)
    bid = handoff.written(case) or next(bid for play in PLAYS if (bid := play(case)) is not None)
    if bid.play != "clarify":
        bid = replace(bid, state=_with_wishes(case, bid))
    bid = replace(bid, state=replace(_with_offer(bid), just_refused=is_refusal(bid)))
    # What may follow earns no points: the score is made once, for the offers' conditions and for the record.
    scored = cache(partial(score_of, case.policy, bid.state, case.consent))
    bid = with_next_best(case, bid, lambda: scored().total)
    return Decision(
        play=bid.play,
        moves=bid.moves,
        reasons=bid.reasons,
        state=bid.state,
        learned=learned,
        score=scored(),
        checks=(
            *bid.checks,
            *gates,
            *doubts,
            *(check for check in (meant or _settled(case), claims) if check),
        ),
    )


def _settled(case: Case) -> Check | None:
    if not case.settled or case.reading is None:
        return None
    chosen = ", ".join(case.reading.asked_for) or "none of these"
    return Check("clear", passed=True, why=f"a larger model chose {chosen}")


def _learned(case: Case) -> tuple[Known, ...]:
    """The facts of this message with the words that told them."""
    if picked := quick_reply_value(case):
        question, value = picked
        label = getattr(case.event, "label", value)
        evidence = Evidence(case.message_id, label, 0, len(label))
        return (Known(question.fact, told(question, value), "chosen", 1.0, evidence),)
    if case.reading is None:
        return ()
    said = tuple(
        Known(
            fact.name,
            fact.value,
            "said",
            fact.confidence,
            Evidence(case.message_id, fact.text, fact.start, fact.end),
        )
        for fact in (corrected(one, case.text, case.state) for one in case.reading.facts)
        # A question in return is not an answer to ours, however short it is; nor is a number set right.
        if not (
            (fact.how == "asked:free_text" and is_information_question(case))
            or sets_right(fact, case.reading.facts, case.state)
        )
    )
    return as_wanted(case.policy, said)


def _remember(case: Case, learned: tuple[Known, ...]) -> State:
    """The state with what this event tells, but for what it wishes: that may have to be asked first."""
    state = case.state
    signals = list(state.signals)
    if case.frustration > 0:
        signals.append(Signal("frustration", "frustration", case.frustration, case.message_id))
    for fact in learned:
        words = fact.evidence.quote if fact.evidence else ""
        # What is not sure enough to earn points is kept too: the score tells what waits.
        signals.append(
            Signal("fact", fact.name, fact.value, case.message_id, text=words, confidence=fact.confidence)
        )
    questions = state.questions
    if isinstance(case.event, Wrote):
        state = replace(state, about=case.event.about)
    if isinstance(case.event, Said) and questions[-1:] != (case.event.text,):
        questions = (*questions, case.event.text)[-_QUESTIONS_KEPT:]
    return replace(
        state,
        facts=(*state.facts, *learned),
        signals=tuple(signals[-_SIGNALS_KEPT:]),
        questions=questions,
    )


def _with_wishes(case: Case, bid: Bid) -> State:
    """What the message asks for counts for the score once it is taken to ask for it; so does a yes to an offer."""
    names = list(case.reading.asked_for) if case.reading is not None else []
    names += [
        wish for play, wish in WISHES.items() if f"accepted:{play}" in bid.reasons and wish not in names
    ]
    if not names:
        return bid.state
    wished = tuple(Signal("intent", name, None, case.message_id) for name in names)
    return replace(bid.state, signals=(*bid.state.signals, *wished)[-_SIGNALS_KEPT:])


def _with_mood(case: Case, state: State) -> State:
    """Frustration adds up over messages and fades with calm ones; a click or a form says nothing of it."""
    if case.reading is None:
        return state
    felt = case.frustration
    left = state.mood * (_NEXT_LEAVES if felt else _CALM_LEAVES)
    mood = 1 - (1 - left) * (1 - felt)
    is_calm = mood < _CALM
    return replace(
        state,
        mood=round(mood, 3),
        troubles=0 if is_calm else state.troubles + (felt >= _TROUBLE),
        person_offered=state.person_offered and not is_calm,
    )


def _with_offer(bid: Bid) -> State:
    """The state with why a person is offered, when one is."""
    asked = bid.state.open
    if not isinstance(asked, OpenOffer) or asked.what != "handoff" or bid.reasons[:1] == ("person_present",):
        return bid.state
    reason = next((why for word, why in _OFFERED.items() if word in bid.reasons), "")
    return replace(bid.state, began=f"offer:{reason}") if reason else bid.state


def _points(case: Case) -> int:
    """The score before the wish of this message."""
    return score_of(case.policy, case.state, case.consent).total


def score_of(policy: Policy, state: State, consent: Consent) -> Score:
    """The lead score as things stand; what the consent does not cover does not count."""
    before: tuple[Signal, ...] = ()
    if consent != "necessary":
        before = tuple(Signal("page", path, None, None, page=path) for path in state.pages)
    if consent == "remembered":
        before += tuple(
            Signal("fact", fact.name, fact.value, None, confidence=fact.confidence)
            for fact in state.facts
            if fact.how == "remembered"
        )
    return score(policy.score, (*before, *state.signals), policy.score_model)
