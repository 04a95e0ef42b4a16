"""What is sealed, what is left alone, and what the placeholders are called."""

from __future__ import annotations

import pytest

from intents import same
from intents.redaction import contacts_in, redact, seal, seal_again, seal_more
from intents.same import same_thing
from tests.support.intents_world import a_reader


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("mail ada@example.com please", "mail [email_1] please"),
        ("ada (at) example dot com", "[email_1]"),
        ("call +49 30 1234567 after 5", "call [phone_1] after 5"),
        ("my number is 555-0123", "my number is [phone_1]"),
        ("card 4111 1111 1111 1111 cvv 123", "card [card_1] cvv [secret_1]"),
        ("IBAN DE89 3704 0044 0532 0130 00 thanks", "IBAN [iban_1] thanks"),
        ("from 10.0.0.12 and 2001:db8::1", "from [ip_1] and [ip_2]"),
        ("key sk_live_abcdefghijklmnop1234 leaked", "key [secret_1] leaked"),
        ("my password is hunter2!", "my password is [secret_1]!"),
        ("see https://x.example/reset?token=abcd1234 ok", "see [link_1] ok"),
        ("log in at https://ada:pw@host.example/x", "log in at [link_1]"),
        ("ssn 123-45-6789", "ssn [id_1]"),
    ],
)
def test_details_are_sealed(text: str, redacted: str) -> None:
    assert redact(text).text == redacted


@pytest.mark.parametrize(
    "text",
    [
        "we are 20-30 people since 2019-2024",
        "1,200,000 jobs a year",
        "on 2026-03-05 at 10:30",
        "ticket 12345678901 is open",
        "version 1.2.3.4 is out",
        "look at example.com",
        "see https://example.com/pricing?plan=team",
        "password reset does not work for 3 days",
        "my password is wrong",
        "between 9-11 on 3/12",
        "600 requests per minute on Team, 1,800 on Business",
    ],
)
def test_what_is_not_personal_is_left_alone(text: str) -> None:
    assert redact(text).text == text


def test_the_same_value_keeps_its_placeholder_in_another_spelling() -> None:
    known = {"[email_1]": "Ada@Example.com", "[phone_1]": "+49301234567"}

    redacted = redact("ada@example.com or +49 30 1234567 or bob@example.com", known)

    assert redacted.text == "[email_1] or [phone_1] or [email_2]"


def test_a_placeholder_typed_by_the_visitor_is_sealed_like_a_detail() -> None:
    redacted = redact("[email_1] is not ada@example.com", {"[email_1]": "bob@example.com"})

    assert redacted.text == "[typed_1] is not [email_2]"
    assert {one.placeholder: one.value for one in redacted.sealed}["[typed_1]"] == "[email_1]"


@pytest.mark.parametrize(
    "text",
    [
        "ada\uff20lifts.example",
        "ada%40lifts.example",
        "ada&#64;lifts.example",
        "ada @ lifts.example",
        "ada@\nlifts.example",
        "ada [at] lifts [dot] example",
        "ada(at)lifts(punkt)example",
        "ada at lifts dot example",
        "a\u200bda@li\u200bfts.example",
    ],
)
def test_an_address_is_one_address_however_it_is_written(text: str) -> None:
    redacted = redact(text, {"[email_1]": "ada@lifts.example"})

    assert redacted.text == "[email_1]"


@pytest.mark.parametrize(
    ("earlier", "now", "same"),
    [
        ("+4930123456", "030 123456", True),
        ("030 123456", "0049 30 123456", True),
        ("+4930123456", "+49 (0)30 / 12 34 56", True),
        ("(415) 555-2671", "+1 415 555 2671", True),
        ("+4930123456", "+43 30 123456", False),
        ("030 123456", "030 123457", False),
    ],
)
def test_a_number_with_and_without_its_country_is_one_number(earlier: str, now: str, same: bool) -> None:
    redacted = redact(f"call {now} please", {"[phone_1]": earlier})

    assert redacted.text == f"call [phone_{1 if same else 2}] please"


