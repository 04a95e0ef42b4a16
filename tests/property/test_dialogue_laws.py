"""Laws of the dialogue, over any conversation that Hypothesis can think of."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.dialogue.decide import decide
from server.dialogue.prompts import OpenQuestion
from server.dialogue.values import Ask, Case, Decision, State
from tests.support.dialogue import POLICY, a_fact, an_answer, chose, no_answer, said

INTENTS = (
    "pricing", "migration", "book_meeting", "move_meeting", "cancel_meeting", "start_trial", "buy_or_add_seats",
    "talk_to_person", "why_do_you_ask", "greeting", "thanks", "yes", "no", "abuse", "feature_question",
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

    @invariant()
    def at_most_four_questions(self) -> None:
        assert len(self.asked) <= POLICY.limits.questions_per_conversation

    @invariant()
    def every_decision_has_its_reasons(self) -> None:
        assert self.last is None or self.last.reasons


TestConversation = Conversation.TestCase
