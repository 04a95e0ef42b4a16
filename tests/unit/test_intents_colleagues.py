"""Names that somebody of the company writes are sealed as theirs, and stay theirs when the visitor says them."""

from __future__ import annotations

from intents.facts.contact import find_contacts
from intents.redaction import as_colleagues, seal

HELLO = "Hello Greta, my name is Marlene."


def test_a_colleagues_name_is_never_the_visitors() -> None:
    known = {"[person_1]": "Greta"}

    own = as_colleagues(seal(HELLO, known), known)
    later = {**known, **{one.placeholder: one.value for one in own.sealed}}
    thanks = seal("Thanks Marlene! My name is Greta.", later)

    assert own.text == "Hello [person_1], my name is [colleague_1]."
    assert {one.placeholder: one.value for one in own.sealed}["[colleague_1]"] == "Marlene"
    assert thanks.text == "Thanks [colleague_1]! My name is [person_1]."
    assert [found.value for found in find_contacts(thanks)] == ["[person_1]"]
