"""Which questions are due now: those whose moment has come, whose answer is not known, that no cap forbids. Pure."""

from __future__ import annotations

from server.dialogue.asking_rules import AskUnless, AskWhen, Question
from server.dialogue.gate_rules import is_under
from server.dialogue.reading import fresh, is_sure
from server.dialogue.stages import may_steer, stage_of
from server.dialogue.values import Case, Check, State


def question_caps(case: Case, state: State) -> tuple[Check, ...]:
    """What holds for questions beside what holds for anything that we begin."""
    limits, history = case.policy.limits, case.history
    checks = [
        cap("questions_cap", len(state.asked), limits.questions_per_conversation, "asked"),
        cap("questions_today", history.asked_today, limits.questions_per_day, "asked this person today"),
    ]
    if shut := case.shut.get("qualify", ""):
        checks.append(Check("gate_qualify", passed=False, why=shut))
    if (most := limits.site_questions_per_day) is not None:
        checks.append(cap("site_questions_today", history.site_asked_today, most, "asked at this site today"))
    return tuple(checks)


def questions_due(case: Case, state: State) -> tuple[list[Question], list[Check]]:
    """Those that fit and are due, in the playbook's order; and of each other that fits, why it is not due."""
    due: list[Question] = []
    checks: list[Check] = []
    for question in case.policy.questions:
        if question.key in state.asked or not _fits(question.when, case, state):
            continue
        if why_not := _not_due(question, case, state):
            checks.append(Check("due", passed=False, why=f"{question.key}: {why_not}"))
        else:
            due.append(question)
    return due, checks


def cap(name: str, count: int, most: int, what: str) -> Check:
    return Check(name, count < most, f"{count} of {most} {what}")


def _not_due(question: Question, case: Case, state: State) -> str:
    """Why a question is not asked although its moment has come."""
    known = state.known(question.fact)
    if known is not None:
        return "known from an earlier conversation" if known.how == "remembered" else "known"
    if question.fact in case.history.in_crm:
        return "known in the CRM"
    if question.key in case.history.asked_before:
        days = case.policy.limits.ask_again_after_days
        return f"asked in an earlier conversation less than {days} days ago"
    return _unless(question.unless, case, state)


def _unless(unless: AskUnless, case: Case, state: State) -> str:
    if intent := next((name for name in unless.intents if case.wants(name)), ""):
        return f"unless intent {intent}"
    if fact := next((name for name in unless.facts if state.known(name) is not None), ""):
        return f"unless {fact} is known"
    if fact := next((name for name in unless.facts if name in case.history.in_crm), ""):
        return f"unless {fact} is known in the CRM"
    if page := is_under(case.page, *unless.pages):
        return f"unless on page {page}"
    if unless.stages and (stage := stage_of(case)) in unless.stages and may_steer(case, stage):
        return f"unless at stage {stage}"
    return ""


def _fits(when: AskWhen, case: Case, state: State) -> bool:
    told = any(fresh(case, fact) and is_sure(case, fact) for fact in when.facts)
    back = any(
        sum(bool(is_under(page, path)) for page in state.pages) >= 2 for path in when.page_visited_twice
    )
    return case.wants(*when.intents) or told or back
