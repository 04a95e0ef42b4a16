"""Which plays the playbook lets open here and now, and why the others stay shut. Pure.

What the visitor started is always finished: a play with something open, or with a meeting that stands, is not shut.
With consent `necessary` neither pages nor score nor what was learned steers: such conditions are not looked at for
what the visitor asks for, and are not met for what we would begin ourselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from server.dialogue.gate_rules import (
    Exclusion,
    Offer,
    Offered,
    PlayGate,
    PlayName,
    Region,
    is_under,
    region_of,
)
from server.dialogue.known import allows
from server.dialogue.prompts import OpenCart, OpenDay, OpenForm, OpenOffer, OpenSlots
from server.dialogue.stages import may_steer, stage_of
from server.dialogue.values import Case, Check

_CHANGES = ("cancel_meeting", "move_meeting")
_OURS = "qualify"
"""What we begin without being asked."""
_NO_GATE = PlayGate()
_FORMS = {"booking": "book", "trial": "trial", "handoff": "handoff"}
_OFFERS = {"handoff": "handoff", "cancel_meeting": "book"}

Points = Callable[[], int]


@dataclass(frozen=True, slots=True)
class _Here:
    """What the gates are held against."""

    case: Case
    points: Points
    """The score before this message's wish: to ask for something does not open it."""
    home: Region | None = None
    """The region that the visitor belongs to."""

    @property
    def page(self) -> str:
        return self.case.page if self.case.consent != "necessary" else ""

    @property
    def region(self) -> str:
        return self.home.key if self.home else ""

    @property
    def mode(self) -> str:
        return "help" if self.case.in_product else "chat"

    @property
    def language(self) -> str:
        return self.case.state.language or self.case.policy.language

    @property
    def asked_for(self) -> tuple[str, ...]:
        return self.case.reading.asked_for if self.case.reading else ()


def with_gates(case: Case, points: Points) -> tuple[Case, tuple[Check, ...]]:
    """The case with the plays that may not open taken away, and a check for each one that was wished for."""
    policy = case.policy
    if not (policy.gates or policy.regions or policy.exclusions != Exclusion()):
        return case, ()
    here = _here(case, points)
    wished = {case.opened_by(name) for name in here.asked_for}
    shut: dict[str, str] = {}
    for play in sorted(policy.plays):
        if not _goes_on(case, play) and (why := _why_shut(here, play)):
            shut[play] = why
    checks = tuple(
        Check(f"gate_{play}", play not in shut, shut.get(play, "all that the playbook asks for holds"))
        for play in sorted(wished & (policy.gates.keys() | shut.keys()))
        if play != _OURS
    )
    # Answers to our questions are taken in any case; only asking is shut.
    left = policy.plays - (shut.keys() - {_OURS})
    return replace(case, policy=policy.model_copy(update={"plays": left}), shut=shut), checks


def _here(case: Case, points: Points) -> _Here:
    return _Here(case, points, region_of(case.policy.regions, case.home_zone or case.time_zone, case.locale))


def _goes_on(case: Case, play: str) -> bool:
    """Whether the visitor is in the middle of it."""
    match case.state.open:
        case OpenSlots() | OpenDay():
            is_open = play == "book"
        case OpenForm(purpose=purpose):
            is_open = play == _FORMS[purpose]
        case OpenOffer(what=what):
            is_open = play == _OFFERS.get(what, what)
        case OpenCart():
            is_open = play == "cart"
        case _:
            is_open = False
    return is_open or (play == "book" and case.state.meeting is not None and case.wants(*_CHANGES))


def _why_shut(here: _Here, play: PlayName) -> str:
    """Why it may not open, in words for the record; empty when it may."""
    case, region = here.case, here.home
    if region is not None and play in region.shut:
        return f"region {region.key}: shut"
    if play == _OURS and region is not None and not allows(case.consent, region.questions):
        return f"region {region.key}: questions from consent {region.questions} on, and it is {case.consent}"
    if play != "handoff" and (why := _excluded(here, case.policy.exclusions)):
        return f"exclusions: {why}"
    gate = case.policy.gates.get(play, _NO_GATE)
    if not gate.enabled:
        return "switched off"
    if why := _excluded(here, gate.unless):
        return f"unless: {why}"
    return _unmet(here, gate, play)


