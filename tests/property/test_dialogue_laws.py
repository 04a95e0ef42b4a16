"""Laws of the dialogue, over any conversation that Hypothesis can think of."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from intents.values import IntentGuess
from server.dialogue.decide import decide
from server.dialogue.doubt import OTHER
from server.dialogue.prompts import OpenQuestion, OpenReading
from server.dialogue.values import Ask, Case, Clarify, Decision, OfferPerson, State
from tests.support.dialogue import POLICY, a_fact, a_reading, an_answer, chose, no_answer, said

INTENTS = (
    "pricing", "migration", "book_meeting", "move_meeting", "cancel_meeting", "start_trial", "buy_or_add_seats",
    "talk_to_person", "why_do_you_ask", "greeting", "thanks", "yes", "no", "abuse", "feature_question",
)  # fmt: skip
WISHES = (
    "pricing", "feature_question", "book_meeting", "move_meeting", "cancel_meeting", "start_trial", "talk_to_person",
    "data_request", "greeting", "tells_about_self",
)  # fmt: skip
FACTS = {
    "team_size": st.integers(1, 500),
    "current_tool": st.sampled_from(["excel", "paper"]),
    "email": st.just("[email_1]"),
    "plan": st.sampled_from(["Team", "Business", "Unheard of"]),
    "seats": st.integers(-1, 900),
}


class Conversation(RuleBasedStateMachine):
    """A visitor who says anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.asked: list[str] = []
        self.stopped = False
        self.last: Decision | None = None
        self.clarified = 0
        self.clarified_last = False

    @rule(
        intents=st.lists(st.sampled_from(INTENTS), max_size=2, unique=True),
        names=st.lists(st.sampled_from(sorted(FACTS)), max_size=2, unique=True),
        is_known=st.booleans(),
        frustration=st.floats(0, 1),
        data=st.data(),
    )
    def speaks(
        self, intents: list[str], names: list[str], is_known: bool, frustration: float, data: st.DataObject
    ) -> None:
        facts = [a_fact(name, data.draw(FACTS[name], label=name)) for name in names]
        answer = an_answer() if is_known else no_answer()
        self._take(
            said("words?", *intents, state=self.state, facts=facts, answer=answer, frustration=frustration)
        )

    @rule(
        names=st.lists(st.sampled_from(WISHES), min_size=2, max_size=3, unique=True),
        chance=st.floats(0.2, 0.9),
        frustration=st.sampled_from([0.0, 0.0, 0.3, 0.8]),
        is_known=st.booleans(),
    )
    def mumbles(self, names: list[str], chance: float, frustration: float, is_known: bool) -> None:
        """Something that may mean one thing or another."""
        answer = an_answer() if is_known else no_answer()
        case = said("mumble", names[0], state=self.state, answer=answer, frustration=frustration)
        assert case.reading is not None
        guesses = tuple(IntentGuess(name, chance / place) for place, name in enumerate(names, 1))
        self._take(replace(case, reading=replace(case.reading, intents=guesses)))

    @rule(place=st.integers(0, 2), is_known=st.booleans())
    def chooses_a_reading(self, place: int, is_known: bool) -> None:
        asked = self.state.open
        if not isinstance(asked, OpenReading):
            return
        value = (*asked.options, OTHER, "never offered")[min(place, len(asked.options) + 1)]
        reading = a_reading(asked.text, (value,)) if value in asked.options else None
        answer = (an_answer() if is_known else no_answer()) if reading else None
        self._take(replace(chose(value, prompt=asked.id, state=self.state), reading=reading, answer=answer))

    @rule(value=st.sampled_from(["10", "30", "skip", "yes", "no", "Team", "nonsense"]))
    def presses(self, value: str) -> None:
        prompt = self.state.open.id if self.state.open else "gone"
        self._take(chose(value, prompt=prompt, state=self.state))

    @rule()
    def asks_us_to_stop(self) -> None:
        self._take(said("stop asking", "stop_asking", state=self.state))
        self.stopped = True

    @rule(page=st.sampled_from(["/pricing", "/", "/docs"]))
    def visits(self, page: str) -> None:
        self.state = replace(self.state, pages=(*self.state.pages, page))

    @rule()
    def a_person_comes_or_goes(self) -> None:
        self.state = replace(self.state, with_person=not self.state.with_person)

    def _take(self, case: Case) -> None:
        before = self.state
        decision = decide(case)
        self._hold_the_laws_of_asking_what_is_meant(before, case, decision)
        questions = [move.key for move in decision.moves if isinstance(move, Ask)]
        assert len(questions) <= 1, "one question a turn"
        assert not (questions and self.stopped), "none after stop"
        assert not (before.with_person and decision.moves), "silence while a person talks"
        for key in questions:
            question = POLICY.question(key)
            assert question is not None
            assert key not in self.asked, "never twice"
            assert decision.state.known(question.fact) is None, "never what is known"
            assert isinstance(decision.state.open, OpenQuestion)
        assert decision.score.total == sum(point.points for point in decision.score.points)
        self.asked += questions
        self.state = decision.state
        self.last = decision

    def _hold_the_laws_of_asking_what_is_meant(self, before: State, case: Case, decision: Decision) -> None:
        asked = [move for move in decision.moves if isinstance(move, Clarify)]
        if asked:
            self.clarified += 1
            assert len(decision.moves) == 1, "a question of what is meant stands alone"
            assert not self.clarified_last, "never two in a row"
            assert not self.stopped, "none after stop"
            assert case.frustration <= POLICY.limits.quiet_above_frustration, "none to the frustrated"
            assert decision.state.asked == before.asked, "it is no qualifying question"
            assert {asked[0].first, asked[0].second} <= set(WISHES)
        assert self.clarified <= 2, "never a third one"
        offers = [move for move in decision.moves if isinstance(move, OfferPerson) and move.phrase != "abuse"]
        assert not (offers and before.person_offered and decision.state.mood >= before.mood), "offered once"
        self.clarified_last = bool(asked) or (
            self.clarified_last
            and isinstance(before.open, OpenReading)
            and isinstance(decision.state.open, OpenReading)
        )

    @invariant()
    def at_most_four_questions(self) -> None:
        assert len(self.asked) <= POLICY.limits.questions_per_conversation

    @invariant()
    def every_decision_has_its_reasons(self) -> None:
        assert self.last is None or self.last.reasons


TestConversation = Conversation.TestCase
