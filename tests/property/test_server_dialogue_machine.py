"""Laws of a visitor's whole acquaintance with us: several conversations, any consent, any playbook."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from server.dialogue.asking_rules import Fits, Limits
from server.dialogue.buying import AskCart, FillCart, StartTrial
from server.dialogue.decide import decide
from server.dialogue.gate_rules import Exclusion, Offer, PlayGate, Region
from server.dialogue.known import Consent, History, Known
from server.dialogue.policy import Policy
from server.dialogue.prompts import OpenCart, OpenDay, OpenForm, OpenOffer, OpenQuestion, OpenSlots
from server.dialogue.values import (
    Ask,
    AskDay,
    AskForm,
    Book,
    Case,
    Decision,
    GiveAnswer,
    HandOver,
    Move,
    OfferPerson,
    OfferPlay,
    OfferSlots,
    State,
)
from tests.support.dialogue import POLICY, a_fact, an_answer, chose, no_answer, said

INTENTS = (
    "pricing", "migration", "book_meeting", "move_meeting", "start_trial", "buy_or_add_seats", "talk_to_person",
    "why_do_you_ask", "greeting", "yes", "no", "data_request", "feature_question", "tells_about_self",
)  # fmt: skip
FACTS = {
    "team_size": st.integers(0, 900),
    "current_tool": st.sampled_from(["excel", "paper"]),
    "email": st.just("[email_1]"),
    "plan": st.sampled_from(["Team", "Business"]),
    "seats": st.integers(1, 60),
}
PAGES = ("/pricing", "/pricing", "/legal")
GATES = {
    "off": PlayGate(enabled=False),
    "off, hands over": PlayGate(enabled=False, otherwise="handoff"),
    "page": PlayGate(pages=("/pricing",)),
    "score": PlayGate(min_score=15),
    "stage": PlayGate(stages=("qualified", "meeting_booked")),
    "consent": PlayGate(consent="remembered"),
    "not legal": PlayGate(unless=Exclusion(pages=("/legal",))),
}
OFFERS = {
    "any": Offer(),
    "worth it": Offer(value=30),
    "score": Offer(min_score=15, value=12),
    "page": Offer(pages=("/pricing",), value=12),
    "stage": Offer(stages=("engaged", "qualified")),
}
PLAYS = ("book", "trial", "cart", "handoff", "qualify")
REGION = Region(key="here", zones=("UTC",), questions="conversation", shut=("cart",))


def play_of(move: Move) -> str:
    """The play that a move begins or goes on with."""
    match move:
        case OfferSlots() | Book() | AskDay() | AskForm(purpose="booking"):
            return "book"
        case StartTrial() | AskForm(purpose="trial"):
            return "trial"
        case AskCart() | FillCart():
            return "cart"
        case OfferPerson() | HandOver() | AskForm(purpose="handoff"):
            return "handoff"
        case OfferPlay(what=what):
            return what
        case _:
            return ""


def is_in_the_middle_of(state: State, play: str) -> bool:
    match state.open:
        case OpenSlots() | OpenDay() | OpenForm(purpose="booking"):
            return play == "book"
        case OpenForm(purpose="trial"):
            return play == "trial"
        case OpenCart():
            return play == "cart"
        case OpenOffer(what="book" | "trial" as what):
            return play == what
        case OpenForm() | OpenOffer(what="handoff"):
            return play == "handoff"
        case _:
            return False


def done(decision: Decision) -> tuple[Any, ...]:
    """What the visitor notices of a decision."""
    return decision.play, decision.moves, decision.reasons


class Acquaintance(RuleBasedStateMachine):
    """One visitor over several conversations, and what the server remembers of them."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: Policy = POLICY
        self.state = State()
        self.consent: Consent = "conversation"
        self.page = ""
        self.history = History()
        self.keys: list[str] = []
        self.reasked: list[str] = []
        self.asked_today = 0
        self.stopped = False
        self.offers: list[str] = []
        self.offered_today = 0

    @initialize(
        gates=st.dictionaries(st.sampled_from(PLAYS), st.sampled_from(sorted(GATES)), max_size=3),
        regional=st.booleans(),
        per_day=st.integers(0, 5),
        per_conversation=st.integers(0, 4),
        offers=st.dictionaries(
            st.sampled_from(("book", "trial", "handoff")), st.sampled_from(sorted(OFFERS))
        ),
        offers_per_day=st.integers(0, 3),
        told_before=st.booleans(),
    )
    def a_playbook(
        self,
        gates: dict[str, str],
        regional: bool,
        per_day: int,
        per_conversation: int,
        offers: dict[str, str],
        offers_per_day: int,
        told_before: bool,
    ) -> None:
        if told_before:
            self.history = History((Known("team_size", 40, "remembered", 0.9),), stands=frozenset({"trial"}))
        size = POLICY.questions[0].model_copy(update={"fits": Fits(min=1, max=500)})
        self.policy = POLICY.model_copy(
            update={
                "questions": (size, *POLICY.questions[1:]),
                "gates": {
                    play: (GATES[gates[play]] if play in gates else PlayGate()).model_copy(
                        update={"offer": OFFERS[offers[play]] if play in offers else None}
                    )
                    for play in sorted({*gates, *offers})
                },
                "regions": (REGION,) if regional else (),
                "limits": Limits(
                    questions_per_conversation=per_conversation,
                    questions_per_day=per_day,
                    offers_per_day=offers_per_day,
                ),
            }
        )

    @rule(
        intents=st.lists(st.sampled_from(INTENTS), max_size=2, unique=True),
        names=st.lists(st.sampled_from(sorted(FACTS)), max_size=2, unique=True),
        has_answer=st.booleans(),
        frustration=st.sampled_from([0.0, 0.0, 0.2, 0.6, 0.9]),
        help_panel=st.sampled_from([False, False, True]),
        data=st.data(),
    )
    def speaks(
        self,
        intents: list[str],
        names: list[str],
        has_answer: bool,
        frustration: float,
        help_panel: bool,
        data: st.DataObject,
    ) -> None:
        facts = [a_fact(name, data.draw(FACTS[name], label=name)) for name in names]
        answer = an_answer() if has_answer else no_answer()
        case = said("words", *intents, state=self.state, facts=facts, answer=answer, frustration=frustration)
        self._take(replace(case, in_product=help_panel))

    @rule(
        intent=st.sampled_from(["pricing", "migration", "feature_question"]),
        frustration=st.sampled_from([0.0, 0.0, 0.0, 0.6]),
    )
    def is_given_an_answer(self, intent: str, frustration: float) -> None:
        """What a question or an offer may follow; random words seldom are."""
        self._take(said("words", intent, state=self.state, answer=an_answer(), frustration=frustration))

    @rule(intent=st.sampled_from(["book_meeting", "start_trial", "buy_or_add_seats", "talk_to_person"]))
    def wants_something(self, intent: str) -> None:
        self._take(said("I want it", intent, state=self.state))

    @rule(value=st.sampled_from(["10", "30", "skip", "yes", "no", "Team", "nonsense"]))
    def presses(self, value: str) -> None:
        prompt = self.state.open.id if self.state.open else "gone"
        self._take(chose(value, prompt=prompt, state=self.state))

    @rule(level=st.sampled_from(["necessary", "conversation", "remembered"]))
    def decides_how_personal_it_may_be(self, level: Consent) -> None:
        self.consent = level

    @rule(page=st.sampled_from(PAGES))
    def visits(self, page: str) -> None:
        self.page = page
        if self.consent != "necessary":
            self.state = replace(self.state, pages=(*self.state.pages, page))

    @rule()
    def asks_us_to_stop(self) -> None:
        self._take(said("stop asking", "stop_asking", state=self.state))
        self.stopped = True

    @rule()
    def a_person_comes_or_goes(self) -> None:
        self.state = replace(self.state, with_person=not self.state.with_person)

    @rule(hours=st.sampled_from([1, 30]))
    def comes_back_later(self, hours: int) -> None:
        told = tuple(Known(fact.name, fact.value, "remembered", fact.confidence) for fact in self.state.facts)
        today = self.asked_today if hours < 24 else 0
        self.asked_today = today
        self.offered_today = self.offered_today if hours < 24 else 0
        self.history = History(
            told,
            self.history.asked_before | frozenset(self.keys),
            today,
            offered_before=self.history.offered_before | frozenset(self.offers),
        )
        self.state, self.keys, self.reasked, self.stopped = State(), [], [], False
        self.offers = []

    def _take(self, case: Case) -> None:
        before = self.state
        case = replace(
            case,
            policy=self.policy,
            consent=self.consent,
            page=self.page,
            history=replace(self.history, asked_today=self.asked_today, offered_today=self.offered_today),
        )
        decision = decide(case)
        self._nothing_personal_steers(case, decision)
        self._gated_plays_stay_shut(before, case, decision)
        if before.with_person:
            assert not decision.moves, "silence while a person talks"
        self._questions_keep_their_laws(before, case, decision)
        self._offers_keep_their_laws(before, case, decision)
        self.state = decision.state

    def _questions_keep_their_laws(self, before: State, case: Case, decision: Decision) -> None:
        questions = [move.key for move in decision.moves if isinstance(move, Ask)]
        assert len(questions) <= 1, "one question a turn"
        for key in questions:
            question = self.policy.question(key)
            assert question is not None
            limit = self.policy.limits.quiet_above_frustration
            assert max(case.frustration, decision.state.mood) <= limit, "none to the frustrated"
            assert not self.stopped, "none after stop"
            assert isinstance(decision.state.open, OpenQuestion)
            if key in self.keys:
                assert key not in self.reasked, "once more, and never a third time"
                assert any(reason == f"asks_again:{key}" for reason in decision.reasons)
                self.reasked.append(key)
                continue
            assert decision.state.known(question.fact) is None, "never what is known"
            assert not (self.consent == "remembered" and key in self.history.asked_before), (
                "not again so soon"
            )
            assert self.asked_today < self.policy.limits.questions_per_day, "the cap of the day holds"
            assert not case.in_product, "customers are not qualified"
            self.keys.append(key)
            self.asked_today += 1

    def _offers_keep_their_laws(self, before: State, case: Case, decision: Decision) -> None:
        offered = [move.what for move in decision.moves if isinstance(move, OfferPlay)]
        assert len(offered) + sum(isinstance(move, Ask) for move in decision.moves) <= 1, "one thing a turn"
        for play in offered:
            limits, gate = self.policy.limits, self.policy.gates[play]
            assert gate.offer is not None, "only what the playbook offers"
            given = any(isinstance(move, GiveAnswer) for move in decision.moves)
            assert given or any(reason.startswith("told:") for reason in decision.reasons), (
                "after something given"
            )
            assert max(case.frustration, decision.state.mood) <= limits.quiet_above_frustration
            assert not self.stopped, "none after stop"
            assert not case.in_product, "none to customers"
            assert not any((before.person_wanted, before.with_person)), "none once a person is called"
            assert play not in self.offers, "never twice, whatever became of it"
            assert len(self.offers) < limits.offers_per_conversation, "the cap of the conversation holds"
            assert self.offered_today < limits.offers_per_day, "the cap of the day holds"
            stands = {
                "book": before.meeting is not None,
                "trial": before.trial,
                "handoff": before.person_offered,
            }
            assert not stands[play], "never what stands already"
            if self.consent == "remembered":
                assert play not in self.history.offered_before | self.history.stands, "not again so soon"
            if self.consent == "necessary":
                hidden = (gate.offer.pages, gate.offer.stages, gate.offer.min_score)
                assert not any(hidden), "not by what is hidden"
                assert not self.policy.regions, "the region's consent for what is unasked"
            assert isinstance(decision.state.open, OpenOffer)
            self.offers.append(play)
            self.offered_today += 1

    def _nothing_personal_steers(self, case: Case, decision: Decision) -> None:
        own = tuple(fact for fact in case.state.facts if fact.how != "remembered")
        bare = replace(
            case,
            state=replace(case.state, facts=own),
            history=replace(
                case.history,
                facts=(),
                asked_before=frozenset(),
                offered_before=frozenset(),
                stands=frozenset(),
            ),
        )
        if self.consent != "remembered":
            assert done(decide(bare)) == done(decision), "nothing of earlier conversations steers"
        if self.consent == "necessary":
            blank = replace(bare, state=replace(bare.state, pages=()), page="")
            assert done(decide(blank)) == done(decision), "no page steers"
            assert all(point.page is None for point in decision.score.points)

    def _gated_plays_stay_shut(self, before: State, case: Case, decision: Decision) -> None:
        if decision.play == "privacy":
            return  # a right of the visitor's is passed on to people whatever a playbook lets open
        region_shuts = "cart" if self.policy.regions else ""
        for move in decision.moves:
            play = play_of(move)
            gate = self.policy.gates.get(play)
            is_shut = (gate is not None and not gate.enabled) or (play != "" and play == region_shuts)
            if is_shut and before.meeting is None:
                assert is_in_the_middle_of(before, play), f"{play} was shut"
        qualify = self.policy.gates.get("qualify")
        if qualify is not None and not qualify.enabled:
            assert not any(isinstance(move, Ask) for move in decision.moves), "asking was shut"

    @invariant()
    def at_most_what_the_playbook_allows(self) -> None:
        assert len(self.keys) <= self.policy.limits.questions_per_conversation <= 4


Acquaintance.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAcquaintance = Acquaintance.TestCase