def test_a_sealed_value_is_not_printed() -> None:
    assert "ada@example.com" not in repr(redact("ada@example.com"))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("my name is ada lovelace, hi", "my name is [person_1], hi"),
        ("Hi, this is Ada from Acme", "Hi, this is [person_1] from Acme"),
        ("thanks,\nAda Lovelace", "thanks,\n[person_1]"),
        ("I'm interested in a demo", "I'm interested in a demo"),
        ("call me back tomorrow", "call me back tomorrow"),
        ("I'm looking for a tool", "I'm looking for a tool"),
    ],
)
def test_people_are_sealed_by_how_they_are_introduced(text: str, redacted: str) -> None:
    assert a_reader().redact(text).text == redacted


def test_a_name_told_before_is_sealed_where_it_returns() -> None:
    redacted = a_reader().redact("it's ada lovelace again", {"[person_1]": "Ada Lovelace"})

    assert redacted.text == "it's [person_1] again"


def test_sealing_more_moves_earlier_spans() -> None:
    from intents.details import Detail

    first = redact("Ada wrote ada@example.com")
    both = seal_more(first, [Detail("person", 0, 3, "Ada")], {})

    assert both.text == "[person_1] wrote [email_1]"
    assert [both.text[seal.start : seal.end] for seal in both.sealed] == ["[person_1]", "[email_1]"]
    assert [seal.value for seal in both.sealed] == ["Ada", "ada@example.com"]


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("send it to 12 Main Street, Springfield, IL 62704", "send it to [address_1]"),
        ("Musterstraße 12, 10115 Berlin", "[address_1]"),
        ("5 Rue de Rivoli, 75001 Paris please", "[address_1] please"),
        ("postcode SW1A 1AA", "postcode [address_1]"),
        ("Steuer-ID 86 095 742 719", "Steuer-ID [id_1]"),
        ("NIR 2 55 08 14 168 025 38", "NIR [id_1]"),
        ("dni 12345678Z", "dni [id_1]"),
        ("NINO AB 12 34 56 C", "NINO [id_1]"),
        ("codice RSSMRA85T10A562S", "codice [id_1]"),
        ("passport number C01X00T47", "passport number [id_1]"),
        ("SECRET_KEY=s3cr3tV4lue99x0", "SECRET_KEY=[secret_1]"),
    ],
)
def test_addresses_and_national_ids_are_sealed(text: str, redacted: str) -> None:
    assert redact(text).text == redacted


@pytest.mark.parametrize(
    "text",
    [
        "dni 12345678A",
        "Steuer-ID 86 095 742 718",
        "our 3 crews drive to 12 jobs in Berlin",
        "we run 14 vans on the road",
        "our order number is 1234567890123",
    ],
)
def test_a_wrong_check_digit_or_a_quantity_is_nobodys(text: str) -> None:
    assert "[id_" not in redact(text).text
    assert "[address_" not in redact(text).text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Dr. Curie will join", "Dr. [person_1] will join"),
        ("my colleague Emmy will call", "my colleague [person_1] will call"),
        ("talk to sarah in sales", "talk to [person_1] in sales"),
        ("Track Order", "Track Order"),
        ("does it work with Geotab or Slack?", "does it work with Geotab or Slack?"),
        ("correct my data, my name is wrong", "correct my data, my name is wrong"),
    ],
)
def test_single_names_are_sealed_and_products_are_not(text: str, redacted: str) -> None:
    assert a_reader().redact(text).text == redacted


def test_words_that_were_sealed_before_keep_their_placeholders_and_new_details_get_the_next_number() -> None:
    again = seal_again("mail [email_1] or bob@example.com, not [person_2]")

    assert again.text == "mail [email_1] or [email_2], not [person_2]"
    assert [one.placeholder for one in again.sealed] == ["[email_1]", "[email_2]", "[person_2]"]


def test_the_companys_own_address_and_number_are_nobodys_secret() -> None:
    own = contacts_in("Write to Support@Fernway.example or call +49 30 1234567.")

    asked = seal("is support@fernway.example read today, or ada@example.com, or 030 / 1234567?", contacts=own)

    assert asked.text == "is support@fernway.example read today, or [email_1], or 030 / 1234567?"


@pytest.mark.parametrize("kind", ["phone", "email", "iban", "ip", "card", "id", "address", "person"])
def test_comparing_details_keeps_none_of_them_in_memory(kind: str) -> None:
    assert same_thing(kind, "+49 30 5550123", "+49 30 5550123")

    assert not [name for name, it in vars(same).items() if hasattr(it, "cache_info")]
