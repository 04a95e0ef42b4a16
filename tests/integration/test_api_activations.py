"""What products and payments tell by webhook: signed, fresh, once, and kept with its outcome in one transaction."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks import Webhook

from server.actions import cart
from server.actions.pricing import price
from server.actions.signing import keys_of
from server.actions.tables import CartRow, EffectRow, HandoffRow, TrialRow, WebhookRow
from server.actions.values import CartOrdered, Happening, TrialChanged
from server.api.deps import Told
from server.api.routes import api_routes
from tests.support.actions_world import CATALOGUE
from tests.support.api_world import AT, deps
from tests.support.console_seed import a_conversation
from tests.support.console_world import NOW, SITE, World, build
from tests.support.product import OLD_SECRET, SECRET

STRIPE = "whsec_of_stripe"


@dataclass
class Line:
    """A client of the API that signs, and what the API reported."""

    world: World
    client: httpx.AsyncClient
    conversation: str
    happened: list[Happening] = field(default_factory=list)

    async def tell(
        self,
        kind: str,
        *,
        message: str = "msg-1",
        secret: str = SECRET,
        age: timedelta = timedelta(0),
        body: str | None = None,
        **data: Any,
    ) -> httpx.Response:
        said = {"type": kind, "timestamp": NOW.isoformat(), "data": {"trial": "trial-1", **data}}
        text, at = body or json.dumps(said), NOW - age
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(message, at, json.dumps(said)),
        }
        return await self.client.post(f"{AT}/activations", content=text, headers=headers)

    async def pay(
        self,
        cart_id: str,
        *,
        event: str = "evt-1",
        secret: str = STRIPE,
        age: timedelta = timedelta(0),
        status: str = "paid",
        kind: str = "checkout.session.completed",
        site: str = SITE,
        payment: str = "cs_1",
    ) -> httpx.Response:
        session = {
            "id": payment, "client_reference_id": cart_id, "payment_status": status, "metadata": {"site": site},
        }  # fmt: skip
        text = json.dumps({"id": event, "type": kind, "data": {"object": session}})
        stamp = int((NOW - age).timestamp())
        signed = hmac.new(secret.encode(), f"{stamp}.{text}".encode(), hashlib.sha256).hexdigest()
        headers = {"stripe-signature": f"t={stamp},v1={signed}"}
        return await self.client.post(f"{AT}/checkouts/stripe", content=text, headers=headers)

    async def trial(self) -> TrialRow:
        async with self.world.desk.readers() as session:
            return (await session.scalars(select(TrialRow))).one()

    async def count(self, table: Any) -> int:
        async with self.world.desk.readers() as session:
            return len(list(await session.scalars(select(table))))


@asynccontextmanager
async def a_line(world: World) -> AsyncIterator[Line]:
    happened: list[Happening] = []

    async def on_change(session: AsyncSession, happening: Happening) -> None:
        assert session.in_transaction()
        happened.append(happening)

    conversation = await a_conversation(world)
    told = Told(lambda site: keys_of(f"{SECRET} {OLD_SECRET}", site, "X"), (STRIPE,), on_change)
    app = Litestar(list(api_routes(replace(deps(world), told=told))), openapi_config=None)
    async with world.desk.writers() as session:
        session.add(
            TrialRow(
                id="trial-1", site=SITE, conversation=conversation, email_key="k", email="[email_1]", plan="Business",
                days=14, state="verified", mails=1, mailed_at=NOW, created_at=NOW, verified_at=NOW,
                ends_at=NOW + timedelta(days=14), provision="pending", provisions=0, external_id="t-7", login_url="",
            )
        )  # fmt: skip
        await session.commit()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=cast("Any", app)), base_url="http://api.test"
    ) as client:
        yield Line(world, client, conversation, happened)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    world = await build(tmp_path, accounts=False)
    async with a_line(world) as made:
        yield made
    await world.close()


async def test_ready_is_kept_and_mailed_once(line: Line) -> None:
    first = await line.tell("trial.ready", login_url="https://app.fernway.example/in")
    again = await line.tell("trial.ready", login_url="https://app.fernway.example/in")

    assert (first.status_code, first.json()["result"]) == (200, "changed")
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")
    row = await line.trial()
    assert (row.provision, row.login_url) == ("ready", "https://app.fernway.example/in")
    assert await line.count(EffectRow) == 1
    assert [each.step for each in line.happened if isinstance(each, TrialChanged)] == ["ready"]


async def test_a_life_of_a_trial_is_told_step_by_step_and_by_the_products_own_name(line: Line) -> None:
    for number, kind in enumerate(("trial.activated", "trial.converted", "trial.expired")):
        answer = await line.tell(kind, message=f"msg-{number}", trial="", external_id="t-7")
        assert answer.status_code == 200

    row = await line.trial()
    assert row.activated_at == row.converted_at == NOW
    assert row.expired_at is None, "who has bought is no loss"
    assert [each.step for each in line.happened if isinstance(each, TrialChanged)] == [
        "activated",
        "converted",
    ]


async def test_expired_ends_the_days(line: Line) -> None:
    await line.tell("trial.expired")

    row = await line.trial()
    assert (row.expired_at, row.ends_at) == (NOW, NOW)


async def test_the_same_event_under_another_id_changes_nothing(line: Line) -> None:
    await line.tell("trial.activated", message="msg-1")

    again = await line.tell("trial.activated", message="msg-2")

    assert again.json()["result"] == "unchanged"
    assert len(line.happened) == 1


async def test_either_secret_opens_while_they_are_rotated(line: Line) -> None:
    assert (await line.tell("trial.activated", secret=OLD_SECRET)).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "whsec_" + "A" * 44}, "bad_signature"),
        ({"age": timedelta(minutes=6)}, "signature_old"),
        ({"age": timedelta(minutes=-6)}, "signature_old"),
        ({"body": '{"type": "trial.converted"}'}, "bad_signature"),
    ],
)
async def test_what_is_not_signed_right_and_now_is_refused(
    line: Line, change: dict[str, Any], code: str
) -> None:
    answer = await line.tell("trial.converted", **change)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert (await line.trial()).converted_at is None
    assert line.happened == []


@pytest.mark.parametrize(
    "headers", [{}, {"webhook-id": "x", "webhook-timestamp": "soon", "webhook-signature": "v1"}]
)
async def test_headers_that_are_missing_or_nonsense_are_refused(line: Line, headers: dict[str, str]) -> None:
    answer = await line.client.post(f"{AT}/activations", content=b"{}", headers=headers)

    assert answer.status_code == 401


async def test_an_unknown_trial_is_said_with_what_to_send(line: Line) -> None:
    answer = await line.tell("trial.converted", trial="trial-2")
    retried = await line.tell("trial.converted", trial="trial-1")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_trial")
    assert "data.trial" in answer.json()["detail"]
    assert retried.json()["result"] == "changed", "a refused webhook may come again under its id"


@pytest.mark.parametrize("kind", ["trial.requested", "trial.exploded"])
async def test_our_own_words_sent_back_are_no_news(line: Line, kind: str) -> None:
    answer = await line.tell(kind)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "type")


async def test_a_login_link_that_is_no_web_address_is_refused(line: Line) -> None:
    answer = await line.tell("trial.ready", login_url="javascript:alert(1)")

    assert answer.status_code == 422
    assert (await line.trial()).login_url == ""


async def test_a_failure_after_the_change_leaves_nothing_behind(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the power is out")

    monkeypatch.setattr("server.actions.activations.apply", breaks)
    answer = await line.tell("trial.converted")
    monkeypatch.undo()

    assert answer.status_code == 500
    assert await line.count(WebhookRow) == 0
    assert (await line.tell("trial.converted")).json()["result"] == "changed"


async def a_saved_cart(line: Line) -> str:
    async with line.world.desk.writers() as session:
        quote = price(CATALOGUE, [("team", 5)], "year")
        saved = await cart.save(session, SITE, line.conversation, quote, key="k", now=NOW, id="cart-1")
        await session.commit()
    return saved.id


async def test_a_paid_cart_is_an_order_once(line: Line) -> None:
    cart_id = await a_saved_cart(line)

    results = [
        (await line.pay(cart_id)).json()["result"],
        (await line.pay(cart_id)).json()["result"],
        (await line.pay(cart_id, event="evt-2", kind="checkout.session.async_payment_succeeded")).json()[
            "result"
        ],
    ]

    assert results == ["ordered", "unchanged", "unchanged"]
    async with line.world.desk.readers() as session:
        row = (await session.scalars(select(CartRow))).one()
    assert (row.state, row.paid_at, row.payment) == ("ordered", NOW, "cs_1")
    assert [type(each) for each in line.happened] == [CartOrdered]


async def test_a_cart_that_is_paid_twice_is_a_task_for_a_person(line: Line) -> None:
    cart_id = await a_saved_cart(line)
    await line.pay(cart_id)

    again = [await line.pay(cart_id, event=event, payment="cs_2") for event in ("evt-2", "evt-3")]

    assert [answer.json()["result"] for answer in again] == ["unchanged", "unchanged"]
    async with line.world.desk.readers() as session:
        row = (await session.scalars(select(CartRow))).one()
        task = (await session.scalars(select(HandoffRow))).one()
    assert row.payment == "cs_1"
    assert (task.state, task.reason) == ("nobody", "The cart was paid twice")
    assert "cs_1" in task.summary
    assert "cs_2" in task.summary
    assert [type(each) for each in line.happened] == [CartOrdered]


async def test_the_payment_of_a_cart_that_was_ordered_before_is_told(line: Line) -> None:
    cart_id = await a_saved_cart(line)
    async with line.world.desk.writers() as session:
        await cart.order(session, SITE, cart_id, now=NOW)
        await session.commit()

    answer = await line.pay(cart_id)

    assert answer.json()["result"] == "unchanged"
    (told,) = line.happened
    assert isinstance(told, CartOrdered)
    assert told.order.paid_at == NOW


@pytest.mark.parametrize(
    "change",
    [{"status": "unpaid"}, {"kind": "invoice.paid"}, {"site": "other"}, {"kind": "checkout.session.expired"}],
)
async def test_what_is_no_paid_cart_of_ours_is_taken_and_ignored(line: Line, change: dict[str, str]) -> None:
    answer = await line.pay(await a_saved_cart(line), **change)  # type: ignore[arg-type]  # each is a keyword of it

    assert (answer.status_code, answer.json()["result"]) == (200, "ignored")
    assert line.happened == []


@pytest.mark.parametrize("change", [{"secret": "other"}, {"age": timedelta(minutes=6)}])
async def test_an_event_that_stripe_did_not_sign_just_now_is_refused(
    line: Line, change: dict[str, Any]
) -> None:
    answer = await line.pay(await a_saved_cart(line), **change)

    assert answer.status_code == 401
    assert line.happened == []
