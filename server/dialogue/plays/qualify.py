"""Take the answer to our own question; and choose the next question, if one may be asked at all."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.policy import AskWhen, Question
from server.dialogue.prompts import OpenOffer, OpenQuestion
from server.dialogue.reading import (
    SURE,
    chosen,
    declines,
    fresh,
    has_answer,
    is_information_question,
    is_sure,
)
from server.dialogue.values import Abstain, Ask, Bid, Case, Check, Chose, GiveAnswer, Known, Said, Say, State


def consider(case: Case) -> Bid | None:
    """The visitor answered or refused the open question, or told something about themselves unasked."""
    question = _open_question(case)
    if question is not None and declines(case, case.state.open.id if case.state.open else ""):
        return Bid(
            "qualify", (Say("no_problem"),), (f"refused:{question.key}",), replace(case.state, open=None)
        )
    if question is not None and fresh(case, question.fact):
        return _noted(case, f"answered:{question.key}", question.fact)
    told = [asked.fact for asked in case.policy.questions if fresh(case, asked.fact)]
    asks = "?" in case.plain or is_information_question(case)
    if told and isinstance(case.event, Said) and not has_answer(case) and not asks:
        return _noted(case, f"told:{told[0]}", told[0])
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


def with_question(case: Case, bid: Bid) -> Bid:
    """The bid with one question after it, when one fits; the checks say why one does or does not."""
    if "qualify" not in case.policy.plays or bid.play not in {"answer", "qualify"}:
        return bid
    checks = _checks(case, bid)
    bid = replace(bid, checks=(*bid.checks, *checks))
    question = _fitting(case, bid.state) if all(check.passed for check in checks) else None
    if question is None:
        return bid
    state = replace(
        bid.state, open=OpenQuestion(case.prompt_id, question.key), asked=(*bid.state.asked, question.key)
    )
    return replace(
        bid,
        moves=(*bid.moves, Ask(question.key)),
        reasons=(*bid.reasons, f"asks:{question.key}"),
        state=state,
    )


def _checks(case: Case, bid: Bid) -> tuple[Check, ...]:
    state, limits = bid.state, case.policy.limits
    refused = any(reason.startswith("refused:") for reason in bid.reasons)
    # A question follows an answer of ours, or something told unasked; never the answer to the last question.
    given = any(isinstance(move, GiveAnswer) for move in bid.moves)
    told = any(reason.startswith("told:") for reason in bid.reasons)
    return (
        Check(
            "visitor",
            not case.in_product,
            "a customer inside the product" if case.in_product else "a site visitor",
        ),
        Check(
            "gave_first",
            given or told,
            "something was given first" if given or told else "nothing was given yet",
        ),
        Check(
            "may_ask",
            not state.stop_asking,
            "the visitor asked us to stop" if state.stop_asking else "no objection",
        ),
        Check(
            "nothing_open",
            state.open is None,
            "another prompt is open" if state.open else "no prompt is open",
        ),
        Check(
            "questions_cap",
            len(state.asked) < limits.questions_per_conversation,
            f"{len(state.asked)} of {limits.questions_per_conversation} asked",
        ),
        Check(
            "not_refused_now", not refused, "a question was just refused" if refused else "nothing refused"
        ),
        Check(
            "calm",
            max(case.frustration, state.mood) <= limits.quiet_above_frustration,
            f"frustration {max(case.frustration, state.mood):.2f}, limit {limits.quiet_above_frustration:.2f}",
        ),
    )


def _fitting(case: Case, state: State) -> Question | None:
    """The first question of the playbook that is unanswered, was never asked, and fits this turn."""
    for question in case.policy.questions:
        if question.key in state.asked or state.known(question.fact) is not None:
            continue
        if _fits(question.when, case, state):
            return question
    return None


def _fits(when: AskWhen, case: Case, state: State) -> bool:
    told = any(fresh(case, fact) and is_sure(case, fact) for fact in when.facts)
    back = any(sum(page.startswith(path) for page in state.pages) >= 2 for path in when.page_visited_twice)
    return case.wants(*when.intents) or told or back


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
