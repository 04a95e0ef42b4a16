"""The compiled validator that every proposal passes says yes and no to the same documents as the one that explains."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_sync.documents.canonical import foreign
from crm_sync.documents.catalogue import value_schemas
from crm_sync.documents.validation import (
    _fits,
    _gate,
    _validator,
    _value_gate,
    _value_validator,
    problem_of,
    problem_of_value,
    published,
)

FIELDS = sorted((record, name) for record, fields in value_schemas().items() for name in fields)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["[email_1]", "[email_1] [person_2]", "[email_1]\n", "2026-03-01T10:00:00", "2026-03-01T10:00:00Z"]
    ),
    st.sampled_from(["ada@example.com", "example.com", "DE", "qualified", "demo", "a\u2028b", "", "0" * 64]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.integers(-2, 12_000),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(TEXTS, SCALARS, max_size=2))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document, the document itself left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in ((*path, key), *leaves(item, (*path, key)))]


EXAMPLE: dict[str, Any] = published("crm-update")["examples"][0]
PLACES = leaves(EXAMPLE)


def changed(places: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    document = copy.deepcopy(EXAMPLE)
    for path, value in places:
        inner: Any = document
        try:
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took that place away
    return document


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), max_size=3))
def test_both_validators_agree_about_every_document(places: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = changed(places)
    if foreign(document):
        return

    fits = _fits(_gate(), document)

    told = next(_validator().iter_errors(document), None)
    assert fits == (told is None) or ends_a_line(document)
    assert fits or problem_of(document) is not None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FIELDS), VALUES)
def test_both_validators_agree_about_every_value(field: tuple[str, str], value: Any) -> None:
    record, name = field
    if foreign(value):
        return

    fits = _fits(_value_gate(record, name), value)

    told = next(_value_validator(record, name).iter_errors(value), None)
    assert fits == (told is None) or ends_a_line(value)
    assert fits == (problem_of_value(record, name, value) is None)


def test_a_placeholder_with_a_line_break_behind_it_is_refused_with_its_place() -> None:
    document = changed([(("target", "match", "value"), "[email_1]"), (("idempotency_key",), "0" * 64 + "\n")])

    problem = problem_of(document)

    # `$` means the very end in JSON Schema; in Python's expressions a line break may still follow.
    assert problem is not None
    assert problem.pointer == "/idempotency_key"


def ends_a_line(value: Any) -> bool:
    """Where the two may differ: the compiled one is the stricter, and right."""
    if isinstance(value, str):
        return value.endswith("\n")
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(ends_a_line(item) for item in items)
