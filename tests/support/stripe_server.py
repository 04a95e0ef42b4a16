"""localstripe with Checkout Sessions, which it lacks: a small stateful part on its own store, routes and webhooks.

Run as a program it is a server of its own: `python -m tests.support.stripe_server --port 8420`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.serving import ROOT, free_port

KEY = "sk_test_frontdesk"


def main() -> None:
    """Add what is missing, then serve as localstripe does."""
    from aiohttp import web
    from localstripe import resources, server
    from localstripe.errors import UserError
    from localstripe.webhooks import _send_webhook

    # What is kept between runs would only be in the way, and the part below can not be pickled.
    resources.store.dump_to_disk = lambda: None
    made: dict[str, Any] = {}
    """Idempotency keys, each with the form it came with and the session it made."""

    class CheckoutSession(resources.StripeObject):  # type: ignore[misc]  # localstripe has no types
        object = "checkout.session"
        _id_prefix = "cs_test_"

        def __init__(self, **form: Any) -> None:
            lines = form.get("line_items") or []
            if form.get("mode") != "subscription" or not lines or not form.get("success_url"):
                raise UserError(400, "mode, line_items and success_url are required")
            super().__init__()
            self.mode, self.status, self.payment_status = "subscription", "open", "unpaid"
            self.client_reference_id = form.get("client_reference_id")
            self.metadata = form.get("metadata") or {}
            self.line_items = lines
            self.success_url, self.cancel_url = form["success_url"], form.get("cancel_url")
            self.amount_total = sum(
                int(line["quantity"]) * int(line.get("price_data", {}).get("unit_amount", 0))
                for line in lines
            )
            currencies = {line["price_data"]["currency"] for line in lines if "price_data" in line}
            self.currency = currencies.pop() if len(currencies) == 1 else "eur"
            self.url = f"https://checkout.stripe.example/c/pay/{self.id}"

    def said(session: Any) -> web.Response:
        answer: web.Response = server.json_response(session._export())
        return answer

    async def create(request: web.Request) -> web.Response:
        form = await server.get_post_data(request) or {}
        key = request.headers.get("idempotency-key", "")
        if key in made:
            if made[key][0] != json.dumps(form, sort_keys=True):
                raise UserError(400, "the same idempotency key came with another form")
            return said(made[key][1])
        session = CheckoutSession(**form)
        if key:
            made[key] = (json.dumps(form, sort_keys=True), session)
        return said(session)

    async def retrieve(request: web.Request) -> web.Response:
        return said(CheckoutSession._api_retrieve(request.match_info["id"]))

    async def settle(request: web.Request) -> web.Response:
        """What a visitor does on Stripe's own page: pay, or let it run out. The event goes out signed."""
        session = CheckoutSession._api_retrieve(request.match_info["id"])
        is_paid = request.match_info["how"] == "pay"
        session.status = "complete" if is_paid else "expired"
        session.payment_status = "paid" if is_paid else "unpaid"
        if not is_paid:
            session.url = None
        event = resources.Event(
            "checkout.session.completed" if is_paid else "checkout.session.expired", session
        )
        await _send_webhook(event)
        return web.Response()

    app = server.app
    app.router.add_post("/v1/checkout/sessions", create)
    app.router.add_get("/v1/checkout/sessions/{id}", retrieve)
    app.router.add_post("/_config/sessions/{id}/{how}", settle)
    server.start()


def ask(url: str, form: bytes = b"", *, key: str = "") -> dict[str, Any]:
    """One call with a key, as a program would make it."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(
        url, data=form or None, headers=headers, method="POST" if form else "GET"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else {}


@contextmanager
def a_stripe() -> Iterator[str]:
    """localstripe in a process of its own; its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.stripe_server", "--port", str(port), "--from-scratch"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while True:
            try:
                ask(f"{url}/v1/plans", key=KEY)
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, "localstripe did not start"
                assert time.monotonic() < until, "localstripe did not answer in time"
                time.sleep(0.05)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


if __name__ == "__main__":
    main()