def why_not_offered(case: Case, play: Offered, offer: Offer, points: Points) -> str:
    """Why a play is not offered here and now, in words for the record; empty when it may be.

    What we begin ourselves is held to more than what the visitor asks for: conditions that their consent hides are
    not met, and the region's consent for questions holds.
    """
    if play not in case.policy.plays:
        return case.shut.get(play, "the play is off")
    here, policy = _here(case, points), case.policy
    region = here.home
    if region is not None and not allows(case.consent, region.questions):
        return f"region {region.key}: questions from consent {region.questions} on, and it is {case.consent}"
    if why := _excluded(here, policy.exclusions):
        return f"exclusions: {why}"
    # What it holds was checked when the playbook was read.
    wished = PlayGate.model_construct(
        intents=offer.intents, stages=offer.stages, pages=offer.pages, min_score=offer.min_score
    )
    for gate in (wished, policy.gates.get(play, _NO_GATE)):
        if why := _unmet(here, gate, _OURS):
            return why
    return ""


def _unmet(here: _Here, gate: PlayGate, play: str) -> str:
    """The first condition of a gate that does not hold; the score, which costs most, is asked for last."""
    return (
        _other_intent(here, gate)
        or _other_place(here, gate)
        or _other_stage(here, gate, play)
        or _other_page(here, gate, play)
        or _other_score(here, gate, play)
    )


def _excluded(here: _Here, unless: Exclusion) -> str:
    """Which of the exclusions holds."""
    case = here.case
    if intent := next((name for name in unless.intents if case.wants(name)), None):
        return f"intent {intent}"
    if page := is_under(here.page, *unless.pages):
        return f"page {page}"
    if here.region and here.region in unless.regions:
        return f"region {here.region}"
    if here.language in unless.languages:
        return f"language {here.language}"
    if here.mode in unless.modes:
        return f"mode {here.mode}"
    if unless.stages and (stage := stage_of(case)) in unless.stages and may_steer(case, stage):
        return f"stage {stage}"
    return ""


def _other_intent(here: _Here, gate: PlayGate) -> str:
    if not gate.intents or here.case.wants(*gate.intents):
        return ""
    return f"intents: {_one_of(gate.intents)}"


def _other_place(here: _Here, gate: PlayGate) -> str:
    if gate.regions and here.region not in gate.regions:
        return f"regions: {_one_of(gate.regions)}, and this is {here.region or 'none of them'}"
    if gate.languages and here.language not in gate.languages:
        return f"languages: {_one_of(gate.languages)}, and this is {here.language}"
    if gate.modes and here.mode not in gate.modes:
        return f"modes: {_one_of(gate.modes)}, and this is {here.mode}"
    if not allows(here.case.consent, gate.consent):
        return f"consent: at least {gate.consent}, and it is {here.case.consent}"
    return ""


def _other_stage(here: _Here, gate: PlayGate, play: str) -> str:
    if not gate.stages:
        return ""
    stage = stage_of(here.case)
    if not may_steer(here.case, stage):
        return "stages: what was learned is not used (consent necessary)" if play == _OURS else ""
    return "" if stage in gate.stages else f"stages: {_one_of(gate.stages)}, and this is {stage}"


def _other_page(here: _Here, gate: PlayGate, play: str) -> str:
    if not gate.pages:
        return ""
    if here.case.consent == "necessary":
        return "pages: not known (consent necessary)" if play == _OURS else ""
    if is_under(here.page, *gate.pages):
        return ""
    return f"pages: {_one_of(gate.pages)}, and this is {here.page or 'not known'}"


def _other_score(here: _Here, gate: PlayGate, play: str) -> str:
    if gate.min_score is None and gate.max_score is None:
        return ""
    if here.case.consent == "necessary":
        return "score: not used (consent necessary)" if play == _OURS else ""
    points = here.points()
    if gate.min_score is not None and points < gate.min_score:
        return f"min_score: {gate.min_score}, and the score is {points}"
    if gate.max_score is not None and points > gate.max_score:
        return f"max_score: {gate.max_score}, and the score is {points}"
    return ""


def _one_of(names: tuple[str, ...]) -> str:
    return f"only {', '.join(names)}"
