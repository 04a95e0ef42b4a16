"""What a question asks for, reduced to what another must share with it."""

from __future__ import annotations

import pytest

from knowledge.matching import agrees, wish


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I delete my account?", "delete account"),
        ("What does Team cost?", "price of the Team plan"),
        ("Can I switch off e-mail notifications?", "how to disable notification emails"),
        ("Is SSO included in Business?", "does Business include single sign-on"),
        ("Can 2 people share a seat?", "can two people share a seat?"),
    ],
)
def test_the_same_wish_in_other_words_agrees(one: str, other: str) -> None:
    assert agrees(wish(one), wish(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I delete my account?", "How do I delete a crew?"),
        ("What does Team cost?", "What does Business cost?"),
        ("Can I add 3 seats?", "Can I add 30 seats?"),
        ("Is SSO included?", "Is SSO not included?"),
        ("Do you store card data?", "Don't you store card data?"),
        ("Can I change from monthly to yearly?", "Can I change from yearly to monthly?"),
        ("Can customers see technicians?", "Can technicians see customers?"),
        ("Why was my payment declined?", "When was my payment declined?"),
        ("How long are backups kept?", "How often are backups kept?"),
        ("", "How do I delete my account?"),
        ("Hello?", "Hi there"),
    ],
)
def test_a_neighbour_does_not_agree(one: str, other: str) -> None:
    assert not agrees(wish(one), wish(other))
    assert not agrees(wish(other), wish(one))
