"""The webhook provider against a receiver that checks signatures and fails on demand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from crm_sync.errors import PolicyInvalid, ProviderBusy, ProviderRefused
from crm_sync.providers.webhook import WebhookCrm, sign
from crm_sync.values import Effect, Order
from tests.support.crm import NOW, SITE, TALK, a_note, a_proposal, a_room, learned, sqlite_url
from tests.support.crm_webhook import SECRET, Receiver

OLD_SECRET = "whsec_" + "T2xkIHNlY3JldCwgYmVpbmcgcmVwbGFjZWQgdG9kYXkh"
KEY = "a" * 64


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def a_webhook(receiver: Receiver, *secrets: str) -> WebhookCrm:
    transport = httpx.ASGITransport(receiver.app())  # type: ignore[arg-type]  # two spellings of one protocol
    return WebhookCrm("http://crm.test/hook", secrets or (SECRET,), transport=transport, clock=lambda: NOW)


def an_order() -> Order:
    document: dict[str, Any] = {"idempotency_key": KEY, "fields": [], "activity": None}
    return Order(SITE, "contact.qualified", TALK, "conversation", TALK, (), None, document, NOW)


def test_the_signature_is_the_one_of_the_published_example() -> None:
    # From the Standard Webhooks specification's reference implementations.
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_secret_can_be_replaced_without_a_gap(receiver: Receiver) -> None:
    effect = await a_webhook(receiver, OLD_SECRET, SECRET).apply(an_order(), KEY)

    assert effect == Effect(reference=KEY)


async def test_a_wrong_secret_is_a_refusal_in_the_receivers_words(receiver: Receiver) -> None:
    with pytest.raises(ProviderRefused, match="bad signature"):
        await a_webhook(receiver, OLD_SECRET).apply(an_order(), KEY)


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (429, {"retry-after": "7"}, 7.0),
        (503, {"retry-after": "Mon, 02 Mar 2026 10:01:00 GMT"}, 60.0),
        (500, {}, None),
        (502, {"retry-after": "soon"}, None),
    ],
)
async def test_a_busy_receiver_is_tried_again(
    receiver: Receiver, status: int, headers: dict[str, str], pause: float | None
) -> None:
    receiver.faults = [(status, headers)]

    with pytest.raises(ProviderBusy) as busy:
        await a_webhook(receiver).apply(an_order(), KEY)

    assert busy.value.retry_after_s == pause


async def test_an_unreachable_receiver_is_tried_again() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(ProviderBusy, match="ConnectError"):
        await WebhookCrm("http://crm.test/", [SECRET], transport=httpx.MockTransport(refuse)).apply(
            an_order(), KEY
        )


async def test_after_410_the_address_is_never_called_again(receiver: Receiver) -> None:
    receiver.faults = [(410, {})]
    webhook = a_webhook(receiver)

    for _ in range(2):
        with pytest.raises(ProviderRefused, match="410"):
            await webhook.apply(an_order(), KEY)

    assert receiver.requests == 1


@pytest.mark.parametrize("secrets", [[], ["whsec_not base64!"]])
def test_a_secret_that_can_not_sign_is_refused_at_once(secrets: list[str]) -> None:
    with pytest.raises(PolicyInvalid):
        WebhookCrm("http://crm.test/", secrets)


async def test_an_answer_lost_after_the_effect_does_not_double_it(receiver: Receiver, tmp_path: Path) -> None:
    receiver.faults = [(504, {})]
    seals = {"[email_1]": "ada@example.com"}
    async with a_room(sqlite_url(tmp_path), provider=a_webhook(receiver), seals=seals) as room:
        update = await room.propose(
            a_proposal(learned("contact.email", "[email_1]"), activity=a_note(subject="Asked [email_1]"))
        )

        first = await room.deliver(update)
        second = await room.ledger.deliver(update.id, now=room.now + timedelta(minutes=1))

    assert (first, second) == ("retrying", "delivered")
    assert receiver.requests == 2
    assert receiver.fields == {"contact.email": "ada@example.com"}
    assert list(receiver.activities.values()) == ["Asked ada@example.com"]
