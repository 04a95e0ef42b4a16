"""What visitors see of a trial being set up and of a cart on its way to being paid, in pages without a script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import cart, trial
from server.actions.checkouts.ports import CheckoutAway, Payment
from server.actions.goods import Provisioning, SavedCart, TrialRequest, TrialTerms
from server.actions.pricing import price
from server.actions.provisioning import ProductAnswer
from server.actions.tables import TrialRow
from server.actions.values import Happening
from server.pages.desk import PageDesk
from server.pages.routes import page_routes
from tests.support.actions_world import CATALOGUE, World, a_world, new_id


@dataclass
class FarAway:
    """A way to pay at another site, or one that is down."""

    begun: list[str] = field(default_factory=list)
    is_down: bool = False
    kind: Literal["stripe"] = "stripe"

    def link(self, saved: SavedCart, *, now: datetime) -> str:
        assert now.tzinfo
        return f"https://pay.example/{saved.id}"

    async def begin(self, saved: SavedCart, *, now: datetime) -> Payment | None:
        assert now.tzinfo
        if self.is_down:
            raise CheckoutAway("checkout_away", code="checkout_away", status=503)
        self.begun.append(saved.id)
        return Payment("https://pay.example/session", "cs_1")


@dataclass
class Site:
    world: World
    browser: AsyncTestClient[Litestar]
    pay: FarAway


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async def nothing(_session: AsyncSession, _happening: Happening) -> None:
        """No CRM here."""

    async def after(_session: AsyncSession) -> None:
        """Nothing is started."""

    async with a_world(tmp_path) as world:
        world.desk = replace(world.desk, provisioning=Provisioning("https://app.fernway.example/hooks"))
        pay = FarAway()
        desk = PageDesk(
            world.sessions, world.links, lambda _site: world.desk, world.clock, nothing, after,
            checkout_of=lambda _site: pay,
        )  # fmt: skip
        async with AsyncTestClient(Litestar(list(page_routes(desk)))) as browser:
            yield Site(world, browser, pay)


async def a_trial(site: Site) -> tuple[str, str]:
    """Its id and the path of the link that was mailed."""
    world = site.world
    async with world.sessions.begin() as session:
        wish = TrialRequest("demo", "c-1", "visitor@lifts.example")
        made = await trial.start(
            session, wish, TrialTerms("Business"), secret="s", now=world.clock(), id=new_id()
        )
    await world.run_all()
    link = re.search(r"https://desk\.example(\S+)", (await world.mails())[0].text)
    assert link is not None
    return made.trial.id, link[1]


async def test_a_confirmed_trial_shows_how_far_it_is_until_it_can_be_opened(site: Site) -> None:
    trial_id, path = await a_trial(site)

    waiting = await site.browser.post(path)
    async with site.world.sessions.begin() as session:
        answer = ProductAnswer(status="ready", login_url="https://app.fernway.example/in")
        await trial.answered(session, "demo", trial_id, answer, now=site.world.clock())
    ready = await site.browser.get(path)

    assert "being set up" in waiting.text
    assert waiting.headers["refresh"] == "5"
    assert "<script" not in waiting.text
    assert 'href="https://app.fernway.example/in"' in ready.text
    assert "refresh" not in ready.headers


async def test_a_page_that_waits_long_looks_less_often_and_a_failure_is_said(site: Site) -> None:
    trial_id, path = await a_trial(site)
    await site.browser.post(path)
    site.world.clock.passes(timedelta(minutes=10))

    later = await site.browser.get(path)
    async with site.world.sessions.begin() as session:
        await session.execute(update(TrialRow).where(TrialRow.id == trial_id).values(provision="failed"))
    failed = await site.browser.get(path)

    assert later.headers["refresh"] == "60"
    assert "Our team has been told" in failed.text
    assert "refresh" not in failed.headers


async def a_cart(site: Site) -> tuple[SavedCart, str]:
    async with site.world.sessions.begin() as session:
        quote = price(CATALOGUE, [("team", 5)], "year")
        saved = await cart.save(session, "demo", "c-1", quote, key="k", now=site.world.clock(), id=new_id())
    return saved, site.world.links.checkout(saved, now=site.world.clock()).removeprefix(
        "https://desk.example"
    )


async def test_paying_elsewhere_leads_on_by_a_page_and_waits_for_the_news(site: Site) -> None:
    saved, path = await a_cart(site)

    shown = await site.browser.get(path)
    going = await site.browser.post(path, data={"revision": "1"})
    back = await site.browser.get(f"{path}?paid=1")

    assert "Go on to payment" in shown.text
    assert going.headers["refresh"] == "0; url=https://pay.example/session"
    assert 'href="https://pay.example/session"' in going.text
    assert back.headers["refresh"] == "4"
    assert "being confirmed" in back.text
    async with site.world.sessions() as session:
        kept = await cart.load(session, "demo", saved.id)
    assert (kept.state, kept.payment) == ("open", "cs_1")


async def test_what_is_being_paid_does_not_change(site: Site) -> None:
    saved, path = await a_cart(site)
    await site.browser.post(path, data={"revision": "1"})

    async with site.world.sessions.begin() as session:
        changed = await cart.change(session, "demo", saved.id, price(CATALOGUE, [("team", 9)], "year"))

    assert changed is None


async def test_a_cart_that_changed_since_the_page_was_opened_is_shown_again(site: Site) -> None:
    saved, path = await a_cart(site)
    async with site.world.sessions.begin() as session:
        changed = await cart.change(session, "demo", saved.id, price(CATALOGUE, [("team", 9)], "year"))
    assert changed is not None

    answer = await site.browser.post(path, data={"revision": "1"})

    assert (answer.status_code, changed.revision) == (409, 2)
    assert "has changed since you opened" in answer.text
    assert "1,296 EUR" in answer.text
    assert site.pay.begun == []


async def test_a_provider_that_is_away_is_said_and_the_cart_kept(site: Site) -> None:
    saved, path = await a_cart(site)
    site.pay.is_down = True

    answer = await site.browser.post(path)

    assert answer.status_code == 503
    assert "Your cart is kept" in answer.text
    async with site.world.sessions() as session:
        assert (await cart.load(session, "demo", saved.id)).state == "open"
