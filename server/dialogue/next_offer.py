"""Which plays may be offered now, unasked: a meeting, a trial, a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from server.dialogue.gate_rules import Offer, Offered
from server.dialogue.gates import Points, why_not_offered
from server.dialogue.next_question import cap
from server.dialogue.pilots import HOLDOUT
from server.dialogue.values import Case, Check, State

_PLAYS: tuple[Offered, ...] = get_args(Offered)
WISHES: dict[Offered, str] = {"book": "book_meeting", "trial": "start_trial", "handoff": "talk_to_person"}
"""What a yes wishes for, as if the visitor had said it."""


def written(case: Case) -> Iterator[tuple[Offered, Offer]]:
    """The offers of the playbook."""
    for play in _PLAYS:
        gate = case.policy.gates.get(play)
        if gate is not None and gate.offer is not None:
            yield play, gate.offer


def offer_caps(case: Case, state: State) -> tuple[Check, ...]:
    """What holds for offers beside what holds for anything that we begin; nothing where the playbook has none."""
    if not any(written(case)):
        return ()
    limits, history = case.policy.limits, case.history
    checks = [
        cap("offers_cap", len(state.offered), limits.offers_per_conversation, "offered"),
        cap("offers_today", history.offered_today, limits.offers_per_day, "offered to this person today"),
    ]
    if state.person_wanted or state.with_person:
        checks.append(Check("nobody_called", passed=False, why="a person was asked for"))
    if state.group == HOLDOUT:
        checks.append(Check("not_held_out", passed=False, why="held out: nothing is offered unasked"))
    return tuple(checks)


def offers_due(case: Case, state: State, points: Points) -> tuple[list[tuple[Offered, Offer]], list[Check]]:
    """Those that may be put; and of each other that was not put before, why not."""
    due: list[tuple[Offered, Offer]] = []
    checks: list[Check] = []
    for play, offer in written(case):
        if play in state.offered:
            continue
        if why := _stands(case, state, play) or why_not_offered(case, play, offer, points):
            checks.append(Check("offer_due", passed=False, why=f"{play}: {why}"))
        else:
            due.append((play, offer))
    return due, checks


def _stands(case: Case, state: State, play: Offered) -> str:
    """What there is already, so that offering it would be noise."""
    if play in case.history.stands:
        return "it came about in an earlier conversation"
    if play in case.history.offered_before:
        days = case.policy.limits.offer_again_after_days
        return f"offered in an earlier conversation less than {days} days ago"
    match play:
        case "book":
            return "a meeting is booked" if state.meeting is not None else ""
        case "trial":
            return "a trial was begun" if state.trial else ""
        case "handoff":
            return "a person was offered or asked for" if state.person_offered or state.person_wanted else ""
