"""Whether an answer is like the operator wants it, and how the visitor is asked once more when it is not. Pure."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.asking_rules import Question
from server.dialogue.known import Known
from server.dialogue.policy import Policy
from server.dialogue.prompts import OpenQuestion
from server.dialogue.values import Ask, Bid, Case, Say


def as_wanted(policy: Policy, facts: tuple[Known, ...]) -> tuple[Known, ...]:
    """The facts without those that their question would not take."""
    asked = {question.fact: question for question in policy.questions}
    return tuple(
        fact
        for fact in facts
        if (question := asked.get(fact.name)) is None or question.fits.takes(fact.value)
    )


def is_unfit(case: Case, question: Question) -> bool:
    """Whether this message answers the question with something that is not taken."""
    told = case.reading.fact(question.fact) if case.reading else None
    return told is not None and not question.fits.takes(told.value)


def asked_again(case: Case, question: Question) -> Bid:
    """The question once more with what its answer should be like; the second time it is let go."""
    state, limit = case.state, case.policy.limits.quiet_above_frustration
    is_upset = max(case.frustration, state.mood) > limit
    if question.key in state.reasked or state.stop_asking or is_upset or case.shut.get("qualify"):
        state = replace(state, open=None)
        return Bid("qualify", (Say("no_problem"),), (f"unfit:{question.key}",), state)
    state = replace(
        state,
        open=OpenQuestion(case.prompt_id, question.key),
        reasked=(*state.reasked, question.key),
        began=f"question:{question.key}",
    )
    return Bid("qualify", (_wanted(question), Ask(question.key)), (f"asks_again:{question.key}",), state)


def _wanted(question: Question) -> Say:
    fits = question.fits
    if fits.min is not None and fits.max is not None:
        return Say("unfit_between", {"least": f"{fits.min:g}", "most": f"{fits.max:g}"})
    if fits.min is not None:
        return Say("unfit_least", {"least": f"{fits.min:g}"})
    if fits.max is not None:
        return Say("unfit_most", {"most": f"{fits.max:g}"})
    if fits.one_of:
        labels = {reply.value.casefold(): reply.label for reply in question.choices}
        return Say(
            "unfit_one_of", {"values": ", ".join(labels.get(one.casefold(), one) for one in fits.one_of)}
        )
    return Say("unfit")
