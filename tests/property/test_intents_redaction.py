"""Laws of redaction: nothing personal survives, whatever its format, and everything can be put back."""

from __future__ import annotations

import re

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.details import passes_luhn
from intents.redaction import redact, seal

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

    for one in redacted.sealed:
        assert redacted.text[one.start : one.end] == one.placeholder


@given(st.lists(st.emails(), min_size=1, max_size=5), st.text("abc xyz", max_size=20))
def test_a_redacted_text_that_is_typed_again_unseals_nothing(emails: list[str], words: str) -> None:
    once = redact(f"{words} " + " and ".join(emails))
    vault = {seal.placeholder: seal.value for seal in once.sealed}

    again = redact(once.text, vault)
    vault |= {seal.placeholder: seal.value for seal in again.sealed}

    filled = re.sub(r"\[[a-z]+_\d+\]", lambda found: vault[found.group()], again.text)
    assert filled == once.text


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


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """A German account with right check digits, as it is written on paper or on a screen."""
    account = draw(st.text("0123456789", min_size=18, max_size=18))
    check = 98 - int(account + "131400") % 97
    plain = f"DE{check:02d}{account}"
    return plain if draw(st.booleans()) else " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


@st.composite
def dni_numbers(draw: st.DrawFn) -> str:
    number = draw(st.integers(10_000_000, 99_999_999))
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


secrets = st.builds(
    "{}{}".format,
    st.sampled_from(["sk_live_", "pk_test_", "ghp_", "glpat-", "whsec_", "xoxb-"]),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=20, max_size=32),
)
addresses = st.builds(
    "{} {} {}, {:05d} Berlin".format,
    st.integers(1, 400),
    st.sampled_from(["Elm", "Station", "Mill"]),
    st.sampled_from(["Street", "Road", "Avenue"]),
    st.integers(10_000, 99_999),
)


@given(before, st.one_of(ibans(), dni_numbers(), secrets, addresses), after)
@settings(deadline=None, max_examples=60)
def test_no_account_id_secret_or_address_survives(left: str, detail: str, right: str) -> None:
    redacted = seal(f"{left}{detail}{right}")

    assert detail not in redacted.text
    assert not re.search(r"\d", re.sub(r"\[[a-z]+_\d+\]", "", redacted.text))


@given(
    st.sampled_from(
        ["my name is {}", "I'm {}, hello", "please ask Mr {}", "my colleague {} will join", "Thanks,\n{}"]
    ),
    st.sampled_from(["Ada Lovelace", "Grace Hopper", "Emmy Noether", "Alan Turing"]),
)
@settings(deadline=None, max_examples=60)
def test_nobody_who_is_introduced_stays_readable(sentence: str, name: str) -> None:
    redacted = seal(sentence.format(name))

    assert not any(word in redacted.text for word in name.split())
    assert [one.kind for one in redacted.sealed] == ["person"]


@given(st.lists(st.one_of(card_numbers(), phone_numbers(), st.emails(), ibans()), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_only_the_vault_can_put_a_text_together_again(details: list[str]) -> None:
    text = "; ".join(details)

    redacted = seal(text)
    vault = {one.placeholder: one.value for one in redacted.sealed}

    assert set(re.findall(r"\[[a-z]+_\d+\]", redacted.text)) <= set(vault) | set(
        re.findall(r"\[[a-z]+_\d+\]", text)
    )
    assert all(value not in redacted.text for value in vault.values())
    assert all(value not in repr(redacted) for value in vault.values())
