"""Laws of redaction: nothing personal survives, whatever its format, and everything can be put back."""

from __future__ import annotations

import re

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.details import passes_luhn
from intents.redaction import redact

before = st.sampled_from(["", "hi, ", "my details: ", "(", "you can use ", "pls take\n", "so: "])
after = st.sampled_from(["", ".", " thanks", ", ok?", ")", "\nbye", "!"])


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """Any issuer's length, with a right check digit, written in any of the usual ways."""
    length = draw(st.sampled_from([13, 14, 15, 16, 19]))
    digits = draw(st.sampled_from("23456")) + draw(
        st.text("0123456789", min_size=length - 2, max_size=length - 2)
    )
    digits += next(check for check in "0123456789" if passes_luhn(digits + check))
    separator = draw(st.sampled_from(["", " ", "-", ".", "\u00a0"]))
    groups = [4, 6, 5] if length == 15 else [4] * 5
    written, at = [], 0
    for size in groups:
        written.append(digits[at : at + size])
        at += size
    return separator.join(part for part in written if part)


@st.composite
def phone_numbers(draw: st.DrawFn) -> str:
    """A valid number of some country, formatted as its people or the world would."""
    region = draw(
        st.sampled_from(["US", "GB", "DE", "FR", "ES", "NL", "IT", "CH", "AE", "IN", "AU", "SE", "PL"])
    )
    kind = draw(
        st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
    )
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    style = draw(st.sampled_from(["INTERNATIONAL", "E164", "zeros"]))
    if style == "zeros":
        return "00" + phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
    return phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, style))


@given(before, st.emails(), after)
def test_no_email_survives(left: str, email: str, right: str) -> None:
    redacted = redact(f"{left}{email}{right}")

    assert "@" not in redacted.text
    assert email.rsplit("@", 1)[1] not in redacted.text


@given(before, card_numbers(), after)
def test_no_card_number_survives(left: str, card: str, right: str) -> None:
    redacted = redact(f"{left}{card}{right}")

    assert re.sub(r"\[[a-z]+_\d+\]", "", redacted.text) == left + right


@given(before, phone_numbers(), after)
def test_no_phone_number_survives(left: str, phone: str, right: str) -> None:
    redacted = redact(f"{left}{phone}{right}")

    assert sum(char.isdigit() for char in re.sub(r"\[[a-z]+_\d+\]", "", redacted.text)) == 0


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_any_text_is_redacted_without_failing_and_spans_point_at_placeholders(text: str) -> None:
    redacted = redact(text)

    for seal in redacted.sealed:
        assert redacted.text[seal.start : seal.end] == seal.placeholder


@given(st.lists(st.emails(), min_size=1, max_size=5), st.text("abc xyz", max_size=20))
def test_redacting_twice_changes_nothing(emails: list[str], words: str) -> None:
    once = redact(f"{words} " + " and ".join(emails))

    again = redact(once.text, {seal.placeholder: seal.value for seal in once.sealed})

    assert again.text == once.text


@given(st.lists(st.emails(), min_size=1, max_size=6))
def test_one_value_has_one_placeholder_through_a_conversation(emails: list[str]) -> None:
    known: dict[str, str] = {}
    first: dict[str, str] = {}

    for email in emails:
        redacted = redact(f"write to {email}", known)
        placeholder = redacted.sealed[0].placeholder
        assert first.setdefault(email.lower(), placeholder) == placeholder
        known.update({seal.placeholder: seal.value for seal in redacted.sealed})

    assert len(set(first.values())) == len(first)
