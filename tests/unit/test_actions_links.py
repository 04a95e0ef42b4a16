"""Signed links open one thing, for one purpose, for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.actions.errors import BadLink
from server.actions.links import Links, Purpose
from tests.support.actions_world import MONDAY

LINKS = Links("one secret", "https://desk.example/")


def a_token(links: Links = LINKS, purpose: Purpose = "meet") -> str:
    return links.sign(purpose, "demo", "m-1", expires=MONDAY + timedelta(hours=1), mark="2")


def test_a_link_opens_what_was_signed() -> None:
    opened = LINKS.read("meet", a_token(), now=MONDAY)

    assert (opened.site, opened.id, opened.mark) == ("demo", "m-1", "2")


def test_a_link_expires() -> None:
    with pytest.raises(BadLink) as refusal:
        LINKS.read("meet", a_token(), now=MONDAY + timedelta(hours=1))

    assert (refusal.value.code, refusal.value.status) == ("link_expired", 410)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(a_token()[:-1], id="cut short"),
        pytest.param("A" + a_token()[1:], id="altered"),
        pytest.param(a_token(Links("another secret", "")), id="signed by another installation"),
        pytest.param(a_token(purpose="trial"), id="for another purpose"),
        pytest.param("", id="empty"),
        pytest.param("..", id="nonsense"),
        pytest.param("é" * 40, id="not ASCII"),
    ],
)
def test_a_link_that_was_not_given_opens_nothing(token: str) -> None:
    with pytest.raises(BadLink) as refusal:
        LINKS.read("meet", token, now=MONDAY)

    assert (refusal.value.code, refusal.value.status) == ("link_invalid", 404)


def test_every_single_changed_character_is_noticed() -> None:
    token = a_token()

    for place, character in enumerate(token):
        altered = token[:place] + ("b" if character == "a" else "a") + token[place + 1 :]
        # The last character of a base64 signature has bits that do not count.
        if place == len(token) - 1:
            continue
        with pytest.raises(BadLink):
            LINKS.read("meet", altered, now=MONDAY)
