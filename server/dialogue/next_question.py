"""Which question comes next, if any: what its answer is worth against what it costs the visitor. Pure."""

from __future__ import annotations

from server.dialogue.asking_rules import AskUnless, AskWhen, Question
from server.dialogue.gates import is_under
from server.dialogue.prompts import OpenCart, OpenDay, OpenForm, OpenSlots
from server.dialogue.reading import fresh, has_answer, is_sure
from server.dialogue.stages import may_steer, stage_of
from server.dialogue.values import Bid, Case, Check, GiveAnswer, State


def hindrances(case: Case, bid: Bid) -> tuple[Check, ...]:
    """What must hold before anything is asked, and whether it does."""
    state, limits, history = bid.state, case.policy.limits, case.history
    refused = any(reason.startswith("refused:") for reason in bid.reasons)
    # A question follows an answer of ours, or something told unasked; never the answer to the last question.
    given = any(isinstance(move, GiveAnswer) for move in bid.moves)
    told = any(reason.startswith("told:") for reason in bid.reasons)
    felt, shut = max(case.frustration, state.mood), case.shut.get("qualify", "")
    checks: tuple[Check, ...] = (
        _check("visitor", not case.in_product, "a site visitor", "a customer inside the product"),
        _check("gave_first", given or told, "something was given first", "nothing was given yet"),
        _check("may_ask", not state.stop_asking, "no objection", "the visitor asked us to stop"),
        _check(
            "nothing_open",
            state.open is None and not _is_busy(case),
            "no prompt is open",
            "another prompt is open",
        ),
        _cap("questions_cap", len(state.asked), limits.questions_per_conversation, "asked"),
        _cap("questions_today", history.asked_today, limits.questions_per_day, "asked this person today"),
        _check("not_refused_now", not refused, "nothing refused", "a question was just refused"),
        Check(
            "calm",
            felt <= limits.quiet_above_frustration,
            f"frustration {felt:.2f}, limit {limits.quiet_above_frustration:.2f}",
        ),
    )
    if shut:
        checks = (*checks, Check("gate_qualify", passed=False, why=shut))
    if limits.site_questions_per_day is not None:
        most = limits.site_questions_per_day
        checks = (
            *checks,
            _cap("site_questions_today", history.site_asked_today, most, "asked at this site today"),
        )
    return checks


def _is_busy(case: Case) -> bool:
    """Whether a booking, a form or a cart was open when this came: its digression is answered, and nothing asked."""
    return isinstance(case.state.open, OpenSlots | OpenDay | OpenForm | OpenCart)


def next_question(case: Case, state: State) -> tuple[Question | None, tuple[Check, ...]]:
    """The first question that fits, is due and is worth asking now; and of each that fits, why it is asked or not."""
    checks: list[Check] = []
    for question in case.policy.questions:
        if question.key in state.asked or not _fits(question.when, case, state):
            continue
        if why_not := _not_due(question, case, state):
            checks.append(Check("due", passed=False, why=f"{question.key}: {why_not}"))
            continue
        weighed = _weighed(question, case, state)
        checks.append(weighed)
        if weighed.passed:
            return question, tuple(checks)
    return None, tuple(checks)


def _not_due(question: Question, case: Case, state: State) -> str:
    """Why a question is not asked although its moment has come."""
    known = state.known(question.fact)
    if known is not None:
        return "known from an earlier conversation" if known.how == "remembered" else "known"
    if question.key in case.history.asked_before:
        days = case.policy.limits.ask_again_after_days
        return f"asked in an earlier conversation less than {days} days ago"
    return _unless(question.unless, case, state)


def _unless(unless: AskUnless, case: Case, state: State) -> str:
    if intent := next((name for name in unless.intents if case.wants(name)), ""):
        return f"unless intent {intent}"
    if fact := next((name for name in unless.facts if state.known(name) is not None), ""):
        return f"unless {fact} is known"
    if page := next((path for path in unless.pages if is_under(case.page, path)), ""):
        return f"unless on page {page}"
    if unless.stages and (stage := stage_of(case)) in unless.stages and may_steer(case, stage):
        return f"unless at stage {stage}"
    return ""


def _weighed(question: Question, case: Case, state: State) -> Check:
    """Its worth against the annoyance and the risk of asking it now."""
    weigh, history = case.policy.limits.weigh, case.history
    worth = weigh.question if question.worth is None else question.worth
    elsewhere = max(0, history.asked_today - len(state.asked))
    against = {
        "asked": weigh.asked * len(state.asked),
        "refused": weigh.refused * state.refused,
        "earlier": weigh.earlier * elsewhere,
        "frustration": weigh.frustration * max(case.frustration, state.mood),
        "doubt": weigh.doubt * _doubt(case),
    }
    cost = sum(against.values())
    named = ", ".join(f"{name} {points:.1f}" for name, points in against.items() if points) or "nothing"
    return Check(
        "worth_asking", worth > cost, f"{question.key}: worth {worth:g}, against it {cost:.1f} ({named})"
    )


def _doubt(case: Case) -> float:
    """How unsure the answer is that the question would follow."""
    return 1 - case.answer.confidence if has_answer(case) and case.answer is not None else 0.0


def _fits(when: AskWhen, case: Case, state: State) -> bool:
    told = any(fresh(case, fact) and is_sure(case, fact) for fact in when.facts)
    back = any(sum(page.startswith(path) for page in state.pages) >= 2 for path in when.page_visited_twice)
    return case.wants(*when.intents) or told or back


def _check(name: str, passed: bool, fine: str, not_fine: str) -> Check:  # noqa: FBT001  it is what the check says
    return Check(name, passed, fine if passed else not_fine)


def _cap(name: str, count: int, most: int, what: str) -> Check:
    return Check(name, count < most, f"{count} of {most} {what}")
