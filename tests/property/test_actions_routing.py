"""Routing: weights hold, nobody is over their cap, the owner wins, and the same values give the same rep."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from server.dialogue.routing import Candidate, Credits, Lead, RouteRule, RouteWhen, route, with_today

KEYS = ("ada", "ben", "cleo", "dan")


@st.composite
def teams(draw: st.DrawFn) -> list[Candidate]:
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    return [
        Candidate(
            key=key,
            name=key.title(),
            weight=draw(st.integers(1, 5)),
            called=(key,),
            is_free=draw(st.booleans()),
            is_off=draw(st.booleans()),
            per_day=draw(st.none() | st.integers(1, 6)),
        )
        for key in keys
    ]


@given(teams(), st.integers(1, 4))
def test_over_whole_rounds_each_gets_exactly_their_weight(team: list[Candidate], rounds: int) -> None:
    team = [replace(rep, is_free=True, is_off=False, per_day=None) for rep in team]
    held: Credits = {}
    given_to: Counter[str] = Counter()
    for _ in range(rounds * sum(rep.weight for rep in team)):
        routed = route(Lead(), team, (), {}, held)
        assert routed.rep is not None
        given_to[routed.rep] += 1
        held = routed.credits

    assert given_to == {rep.key: rounds * rep.weight for rep in team}


@given(teams(), st.integers(1, 40))
def test_nobody_gets_more_than_they_take_a_day_or_anything_on_leave(
    team: list[Candidate], leads: int
) -> None:
    held: Credits = {}
    today: Counter[str] = Counter()
    for _ in range(leads):
        now = [with_today(rep, today[rep.key]) for rep in team]
        routed = route(Lead(), now, (), {}, held)
        held = routed.credits
        if routed.rep is not None:
            today[routed.rep] += 1

    for rep in team:
        assert rep.per_day is None or today[rep.key] <= rep.per_day
        assert not (rep.is_off and today[rep.key])
    if any(not rep.is_off and rep.per_day is None for rep in team):
        assert sum(today.values()) == leads


@given(teams(), st.data())
def test_the_owner_wins_whatever_rules_turns_caps_and_leave_say(
    team: list[Candidate], data: st.DataObject
) -> None:
    owner = data.draw(st.sampled_from(team))
    elsewhere = data.draw(st.sampled_from(team))
    rules = (RouteRule(when=RouteWhen(languages=("de",)), to=elsewhere.key, because="German"),)

    routed = route(Lead(owner=f" {owner.key.upper()}", language="de"), team, rules, {}, {})

    assert (routed.rep, routed.how) == (owner.key, "owner")
    assert owner.name in routed.trace[0].said


@given(teams(), st.lists(st.tuples(st.sampled_from(KEYS), st.booleans()), max_size=30))
def test_the_same_values_give_the_same_rep_and_credits_stay_bounded(
    team: list[Candidate], changes: list[tuple[str, bool]]
) -> None:
    held: Credits = {}
    whole = sum(rep.weight for rep in team)
    for key, is_free in changes:
        team = [replace(rep, is_free=is_free) if rep.key == key else rep for rep in team]
        first, second = (route(Lead(), team, (), {}, held) for _ in range(2))

        assert first == second
        held = first.credits
        # Who comes back from being away has saved up no flood.
        assert all(abs(credit) <= whole * len(team) for credit in held.get("*", {}).values())


@given(teams())
def test_somebody_who_is_there_goes_before_everybody_who_is_not(team: list[Candidate]) -> None:
    routed = route(Lead(), team, (), {}, {})

    able = [rep for rep in team if not rep.is_off]
    free = {rep.key for rep in able if rep.is_free}
    if free:
        assert routed.rep in free
    elif able:
        assert routed.rep in {rep.key for rep in able}
        assert "nobody is there now" in routed.trace[-1].said
    else:
        assert routed.rep is None
