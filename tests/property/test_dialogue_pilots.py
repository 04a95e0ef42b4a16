"""Laws of drawing: shares hold, the same person is drawn the same, and a larger share keeps who took part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.dialogue.pilots import group_of, is_in, lot, policy_for
from tests.support.dialogue import POLICY

PEOPLE = [f"visitor-{number}" for number in range(10_000)]


@pytest.mark.parametrize("share", [0.0, 0.05, 0.10, 0.5])
def test_a_share_holds_over_many_people(share: float) -> None:
    taking = sum(is_in("salt", "acme", who, "holdout", share) for who in PEOPLE)

    # Four standard deviations: a sound draw fails this once in 15,000 salts, and this salt is fixed.
    assert abs(taking - share * 10_000) <= 4 * (10_000 * share * (1 - share)) ** 0.5


def test_two_experiments_are_drawn_independently() -> None:
    both = sum(
        is_in("salt", "acme", who, "holdout", 0.5) and is_in("salt", "acme", who, "pilot", 0.1)
        for who in PEOPLE
    )

    assert 410 <= both <= 590


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=40), st.text(max_size=20))
def test_a_lot_is_stable_and_lies_between_0_and_1(salt: str, site: str, who: str, experiment: str) -> None:
    drawn = lot(salt, site, who, experiment)

    assert 0 <= drawn < 1
    assert lot(salt, site, who, experiment) == drawn


@given(st.text(min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_everybody_who_took_part(who: str, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))

    assert is_in("salt", "acme", who, "pilot", larger) or not is_in("salt", "acme", who, "pilot", smaller)


@given(st.booleans(), st.booleans())
def test_whoever_is_held_out_is_in_no_pilot(holdout: bool, pilot: bool) -> None:
    group = group_of(holdout=holdout, pilot=pilot)

    assert (group == "holdout") is holdout
    assert (group == "pilot") is (pilot and not holdout)


def test_the_holdout_is_asked_nothing_and_the_pilot_s_questions_are_for_the_pilot() -> None:
    first, *others = POLICY.questions
    tried = POLICY.model_copy(update={"questions": (first.model_copy(update={"pilot": True}), *others)})

    assert policy_for(tried, "holdout").questions == ()
    assert [question.key for question in policy_for(tried, "").questions] == [each.key for each in others]
    assert policy_for(tried, "pilot").questions == tried.questions
