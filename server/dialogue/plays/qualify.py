"""Take the answer to our own question, and what was told unasked."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.fitting import asked_again, is_unfit
from server.dialogue.policy import Question
from server.dialogue.prompts import OpenOffer, OpenQuestion
from server.dialogue.reading import SURE, chosen, declines, fresh, has_answer, is_information_question
from server.dialogue.values import Abstain, Bid, Case, Chose, GiveAnswer, Known, Said, Say

_CONTACT = ("email", "phone", "person")


def consider(case: Case) -> Bid | None:
    """The visitor answered or refused the open question, or told something about themselves unasked."""
    question = _open_question(case)
    if question is not None and declines(case, case.state.open.id if case.state.open else ""):
        state = replace(case.state, open=None, refused=case.state.refused + 1)
        return Bid("qualify", (Say("no_problem"),), (f"refused:{question.key}",), state)
    if question is not None and is_unfit(case, question) and not ("?" in case.plain and has_answer(case)):
        return asked_again(case, question)
    if question is not None and fresh(case, question.fact):
        return _noted(case, f"answered:{question.key}", question.fact)
    told = [asked.fact for asked in case.policy.questions if fresh(case, asked.fact)]
    asks = "?" in case.plain or is_information_question(case)
    only_tells = isinstance(case.event, Said) and not has_answer(case) and not asks and not case.barred
    if told and only_tells:
        return _noted(case, f"told:{told[0]}", told[0])
    if only_tells and case.wants("tells_about_self"):
        named = [name for name in _CONTACT if fresh(case, name)]
        if named:
            # Who they are answers nothing that we asked: our question stays.
            return Bid("qualify", (Say("noted"),), (f"told:{named[0]}",), case.state)
    return None


def _noted(case: Case, reason: str, name: str) -> Bid:
    state = replace(case.state, open=None)
    noted = _thanks(state.known(name))
    # "about 40, and does it work offline?" gets its answer; "about 40" only a thank you.
    if isinstance(case.event, Said) and has_answer(case) and "?" in case.plain:
        return Bid("qualify", (noted, GiveAnswer()), (reason,), state)
    if isinstance(case.event, Said) and "?" in case.plain and "handoff" in case.policy.plays:
        state = replace(state, open=OpenOffer(case.prompt_id, "handoff"))
        return Bid("qualify", (noted, Abstain()), (reason, "not_in_documents"), state)
    return Bid("qualify", (noted,), (reason,), state)


def _thanks(fact: Known | None) -> Say:
    """Of what is not sure it is said how it was understood."""
    if fact is None or fact.confidence >= SURE or not isinstance(fact.value, int | str):
        return Say("noted")
    return Say("noted_unsure", {"value": str(fact.value)})


def _open_question(case: Case) -> Question | None:
    if "qualify" not in case.policy.plays or not isinstance(case.state.open, OpenQuestion):
        return None
    return case.policy.question(case.state.open.key)


def quick_reply_value(case: Case) -> tuple[Question, str] | None:
    """The open question and the quick reply picked for it."""
    if not isinstance(case.event, Chose) or not isinstance(case.state.open, OpenQuestion):
        return None
    question = case.policy.question(case.state.open.key)
    value = chosen(case, case.state.open.id)
    # The value comes from a browser: only one that was offered is an answer.
    if question is None or value not in {reply.value for reply in question.choices}:
        return None
    return question, value
