"""Until when somebody should decide, whose it is, and who stands in for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_sync.deciding.deadlines import after, delegate_of, due, owner_of, stands_in_for
from crm_sync.deciding.policy import Policy, Rule
from crm_sync.deciding.verdicts import Delegation
from tests.support.crm import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("deadline", "when"), [(None, None), (HOUR, NOW + HOUR), (timedelta(0), NOW)])
def test_without_a_deadline_nothing_is_ever_overdue(deadline: timedelta | None, when: Any) -> None:
    assert due(NOW, deadline) == when


@pytest.mark.parametrize(
    ("current", "owner"),
    [
        ({}, None),
        ({"contact.owner": "ada"}, "ada"),
        ({"company.owner": "ben", "deal.owner": "cy"}, "ben"),
        ({"deal.owner": "cy", "contact.owner": ""}, "cy"),
    ],
)
def test_the_contacts_owner_comes_before_the_companys_and_the_deals(
    current: dict[str, Any], owner: str | None
) -> None:
    assert owner_of(current) == owner


def a_field(name: str) -> dict[str, Any]:
    return {"object": "deal", "name": name, "value": 1, "previous": None, "how": "said", "confidence": 0.1}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["seats"], "write"),
        (["seats", "amount"], "write"),
        (["budget"], "drop"),
        (["plan"], "wait"),
        (["seats", "budget"], "wait"),
        (["seats", "plan"], "wait"),
        (["use_case"], "wait"),
        ([], "wait"),
    ],
)
def test_only_what_the_policy_says_of_every_field_happens_without_a_rep(
    fields: list[str], expected: str
) -> None:
    policy = Policy(
        rules=(
            Rule(field="deal.seats", tier="approve", after="write"),
            Rule(field="deal.amount", tier="approve", after="write"),
            Rule(field="deal.budget", tier="approve", after="drop"),
            Rule(field="deal.plan", tier="approve"),
        )
    )

    assert after(policy, [a_field(name) for name in fields]) == expected


def test_the_shipped_policy_never_lets_time_decide() -> None:
    assert {rule.after for rule in Policy().rules} == {"wait"}


def named(person: str, to: str, *, since: int = 0, until: int = 10, at: int = 0) -> Delegation:
    return Delegation(
        f"{person}-{to}-{at}", person, to, NOW + since * HOUR, NOW + until * HOUR, "x", NOW + at * HOUR
    )


@pytest.mark.parametrize(
    ("delegations", "hour", "delegate"),
    [
        ([], 0, None),
        ([named("ada", "ben")], 0, "ben"),
        ([named("ada", "ben")], 9, "ben"),
        ([named("ada", "ben")], 10, None),
        ([named("ada", "ben", since=2)], 1, None),
        ([named("cy", "ben")], 0, None),
        # Whom they named last holds, and the one before holds again when that is over.
        ([named("ada", "ben"), named("ada", "cy", at=1, until=5)], 4, "cy"),
        ([named("ada", "ben"), named("ada", "cy", at=1, until=5)], 5, "ben"),
    ],
)
def test_who_stands_in(delegations: list[Delegation], hour: int, delegate: str | None) -> None:
    assert delegate_of(delegations, "ada", NOW + hour * HOUR) == delegate


@pytest.mark.parametrize(
    ("delegations", "people"),
    [
        ([], ()),
        ([named("ada", "ben"), named("cy", "ben")], ("ada", "cy")),
        ([named("ada", "ben"), named("ada", "cy", at=1)], ()),
        # A stand-in who is away as well passes on their own work only.
        ([named("ada", "cy"), named("cy", "ben")], ("cy",)),
        ([named("ada", "ben"), named("ben", "ada")], ("ada",)),
    ],
)
def test_for_whom_somebody_stands_in(delegations: list[Delegation], people: tuple[str, ...]) -> None:
    assert stands_in_for(delegations, "ben", NOW) == people
