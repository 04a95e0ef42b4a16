"""Sentences of a passage's own words that say something else: turned round, surer, or about another place."""

from __future__ import annotations

import pytest

from knowledge.writing.checking import Refused, check
from knowledge.writing.drafting import Said
from knowledge.writing.facts import tokens_of
from tests.support.writing import a_passage


def verdict(claimed: str, passage: str) -> str:
    """Why it is refused; nothing when it may be shown."""
    outcome = check(Said(claimed, (1,), "prose"), [a_passage("Rules", passage)], lambda _one, _other: 1.0)
    return outcome.why if isinstance(outcome, Refused) else ""


@pytest.mark.parametrize(
    ("passage", "turned"),
    [
        ("Owners can remove Admins.", "Admins can remove Owners."),
        ("Owners can remove Admins.", "Owners can be removed by Admins."),
        ("Team is cheaper than Business.", "Business is cheaper than Team."),
        (
            "Data is copied from Frankfurt to Dublin at night.",
            "Data is copied from Dublin to Frankfurt at night.",
        ),
        ("You can switch from monthly to yearly billing.", "You can switch from yearly to monthly billing."),
        ("Use SAML instead of LDAP.", "Use LDAP instead of SAML."),
        ("Business includes Team features.", "Team includes Business features."),
        ("The API key replaces the password.", "The password replaces the API key."),
        ("If the payment fails, the account is locked.", "If the account is locked, the payment fails."),
    ],
)
def test_who_does_what_to_whom_can_not_be_turned_round(passage: str, turned: str) -> None:
    assert verdict(passage, passage) == ""
    assert verdict(turned, passage) == "order"


@pytest.mark.parametrize(
    ("passage", "said"),
    [
        ("Owners can remove Admins.", "Admins can be removed by Owners."),
        ("If the payment fails, the account is locked.", "The account is locked if the payment fails."),
        (
            "Data is copied from Frankfurt to Dublin at night.",
            "At night, data is copied from Frankfurt to Dublin.",
        ),
        ("Single sign-on is included in Business.", "Business includes single sign-on."),
    ],
)
def test_what_only_moves_or_changes_its_voice_says_the_same(passage: str, said: str) -> None:
    assert verdict(said, passage) == ""


@pytest.mark.parametrize(
    ("passage", "surer"),
    [
        ("Exports may contain personal data.", "Exports contain personal data."),
        ("Some plans include phone support.", "Plans include phone support."),
        ("Refunds are usually paid within 5 days.", "Refunds are paid within 5 days."),
        ("Most customers are ready within two days.", "Customers are ready within two days."),
        ("Support is planned for Android.", "Support is for Android."),
        ("Customers asked whether exports are encrypted.", "Exports are encrypted."),
        ("Exports used to be encrypted.", "Exports are encrypted."),
    ],
)
def test_a_sentence_can_not_be_surer_than_its_passage(passage: str, surer: str) -> None:
    assert verdict(passage, passage) == ""
    assert verdict(surer, passage) == "surer"


def test_leave_may_be_given_in_other_words() -> None:
    assert verdict("You can cancel at any time.", "You may cancel at any time.") == ""
    assert verdict("You cancel at any time.", "You may cancel at any time.") == "surer"


def test_a_country_in_capitals_is_no_pronoun() -> None:
    passage = "Backups are stored in the EU. Logs are stored in the US."

    assert verdict("Backups are stored in the EU.", passage) == ""
    assert verdict("Backups are stored in the US.", passage) == "name"


def test_what_is_denied_ends_at_but() -> None:
    passage = "We do not sell data, but we share it with processors."

    assert verdict(passage, passage) == ""
    assert verdict("We do not share data with processors.", passage) != ""


@pytest.mark.parametrize(
    ("passage", "said", "why"),
    [
        ("Competitors charge 40 EUR per seat.", "We charge 40 EUR per seat.", "name"),
        (
            "Competitors charge 40 EUR per seat, while we charge 30 EUR per seat.",
            "We charge 40 EUR per seat.",
            "name",
        ),
        (
            "Competitors charge 40 EUR per seat, while we charge 30 EUR per seat.",
            "We charge 30 EUR per seat.",
            "",
        ),
        ("We keep backups for 30 days and then delete the copies.", "We delete the copies.", ""),
        ("Acme charges 40 EUR per seat.", "We charge 40 EUR per seat.", ""),
        ("Acme charges 40 EUR per seat.", "Acme charges 40 EUR per seat.", ""),
    ],
)
def test_only_what_the_company_says_of_itself_is_said_as_we(passage: str, said: str, why: str) -> None:
    outcome = check(
        Said(said, (1,), "prose"),
        [a_passage("Rules", passage)],
        lambda _one, _other: 1.0,
        free_names=frozenset(token.key for token in tokens_of("Acme")),
    )

    assert (outcome.why if isinstance(outcome, Refused) else "") == why


@pytest.mark.parametrize(
    ("passage", "surer"),
    [
        ("Exports will be encrypted.", "Exports are encrypted."),
        ("Exports should be encrypted by the customer.", "Exports are encrypted by the customer."),
        ("Ask your admin to enable exports.", "Admins may enable exports."),
    ],
)
def test_what_is_to_come_or_only_wanted_is_not_said_as_so(passage: str, surer: str) -> None:
    assert verdict(passage, passage) == ""
    assert verdict(surer, passage) == "surer"


def test_what_will_be_under_a_condition_is_so_under_it() -> None:
    passage = "If the payment fails, the account will be locked."

    assert verdict("The account is locked if the payment fails.", passage) == ""
