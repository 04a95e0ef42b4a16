"""What every way to pay must do: lead on, say nothing of the visitor, and begin a cart once. Stripe is localstripe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from server.actions.catalogue import AddOn, Catalogue, Discount, Plan, StripePrices
from server.actions.checkouts import stripe_events
from server.actions.checkouts.page import PageCheckout
from server.actions.checkouts.ports import Checkout, CheckoutAway
from server.actions.checkouts.stripe import StripeCheckout, session_form, smallest
from server.actions.checkouts.template import TemplateCheckout
from server.actions.goods import SavedCart
from server.actions.links import Links
from server.actions.pricing import price
from server.actions.signing import BadSignature
from tests.support.stripe_server import KEY, a_stripe, ask

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
LINKS = Links("a secret of this test", "https://desk.example")
SHOP = (
    "https://shop.example/buy?plan={plan}&seats={seats}&period={period}&ref={ref}&with={addons}&code={code}"
)
CATALOGUE = Catalogue(
    currency="EUR",
    plans=(
        Plan(key="team", name="Team & Crew", monthly=Decimal("15.50"), yearly=Decimal("12.25")),
        Plan(
            key="business", name="Business", monthly=Decimal(29), yearly=Decimal(24),
            stripe=StripePrices(month="price_m", year="price_y"),
        ),
    ),
    addons=(AddOn(key="storage", name="Storage", monthly=Decimal(5), yearly=Decimal(4)),),
    discounts=(Discount(code="SPRING", percent=10, stripe_coupon="spring-10"),),
)  # fmt: skip


def a_cart(plan: str = "team", *, cart_id: str = "cart/1 &+", addons: tuple[str, ...] = ()) -> SavedCart:
    cart = price(CATALOGUE, [(plan, 12)], "year", addons=addons)
    return SavedCart(cart_id, "demo", "c-1", cart, "open", "[email_1]", None)


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    with a_stripe() as url:
        yield url


@pytest.fixture(params=["page", "template", "stripe"])
def checkout(request: pytest.FixtureRequest, stripe_url: str) -> Checkout:
    ways: dict[str, Checkout] = {
        "page": PageCheckout(LINKS),
        "template": TemplateCheckout(SHOP),
        "stripe": StripeCheckout(KEY, LINKS, lambda: CATALOGUE, stripe_url),
    }
    return ways[request.param]


def test_its_link_is_an_address_that_says_nothing_of_the_visitor(checkout: Checkout) -> None:
    link = checkout.link(a_cart(), now=NOW)

    assert urlsplit(link).scheme == "https"
    assert "email" not in link
    assert "c-1" not in link
    assert link.isascii()


async def test_begun_twice_it_is_one_payment(checkout: Checkout) -> None:
    saved = a_cart()

    first = await checkout.begin(saved, now=NOW)
    again = await checkout.begin(replace(saved, payment=first.id if first else ""), now=NOW)
    lost = await checkout.begin(saved, now=NOW)

    assert first == again == lost


async def test_two_carts_are_two_payments(checkout: Checkout) -> None:
    first = await checkout.begin(a_cart(cart_id="cart-a"), now=NOW)
    other = await checkout.begin(a_cart(cart_id="cart-b"), now=NOW)

    assert first is None or first != other


def test_a_shop_of_ones_own_gets_every_value_escaped() -> None:
    saved = a_cart(addons=("storage",))

    query = parse_qs(urlsplit(TemplateCheckout(SHOP).link(saved, now=NOW)).query, keep_blank_values=True)

    assert query == {
        "plan": ["team"], "seats": ["12"], "period": ["year"], "ref": ["cart/1 &+"], "with": ["storage"], "code": [""],
    }  # fmt: skip


async def test_stripe_is_told_the_amount_to_the_cent_and_which_cart_it_is(stripe_url: str) -> None:
    saved = a_cart(cart_id="cart-c", addons=("storage",))
    begun = await StripeCheckout(KEY, LINKS, lambda: CATALOGUE, stripe_url).begin(saved, now=NOW)
    assert begun is not None

    session = ask(f"{stripe_url}/v1/checkout/sessions/{begun.id}", key=KEY)

    assert session["amount_total"] == int(saved.cart.total * 100)
    assert session["currency"] == "eur"
    assert (session["client_reference_id"], session["metadata"]["site"]) == ("cart-c", "demo")
    assert session["success_url"].startswith("https://desk.example/cart/")
    assert begun.url == session["url"]


async def test_a_session_that_ran_out_gives_way_to_another(stripe_url: str) -> None:
    checkout = StripeCheckout(KEY, LINKS, lambda: CATALOGUE, stripe_url)
    first = await checkout.begin(a_cart(cart_id="cart-d"), now=NOW)
    assert first is not None
    ask(f"{stripe_url}/_config/sessions/{first.id}/expire", b"x=1")

    second = await checkout.begin(replace(a_cart(cart_id="cart-d"), payment=first.id), now=NOW)

    assert second is not None
    assert second.id != first.id


async def test_what_was_paid_a_moment_ago_is_not_paid_again() -> None:
    """Stripe's page of a session that is complete is gone, and its webhook may still be on its way."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json={"id": "cs_1", "status": "complete", "url": None})

    transport = httpx.MockTransport(answer)
    checkout = StripeCheckout(KEY, LINKS, lambda: CATALOGUE, "https://stripe.example", transport)

    begun = await checkout.begin(replace(a_cart(), payment="cs_1"), now=NOW)

    assert begun is not None
    assert (begun.id, asked) == ("cs_1", ["GET"])
    assert begun.url == f"{LINKS.checkout(a_cart(), now=NOW)}?paid=1"


