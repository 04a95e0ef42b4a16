"""What follows an answer, if anything: one question or one offer, by what it is worth against what it costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.dialogue.asking_rules import Question
from server.dialogue.buying import QuotePrice
from server.dialogue.gate_rules import Offered
from server.dialogue.gates import Points
from server.dialogue.next_offer import offer_caps, offers_due
from server.dialogue.next_question import question_caps, questions_due
from server.dialogue.prompts import OpenCart, OpenDay, OpenForm, OpenOffer, OpenQuestion, OpenSlots
from server.dialogue.reading import has_answer
from server.dialogue.values import Ask, Bid, Case, Check, GiveAnswer, OfferPlay, State

_FOLLOWED = frozenset({"answer", "qualify"})
_REFUSALS = ("refused:", "declined:", "offer_declined")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that may be put to the visitor, with its numbers."""

    what: Question | Offered
    worth: float
    against: float

    @property
    def name(self) -> str:
        return f"offer {self.what}" if isinstance(self.what, str) else self.what.key

    @property
    def gain(self) -> float:
        return self.worth - self.against


def with_next_best(case: Case, bid: Bid, points: Points) -> Bid:
    """The bid with one question or one offer after it, when one is worth it; the checks say what was weighed."""
    if bid.play not in _FOLLOWED:
        return bid
    found, checks = _weighed(case, bid, points)
    bid = replace(bid, checks=(*bid.checks, *checks))
    if found is None:
        return bid
    return (
        _asking(case, bid, found.what)
        if isinstance(found.what, Question)
        else _offering(case, bid, found.what)
    )


def is_refusal(bid: Bid) -> bool:
    """Whether the visitor just said no to what we had asked or offered."""
    return any(reason.startswith(_REFUSALS) for reason in bid.reasons)


def _weighed(case: Case, bid: Bid, points: Points) -> tuple[Candidate | None, tuple[Check, ...]]:
    """What is put, if anything; and why it is that and not another."""
    common = _hindrances(case, bid)
    asks = question_caps(case, bid.state) if "qualify" in case.policy.plays else ()
    offers = offer_caps(case, bid.state)
    checks = [*common, *asks, *offers]
    if not all(check.passed for check in common):
        return None, tuple(checks)
    against = _against(case, bid.state)
    cost, weigh = sum(against.values()), case.policy.limits.weigh
    candidates: list[Candidate] = []
    if asks and all(check.passed for check in asks):
        due, not_due = questions_due(case, bid.state)
        checks += not_due
        candidates += [
            Candidate(one, weigh.question if one.worth is None else one.worth, cost) for one in due
        ]
    if offers and all(check.passed for check in offers):
        open_now, shut = offers_due(case, bid.state, points)
        checks += shut
        candidates += [
            Candidate(play, weigh.offer if one.value is None else one.value, cost) for play, one in open_now
        ]
    # Stable: of what gains the same, questions come first, in the playbook's order.
    ranked = sorted(candidates, key=lambda one: -one.gain)
    checks += _numbers(ranked, against)
    return (ranked[0] if ranked and ranked[0].gain > 0 else None), tuple(checks)


def _hindrances(case: Case, bid: Bid) -> tuple[Check, ...]:
    """What must hold before anything is put, and whether it does."""
    state, limits = bid.state, case.policy.limits
    # It follows an answer of ours, or something told unasked; never the answer to the last question.
    # A price from the list is worth as much as an answer.
    given = any(isinstance(move, GiveAnswer | QuotePrice) for move in bid.moves)
    told = any(reason.startswith("told:") for reason in bid.reasons)
    felt = max(case.frustration, state.mood)
    is_free = state.open is None and not _is_busy(case)
    return (
        _check("visitor", not case.in_product, "a site visitor", "a customer inside the product"),
        _check("gave_first", given or told, "something was given first", "nothing was given yet"),
        _check("may_ask", not state.stop_asking, "no objection", "the visitor asked us to stop"),
        _check("nothing_open", is_free, "no prompt is open", "another prompt is open"),
        _check("not_refused_now", not is_refusal(bid), "nothing refused", "a question was just refused"),
        Check(
            "calm",
            felt <= limits.quiet_above_frustration,
            f"frustration {felt:.2f}, limit {limits.quiet_above_frustration:.2f}",
        ),
    )


def _is_busy(case: Case) -> bool:
    """Whether a booking, a form or a cart was open when this came: its digression is answered, and nothing asked."""
    return isinstance(case.state.open, OpenSlots | OpenDay | OpenForm | OpenCart)


def _against(case: Case, state: State) -> Mapping[str, float]:
    """The annoyance and the risk of putting anything now."""
    weigh, history = case.policy.limits.weigh, case.history
    put = len(state.asked) + len(state.offered)
    elsewhere = max(0, history.asked_today - len(state.asked)) + max(
        0, history.offered_today - len(state.offered)
    )
    return {
        "asked": weigh.asked * put,
        "refused": weigh.refused * (state.refused + len(state.declined)),
        "just refused": weigh.just_refused * case.state.just_refused,
        "earlier": weigh.earlier * elsewhere,
        "frustration": weigh.frustration * max(case.frustration, state.mood),
        "doubt": weigh.doubt * _doubt(case),
        "reading": weigh.reading * _unsure(case),
        "consent": weigh.consent * (case.consent == "necessary"),
    }


def _doubt(case: Case) -> float:
    """How unsure the answer is that it would follow."""
    return 1 - case.answer.confidence if has_answer(case) and case.answer is not None else 0.0


def _unsure(case: Case) -> float:
    """How unsure it is what the message means; nothing where it was told or chosen."""
    if case.reading is None or case.settled:
        return 0.0
    chances = [one.probability for one in case.reading.intents if one.name in case.reading.asked_for]
    return 1 - max(chances) if chances else 0.0


def _numbers(ranked: Sequence[Candidate], against: Mapping[str, float]) -> list[Check]:
    """Every candidate with its numbers, and who came out first."""
    named = ", ".join(f"{name} {points:.1f}" for name, points in against.items() if points) or "nothing"
    checks = [
        Check(
            "worth_asking" if isinstance(one.what, Question) else "worth_offering",
            one.gain > 0,
            f"{one.name}: worth {one.worth:g}, against it {one.against:.1f} ({named})",
        )
        for one in ranked
    ]
    if ranked:
        order = ", ".join(f"{one.name} {one.gain:+.1f}" for one in ranked)
        checks.append(Check("next_best", ranked[0].gain > 0, order))
    return checks


def _asking(case: Case, bid: Bid, question: Question) -> Bid:
    state = replace(
        bid.state,
        open=OpenQuestion(case.prompt_id, question.key),
        asked=(*bid.state.asked, question.key),
        began=f"question:{question.key}",
    )
    return replace(
        bid,
        moves=(*bid.moves, Ask(question.key)),
        reasons=(*bid.reasons, f"asks:{question.key}"),
        state=state,
    )


def _offering(case: Case, bid: Bid, play: Offered) -> Bid:
    state = replace(
        bid.state,
        open=OpenOffer(case.prompt_id, play, unasked=True),
        offered=(*bid.state.offered, play),
        began=f"next:{play}",
    )
    return replace(
        bid, moves=(*bid.moves, OfferPlay(play)), reasons=(*bid.reasons, f"offers:{play}"), state=state
    )


def _check(name: str, passed: bool, fine: str, not_fine: str) -> Check:  # noqa: FBT001  it is what the check says
    return Check(name, passed, fine if passed else not_fine)
