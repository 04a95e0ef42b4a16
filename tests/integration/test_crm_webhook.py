"""The webhook provider against a receiver that checks signatures and fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from crm_sync.delivering import gates
from crm_sync.errors import PolicyInvalid, ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.webhook import PAUSES_S, WebhookCrm, sign
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


async def test_a_wrong_secret_is_denied_in_the_receivers_words(receiver: Receiver) -> None:
    with pytest.raises(ProviderDenied, match="bad signature"):
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


async def test_after_410_the_address_is_not_called_again_until_a_person_resumes(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.faults = [(410, {})]
    async with a_room(sqlite_url(tmp_path), provider=a_webhook(receiver)) as room:
        first = await room.propose(a_proposal(learned("deal.seats", 40)))
        asked = await room.deliver(first)
        # As after a restart: nothing is remembered but what stands in the database.
        ledger = room.ledger_with(a_webhook(receiver))
        for days in (1, 7, 400):
            await ledger.deliver(first.id, now=room.now + timedelta(days=days))
        shut = await ledger.provider_state(SITE, room.now)
        due = await ledger.due(room.now + timedelta(days=400))
        before = receiver.requests

        resumed = await ledger.resume(SITE, "the operator", room.now)
        after = await ledger.deliver(first.id, now=room.now)

    assert (asked, before, due) == ("retrying", 1, [])
    assert (shut.standing, shut.next_probe_at) == ("refused", None)
    assert "410" in shut.words
    assert (resumed, after, receiver.fields) == (True, "delivered", {"deal.seats": 40})


async def test_a_later_refusal_does_not_make_it_ask_again(receiver: Receiver, tmp_path: Path) -> None:
    async with a_room(sqlite_url(tmp_path), provider=a_webhook(receiver)) as room:
        for for_good in (True, False):
            async with room.sessions() as session:
                await gates.close(
                    session,
                    site=SITE,
                    standing="refused",
                    words="no",
                    update_id="",
                    now=room.now,
                    for_good=for_good,
                )
                await session.commit()

        state = await room.ledger.provider_state(SITE, room.now)

    assert (state.standing, state.probes, state.next_probe_at) == ("refused", 2, None)


async def test_failures_are_tried_again_by_the_published_schedule(receiver: Receiver, tmp_path: Path) -> None:
    receiver.faults = [(500, {})] * 10
    pauses: list[float] = []
    async with a_room(sqlite_url(tmp_path), provider=a_webhook(receiver)) as room:
        update = await room.propose(a_proposal(learned("deal.seats", 40)))
        now, statuses = room.now, []
        for _ in range(10):
            statuses.append(await room.ledger.deliver(update.id, now=now))
            again = (await room.ledger.update(SITE, update.id)).next_attempt_at
            if again is not None:
                pauses.append((again - now).total_seconds())
                now = again

    assert statuses == ["retrying"] * 9 + ["needs_review"]
    assert all(wanted <= pause <= 1.25 * wanted for wanted, pause in zip(PAUSES_S, pauses, strict=True))
    assert receiver.ids == [update.idempotency_key] * 10


async def test_a_replay_carries_the_same_id(receiver: Receiver, tmp_path: Path) -> None:
    receiver.faults = [(422, {})]
    async with a_room(sqlite_url(tmp_path), provider=a_webhook(receiver)) as room:
        update = await room.propose(a_proposal(learned("deal.seats", 40)))
        refused = await room.deliver(update)
        await room.ledger.approve(SITE, update.id, by="rep", now=room.now)

        replayed = await room.ledger.deliver(update.id, now=room.now)

    assert (refused, replayed) == ("needs_review", "delivered")
    assert receiver.ids == [update.idempotency_key] * 2


async def test_every_signature_is_verified_by_the_published_package(receiver: Receiver) -> None:
    sent: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(204)

    webhook = WebhookCrm("http://crm.test/", [OLD_SECRET, SECRET], transport=httpx.MockTransport(keep))
    await webhook.apply(an_order(), KEY)
    await webhook.undo(SITE, Effect(reference=KEY), KEY)

    for request in sent:
        for secret in (OLD_SECRET, SECRET):
            Webhook(secret).verify(request.content, dict(request.headers))
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 32).verify(request.content, dict(request.headers))
        assert "." not in request.headers["webhook-id"]


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404])
async def test_what_would_be_answered_to_every_update_holds_the_site_back(status: int) -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"location": "http://elsewhere.test/"})

    with pytest.raises(ProviderDenied, match=str(status)):
        await WebhookCrm("http://crm.test/", [SECRET], transport=httpx.MockTransport(elsewhere)).apply(
            an_order(), KEY
        )

    assert asked == ["http://crm.test/"]


async def test_the_time_of_a_message_is_the_updates_own_however_often_it_is_sent(receiver: Receiver) -> None:
    bodies: list[bytes] = []

    def keep(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200)

    for later in (timedelta(), timedelta(days=2)):
        webhook = WebhookCrm(
            "http://crm.test/",
            [SECRET],
            transport=httpx.MockTransport(keep),
            clock=lambda: NOW + later,  # noqa: B023
        )
        await webhook.apply(an_order(), KEY)

    assert bodies[0] == bodies[1]


async def test_an_update_that_is_too_large_is_not_sent(receiver: Receiver) -> None:
    order = replace(an_order(), document={"fields": [], "activity": "x" * 300_000})

    with pytest.raises(ProviderRefused, match="293 kB; a webhook carries 256 kB"):
        await a_webhook(receiver).apply(order, KEY)

    assert receiver.requests == 0


async def test_of_an_endless_answer_a_part_is_read() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 8_192

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))

    await WebhookCrm("http://crm.test/", [SECRET], transport=transport).apply(an_order(), KEY)

    assert read == 9


async def test_an_answer_that_trickles_is_given_up_in_time() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.02)
            yield b"x"

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=trickle()))
    webhook = WebhookCrm("http://crm.test/", [SECRET], transport=transport, timeout_s=0.1)

    with pytest.raises(ProviderBusy, match="TimeoutError"):
        await webhook.apply(an_order(), KEY)


@pytest.mark.parametrize(
    "document",
    [
        {"fields": [{"object": "contact", "name": "email", "value": "ada@example.com"}]},
        {"fields": [{"object": "contact", "name": "custom.addresses", "value": ["ada@example.com", "x"]}]},
        {
            "fields": [{"object": "deal", "name": "seats", "value": 40}],
            "target": {"object": "contact", "match": {"by": "email", "value": "ada@example.com"}},
        },
    ],
)
async def test_a_refusal_does_not_repeat_what_was_sent(document: dict[str, Any]) -> None:
    transport = httpx.MockTransport(
        lambda _: httpx.Response(400, text="Ada@Example.com is on our black list")
    )

    with pytest.raises(ProviderRefused, match="… is on our black list"):
        await WebhookCrm("http://crm.test/", [SECRET], transport=transport).apply(
            replace(an_order(), document=document), KEY
        )


@pytest.mark.parametrize("secrets", [[], ["whsec_not base64!"], ["whsec_c2hvcnQ="]])
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