@pytest.mark.parametrize("key", ["", "pk_wrong"])
async def test_without_a_good_key_the_visitor_is_told_to_try_later(stripe_url: str, key: str) -> None:
    with pytest.raises(CheckoutAway) as away:
        await StripeCheckout(key or "none", LINKS, lambda: CATALOGUE, stripe_url).begin(a_cart(), now=NOW)

    assert away.value.code == "checkout_away"


async def test_a_stripe_that_is_down_is_no_crash() -> None:
    with pytest.raises(CheckoutAway):
        await StripeCheckout(KEY, LINKS, lambda: CATALOGUE, "http://127.0.0.1:9").begin(a_cart(), now=NOW)


def test_prices_that_stand_at_stripe_are_named_while_they_are_the_ones_that_were_quoted() -> None:
    saved = a_cart("business")
    dearer = CATALOGUE.plans[1].model_copy(update={"yearly": Decimal(26)})
    changed = CATALOGUE.model_copy(update={"plans": (CATALOGUE.plans[0], dearer)})

    now = dict(session_form(saved, CATALOGUE, "https://desk.example"))
    later = dict(session_form(saved, changed, "https://desk.example"))

    assert now["line_items[0][price]"] == "price_y"
    assert later["line_items[0][price_data][unit_amount]"] == "28800"


def test_a_discount_is_stripes_own() -> None:
    cart = price(CATALOGUE, [("team", 12)], "year", code="spring")
    saved = SavedCart("c", "demo", "c-1", cart, "open", None, None)

    assert dict(session_form(saved, CATALOGUE, "https://desk.example"))["discounts[0][coupon]"] == "spring-10"


@pytest.mark.parametrize(
    ("amount", "currency", "counted"),
    [("12.25", "EUR", 1225), ("1200.00", "JPY", 1200), ("1.50", "KWD", 1500), ("0", "EUR", 0)],
)
def test_amounts_are_counted_in_the_currencys_smallest_unit(amount: str, currency: str, counted: int) -> None:
    assert smallest(Decimal(amount), currency) == counted


async def test_what_localstripe_signs_when_somebody_pays_is_read_as_paid(stripe_url: str) -> None:
    came: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            came.append((self.headers["stripe-signature"], content))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    begun = await StripeCheckout(KEY, LINKS, lambda: CATALOGUE, stripe_url).begin(
        a_cart(cart_id="cart-e"), now=NOW
    )
    assert begun is not None
    ask(
        f"{stripe_url}/_config/webhooks/ours",
        urlencode({"url": f"http://127.0.0.1:{server.server_port}", "secret": "shh"}).encode(),
    )

    ask(f"{stripe_url}/_config/sessions/{begun.id}/pay", b"x=1")

    thread.join(10)
    server.server_close()
    signature, body = came[0]
    paid = stripe_events.read(body, signature, ["old", "shh"], site="demo", now=datetime.now(UTC))
    assert (paid.cart, paid.payment) == ("cart-e", begun.id)
    with pytest.raises(BadSignature):
        stripe_events.read(body, signature, ["other"], site="demo", now=datetime.now(UTC))
