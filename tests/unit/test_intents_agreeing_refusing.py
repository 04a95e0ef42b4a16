"""Agreement and refusal as people word them, and wishes that only sound like ones."""

from __future__ import annotations

import pytest

from intents.facts.yes_no import find_yes_no
from intents.reader import _REFUSES


@pytest.mark.parametrize(
    "text", ["that sounds perfect", "This would be ideal", "Perfect, thanks", "that will work"]
)
def test_agreement_in_other_words_is_a_yes(text: str) -> None:
    (found,) = find_yes_no(text)

    assert found.value is True


@pytest.mark.parametrize(
    "text",
    [
        "No, I don't want a demo.",
        "no trial either, thanks",
        "We're not interested in a call",
        "no need for a demo",
    ],
)
def test_a_refused_demo_is_no_wish_for_one(text: str) -> None:
    assert _REFUSES.match(text)


@pytest.mark.parametrize(
    "text",
    ["I want a demo", "Do you offer no trial?", "I don't want to wait, book a demo", "no, a demo on Friday"],
)
def test_a_wish_stays_a_wish(text: str) -> None:
    assert not _REFUSES.match(text)
