"""Rules of a playbook that can never fire: valid, and written for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from zoneinfo import available_timezones

from server.dialogue.gate_rules import Offer, PlayGate, Stage
from server.dialogue.policy import Question
from server.playbook.book import Playbook
from server.playbook.plays import Path, Problem

_READ = frozenset({
    "billing_period", "budget", "company", "country", "current_tool", "email", "email_kind", "industry", "language",
    "meeting_length", "person", "phone", "plan", "role", "seats", "team_size", "team_size_range", "timeline",
    "use_case", "when",
})  # fmt: skip
"""Facts that are read from any message; others are told by answering the question that asks for them."""
_NEAR = 0.85
"""How alike two names are when one is probably a slip of the other."""
_ZONES = frozenset(available_timezones())
_PARTS = frozenset(name.partition("/")[0] for name in _ZONES if "/" in name)
_SECTIONS = {"book": "meetings", "trial": "trial", "cart": "catalogue", "handoff": "handoff"}


def idle_rules(book: Playbook) -> Iterator[Problem]:
    """Where something can never happen, and why."""
    for play, gate in book.plays.gates().items():
        for path, why in _idle_gate(book, play, gate):
            yield ("plays", play, *path), why
    yield from _idle_regions(book)
    for place, question in enumerate(book.questions):
        if why := _why_never(book, place, question):
            yield ("questions", place), f"question {question.key!r} is never asked: {why}"
        if question.fact not in _READ and (near := get_close_matches(question.fact, _READ, 1, _NEAR)):
            why = f"messages tell {near[0]!r}, not {question.fact!r}: it is asked even after it was said"
            yield ("questions", place, "fact"), f"{why}; did you mean {near[0]!r}?"
    for place, rule in enumerate(book.score.rules):
        told = {question.fact for question in book.questions} | _READ
        if rule.when_fact and rule.when_fact not in told:
            yield ("score", "rules", place, "when_fact"), f"nothing ever tells the fact {rule.when_fact!r}"
    yield from _idle_routes(book)


def _idle_routes(book: Playbook) -> Iterator[Problem]:
    """Rules of the routing that wait for a fact which nobody tells, or for a part of the world that is none."""
    told = {question.fact for question in book.questions} | _READ
    for place, rule in enumerate(book.routing.rules if book.routing else ()):
        path = ("routing", "rules", place, "when")
        if rule.when.fact and rule.when.fact not in told:
            yield (*path, "fact"), f"nothing ever tells the fact {rule.when.fact!r}"
        for where in rule.when.places:
            if not (where in _PARTS or (len(where) == 2 and where.isupper())):
                yield (*path, "places"), f"no visitor is in {where!r}: write a country (DE) or Europe"


def highest_score(book: Playbook) -> int:
    """What a visitor has who meets every rule that pays, as often as it pays."""
    return sum(rule.points * rule.times_at_most for rule in book.score.rules if rule.points > 0)


def lowest_score(book: Playbook) -> int:
    return sum(rule.points * rule.times_at_most for rule in book.score.rules if rule.points < 0)


def _idle_gate(book: Playbook, play: str, gate: PlayGate) -> Iterator[Problem]:
    if play in _SECTIONS and play not in book.policy().plays:
        yield (), f"the play is off without the section `{_SECTIONS[play]}`"
        return
    if gate.min_score is not None and gate.min_score > (most := highest_score(book)):
        yield ("min_score",), f"the highest possible score is {most}, so the play never opens"
    if gate.max_score is not None and gate.max_score < (least := lowest_score(book)):
        yield ("max_score",), f"the lowest possible score is {least}, so the play never opens"
    for name in sorted({*gate.intents} & {*gate.unless.intents}):
        yield ("unless", "intents"), f"{name!r} is asked for and excluded: the play never opens by it"
    for where, stages in ((("stages",), gate.stages), (("unless", "stages"), gate.unless.stages)):
        yield from (
            ((*where, place), why) for place, stage in enumerate(stages) if (why := _never_at(book, stage))
        )
    if gate.stages and set(gate.stages) <= set(gate.unless.stages):
        yield ("unless", "stages"), "every stage is excluded: the play never opens"
    if gate.offer is not None and (why := _never_offered(book, play, gate, gate.offer)):
        yield ("offer",), f"it is never offered: {why}"
    if gate.stages == ("customer",) and gate.modes == ("chat",):
        yield ("modes",), "customers are in mode `help`: the play never opens"
    if gate.otherwise == "handoff" and (play == "handoff" or book.handoff is None):
        yield ("otherwise",), "there is nobody to hand over to"


def _never_offered(book: Playbook, play: str, gate: PlayGate, offer: Offer) -> str:
    """Why this offer can never follow an answer."""
    worth = book.limits.weigh.offer if offer.value is None else offer.value
    intents = set(offer.intents) & set(gate.intents) if offer.intents and gate.intents else None
    stages = [stage for stage in offer.stages if not _never_at(book, stage)]
    standing = {"book": "meeting_booked", "trial": "trial"}.get(play)
    # Nobody can be further than a stage that rules this offer out.
    ends = {"customer", standing}
    reasons = (
        (not gate.enabled, "the play is not enabled"),
        (not (book.limits.offers_per_conversation and book.limits.offers_per_day), "limits allow no offer"),
        (worth <= 0, "a yes is worth 0 (value, or limits.weigh.offer)"),
        (
            offer.min_score is not None and offer.min_score > highest_score(book),
            f"the highest possible score is {highest_score(book)}",
        ),
        (
            offer.min_score is not None and gate.max_score is not None and offer.min_score > gate.max_score,
            "its min_score is above the play's max_score",
        ),
        (intents == set(), "the play opens on none of its intents"),
        (
            bool(offer.intents) and set(offer.intents) <= set(gate.unless.intents),
            "`unless` names all its intents",
        ),
        (bool(offer.stages) and not set(stages) - ends, "at none of its stages there is anything to offer"),
        (
            bool(gate.stages) and bool(offer.stages) and not set(gate.stages) & set(offer.stages),
            "the play opens at none of its stages",
        ),
        (gate.modes == ("help",), "customers inside the product are offered nothing"),
    )
    return next((why for holds, why in reasons if holds), "")


def _never_at(book: Playbook, stage: Stage) -> str:
    """Why nobody ever comes to this stage."""
    if stage == "meeting_booked" and book.meetings is None:
        return "nobody has a meeting without the section `meetings`"
    if stage == "trial" and book.trial is None:
        return "nobody has a trial without the section `trial`"
    if stage == "qualified" and not book.questions:
        return "nobody is qualified without `questions`"
    return ""


def _idle_regions(book: Playbook) -> Iterator[Problem]:
    """Regions that an earlier one takes every visitor from; the first that holds counts."""
    for place, region in enumerate(book.regions):
        for at_zone, zone in enumerate(region.zones):
            if not any(name.startswith(zone) for name in _ZONES):
                yield ("regions", place, "zones", at_zone), f"no time zone begins with {zone!r}"
        for earlier in book.regions[:place]:
            by_zone = all(earlier.holds(zone, "") for zone in region.zones)
            if by_zone and all(earlier.holds("", locale) for locale in region.locales):
                yield (
                    ("regions", place),
                    f"region {earlier.key!r} stands before it and takes all of its visitors",
                )
                break


def _why_never(book: Playbook, place: int, question: Question) -> str:
    reasons: tuple[Callable[[], str], ...] = (
        lambda: _shut(book),
        lambda: _waits_for_nothing(question),
        lambda: _waits_in_vain(book, question),
        lambda: _is_excluded(question),
        lambda: _is_worthless(book, question),
        lambda: _is_known_by_then(book, place, question),
    )
    return next((why for reason in reasons if (why := reason())), "")


def _shut(book: Playbook) -> str:
    if book.limits.questions_per_conversation == 0 or book.limits.questions_per_day == 0:
        return "limits allow no question"
    gate = book.plays.qualify
    return "plays.qualify is not enabled" if gate is not None and not gate.enabled else ""


def _waits_for_nothing(question: Question) -> str:
    when = question.when
    return "" if when.intents or when.facts or when.page_visited_twice else "`when` names nothing"


def _waits_in_vain(book: Playbook, question: Question) -> str:
    """Facts that nobody tells, or pages that are no paths."""
    when = question.when
    if when.intents:
        return ""
    told = {other.fact for other in book.questions if other.key != question.key} | _READ
    comes = [fact for fact in when.facts if fact in told and fact != question.fact]
    pages = [page for page in when.page_visited_twice if page.startswith("/")]
    if comes or pages:
        return ""
    named = ", ".join(repr(name) for name in (*when.facts, *when.page_visited_twice))
    return f"nothing brings {named} about"


def _is_excluded(question: Question) -> str:
    when, unless = question.when, question.unless
    if (
        when.intents
        and set(when.intents) <= set(unless.intents)
        and not (when.facts or when.page_visited_twice)
    ):
        return "`unless` names every intent of `when`"
    return ""


def _is_worthless(book: Playbook, question: Question) -> str:
    worth = book.limits.weigh.question if question.worth is None else question.worth
    return "it is worth 0 (worth, or limits.weigh.question)" if worth <= 0 else ""


def _is_known_by_then(book: Playbook, place: int, question: Question) -> str:
    """An earlier question for the same fact with the same occasions always comes first."""
    for earlier in book.questions[:place]:
        if (
            earlier.fact == question.fact
            and not earlier.unless.model_fields_set
            and (
                set(question.when.intents) <= set(earlier.when.intents)
                and set(question.when.facts) <= set(earlier.when.facts)
                and set(question.when.page_visited_twice) <= set(earlier.when.page_visited_twice)
            )
        ):
            return (
                f"question {earlier.key!r} stands before it and asks for the same fact on the same occasions"
            )
    return ""


def at(path: Path) -> str:
    """A path in words."""
    return ".".join(str(step) for step in path)
