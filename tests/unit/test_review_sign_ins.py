"""The brake on guessing passwords, and what a sign-in may go on to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.review.entrance import _inside
from server.review.sign_ins import Brake

NOW = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)


def test_five_wrong_passwords_are_free_and_then_the_wait_doubles() -> None:
    brake = Brake()
    waits = []

    for _ in range(8):
        waits.append(brake.wait_s("ada", NOW, free=5))
        brake.failed("ada", NOW)

    assert waits == [0, 0, 0, 0, 0, 2, 4, 8]


def test_the_wait_has_a_longest_and_passes_with_time() -> None:
    brake = Brake(longest_s=60)
    for _ in range(40):
        brake.failed("ada", NOW)

    assert brake.wait_s("ada", NOW, free=5) == 60
    assert brake.wait_s("ada", NOW + timedelta(seconds=59), free=5) == 1
    assert brake.wait_s("ada", NOW + timedelta(seconds=60), free=5) == 0


def test_a_right_password_forgives_and_others_do_not_wait() -> None:
    brake = Brake()
    for _ in range(9):
        brake.failed("ada", NOW)

    assert brake.wait_s("bo", NOW, free=5) == 0
    brake.succeeded("ada")
    assert brake.wait_s("ada", NOW, free=5) == 0


def test_made_up_logins_can_not_fill_the_memory() -> None:
    brake = Brake()

    for number in range(10_050):
        brake.failed(str(number), NOW)

    assert len(brake._failures) == 10_000


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/console/site/demo/inbox", "/console/site/demo/inbox"),
        ("https://elsewhere.example/console/", "/console"),
        ("//elsewhere.example", "/console"),
        ("/console/../elsewhere", "/console"),
        ("/console/\\elsewhere.example", "/console"),
        ("", "/console"),
    ],
)
def test_a_sign_in_leads_nowhere_but_into_the_console(wanted: str, goes_to: str) -> None:
    assert _inside(wanted) == goes_to
