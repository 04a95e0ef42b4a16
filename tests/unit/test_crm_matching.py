"""Two records that may be one: what speaks for it, what against it, and who is compared at all."""

from __future__ import annotations

import pytest

from crm_sync.comparing import matching, normalising
from crm_sync.comparing.mailboxes import is_mailbox_host, work_domain
from crm_sync.comparing.values import Identity


def a_contact(id_: str = "a", **fields: str) -> Identity:
    return Identity("contact", id_, **fields)


def test_a_score_lists_its_reasons_the_strongest_first_and_adds_up() -> None:
    one = a_contact(name="Ada Byron", email="ada@lifts-nord.com")
    other = a_contact("b", name="Byron, Ada", email="a.byron@lifts-nord.com")

    score, reasons = matching.score(one, other)

    assert [(each.rule, each.how, each.points) for each in reasons] == [
        ("name", "normalised", 0.45),
        ("domain", "exact", 0.25),
    ]
    assert score == 0.7


def test_colleagues_with_one_phone_are_two_people_and_the_reasons_say_why() -> None:
    one = a_contact(name="Ada Byron", email="ada@lifts-nord.com", phone="+49 30 23125 100")
    other = a_contact("b", name="Ben Okoro", email="ben@lifts-nord.com", phone="+49 30 23125100")

    score, reasons = matching.score(one, other)

    assert score < matching.THRESHOLD
    assert ("name", "against") in [(each.rule, each.how) for each in reasons]
    assert ("phone", 0.3) in [(each.rule, each.points) for each in reasons]


def test_text_that_is_no_address_makes_nobody_the_same() -> None:
    assert matching.score(a_contact(email="unknown"), a_contact("b", email="unknown"))[0] == 0.0


def test_a_crowd_under_one_phone_is_not_compared_with_itself() -> None:
    everybody = [a_contact(str(at), phone="+49 30 23125 100", name=f"Nn {at}") for at in range(2_000)]

    assert matching.matches(everybody) == []


def test_each_pair_is_found_once_the_lesser_id_first() -> None:
    same = [a_contact(each, name="Ada Byron", email="Ada@lifts-nord.com") for each in ("c", "a", "b")]

    found = matching.matches(same)

    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Müller Aufzüge GmbH & Co. KG", "muller aufzuge"),
        ("Ascenseurs du Midi S.A.R.L.", "ascenseurs du midi"),
        ("Windy Kowalski Sp. z o.o.", "windy kowalski"),
        ("Nordlift A/S", "nordlift"),
        ("The Harbour Lift Company", "harbour lift"),
        ("GmbH", "gmbh"),
        ("Kern & Sohn", "kern und sohn"),
    ],
)
def test_a_companys_name_loses_its_legal_form_and_never_all_of_it(text: str, form: str) -> None:
    assert normalising.company_form(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ada.Byron+demo@GoogleMail.com", "adabyron@gmail.com"),
        ("ada.byron+demo@Lifts.example", "ada.byron@lifts.example"),
        ("ada@bäcker-lifte.example", "ada@xn--bcker-lifte-l8a.example"),
        ("nobody", ""),
        ("@lifts.example", ""),
    ],
)
def test_an_address_has_one_form(text: str, form: str) -> None:
    assert normalising.email_form(text) == form


@pytest.mark.parametrize(
    ("text", "form", "label"),
    [
        ("https://www.Acme-Lifts.co.uk/about?x=1", "acme-lifts.co.uk", "acmelifts"),
        ("ACME.example.", "acme.example", "acme"),
        ("mail.acme.de:8080", "mail.acme.de", "acme"),
        ("localhost", "localhost", ""),
    ],
)
def test_a_domain_has_one_form_and_a_label_of_its_owners(text: str, form: str, label: str) -> None:
    assert normalising.domain_form(text) == form
    assert normalising.domain_label(text) == label


def test_phone_numbers_are_read_with_their_country_or_not_at_all() -> None:
    assert normalising.phone_form("030 23125 777", "de") == "+493023125777"
    assert normalising.phone_form("0049 30 23125777", "DE") == "+493023125777"
    assert normalising.phone_form("030 23125 777") == ""
    assert normalising.phone_form("12345", "DE") == normalising.phone_form("12345", "XX") == ""


def test_a_mailbox_that_everybody_can_have_tells_no_company() -> None:
    assert work_domain("ada@Lifts-Nord.com") == "lifts-nord.com"
    assert [work_domain(each) for each in ("ada@gmail.com", "ada@hey.com", "ada", "ada@host", "", None)] == [
        None
    ] * 6
    assert is_mailbox_host("Web.de")
