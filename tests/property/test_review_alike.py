"""Putting messages together: nothing is lost or doubled, and only what says the same is one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.review.alike import key_of, together

_TEXTS = st.lists(st.text(alphabet="abc dé'?!7", max_size=14), max_size=12)


@dataclass(frozen=True)
class Said:
    text: str


@given(_TEXTS)
def test_each_message_stands_in_exactly_one_row_in_the_order_it_came(texts: list[str]) -> None:
    said = [Said(text) for text in texts]

    groups = together(said)

    assert sorted(id(each) for group in groups for each in group) == sorted(map(id, said))
    firsts = [next(at for at, each in enumerate(said) if each is group[0]) for group in groups]
    assert firsts == sorted(firsts)


@given(_TEXTS, st.text(alphabet="abc d", min_size=1, max_size=12))
def test_the_same_words_are_in_one_row_whatever_their_case_signs_and_numbers(
    texts: list[str], text: str
) -> None:
    said = [Said(each) for each in (f"{text} 7", *texts, f"{text.upper()}, 12!")]

    [mine] = [group for group in together(said) if said[0] in group]

    assert said[-1] in mine or key_of(said[-1].text) != key_of(said[0].text)
    assert key_of(said[0].text) == key_of(said[-1].text)


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("how much is it for 40", "How much is it for 12?", True),
        ("whats the damage for 10 vans", "What's the damage for 12 vans?", True),
        ("can [person_1] call me", "can [person_3] call me", True),
        ("I want to cancel my plan", "I want to start my plan", False),
        ("we do not need sso", "we do need sso", False),
        ("how much is it", "how long is it", False),
        ("book a demo", "move a demo", False),
    ],
)
def test_words_that_turn_the_meaning_keep_messages_apart(one: str, other: str, are_alike: bool) -> None:
    assert (len(together([Said(one), Said(other)])) == 1) is are_alike
