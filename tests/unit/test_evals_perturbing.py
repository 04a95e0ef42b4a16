"""Questions as hurried people write them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evals.perturbing import in_the_plural, with_a_slip

QUESTION = "How do I change my billing address?"


def test_a_slip_touches_one_word_and_is_always_the_same() -> None:
    slipped = with_a_slip(QUESTION)

    assert slipped == with_a_slip(QUESTION) != QUESTION
    assert sum(one != other for one, other in zip(QUESTION.split(), slipped.split(), strict=True)) == 1


@given(st.text(max_size=60))
def test_any_text_can_be_perturbed(text: str) -> None:
    assert abs(len(with_a_slip(text)) - len(text)) <= 1
    assert in_the_plural(text) in (text, *(text[:at] + "s" + text[at:] for at in range(len(text) + 1)))


def test_the_plural_is_put_to_the_last_longer_word() -> None:
    assert in_the_plural("move a visit to another van") == "move a visit to anothers van"
    assert in_the_plural("why?") == "why?"
