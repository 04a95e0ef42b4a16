"""Where the visitors are, what they speak and what they want it for."""

from __future__ import annotations

import pytest

from tests.support.intents_world import values_of


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("we're based in Austria", ["AT"]),
        ("our team sits in Dubai", ["AE"]),
        ("we are a german company", ["DE"]),
        ("hello from Spain", ["ES"]),
        ("we have offices in the US", ["US"]),
        ("is the data hosted in Germany?", []),
        ("can you tell us more", []),
    ],
)
def test_a_country_is_theirs_when_they_say_so(text: str, country: list[str]) -> None:
    assert values_of("country", text) == country


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("do you speak german?", ["de"]),
        ("is there a french interface", ["fr"]),
        ("can someone answer in arabic please", ["ar"]),
        ("we sell to german customers", []),
    ],
)
def test_a_wished_language_is_read(text: str, language: list[str]) -> None:
    assert values_of("language", text) == language


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("looking for a tool to schedule our technicians", ["schedule our technicians"]),
        ("our use case is route planning, do you do that?", ["route planning"]),
        ("we want to track jobs in one place", ["track jobs in one place"]),
        ("i want to talk to sales", []),
        ("we need to see a demo", []),
    ],
)
def test_a_use_is_kept_in_their_words(text: str, use: list[str]) -> None:
    assert values_of("use_case", text) == use
