"""Our webhooks against the text of the specification, where a copy of it is at hand, and our documented receiver."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from crm_sync.errors import ProviderDenied
from crm_sync.providers.webhook import PAUSES_S, WebhookCrm
from crm_sync.values import Effect, Order
from tests.support.crm_webhook import SECRET

DOCS = Path(__file__).parents[2] / "docs" / "crm-providers.md"
KEY, OTHER = "a" * 64, "whsec_" + "T2xkIHNlY3JldCwgYmVpbmcgcmVwbGFjZWQgdG9kYXkh"
_UNITS = {"second": 1, "minute": 60, "hour": 3_600}


def an_order(key: str = KEY) -> Order:
    document: dict[str, Any] = {"idempotency_key": key, "fields": [], "activity": None}
    now = datetime.now(UTC)
    return Order("demo", "contact.qualified", "talk", "conversation", "talk", (), None, document, now)


# -- the specification ---------------------------------------------------------------------------------------


@pytest.fixture
def specification() -> str:
    folder = os.environ.get("FRONTDESK_SPECS", "")
    file = Path(folder) / "standard-webhooks" / "standard-webhooks.md"
    if not folder or not file.is_file():
        pytest.skip("no copy of the specification: name its folder in FRONTDESK_SPECS")
    return file.read_text(encoding="utf-8")


def test_the_schedule_is_the_published_one(specification: str) -> None:
    rows = re.findall(r"^\| (\d+) (second|minute|hour)s? +\| [\d:]+ +\|$", specification, re.MULTILINE)

    assert tuple(float(count) * _UNITS[unit] for count, unit in rows) == PAUSES_S


async def test_a_message_has_the_published_headers_and_body(specification: str) -> None:
    sent: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    await WebhookCrm("http://crm.test/", [SECRET], transport=httpx.MockTransport(keep)).apply(an_order(), KEY)

    headers = set(re.findall(r"^- `(webhook-[a-z]+)`:", specification, re.MULTILINE))
    example = next(
        json.loads(block)
        for block in re.findall(r"```(?:json)?\n(\{.*?\n\})\n```", specification, re.DOTALL)
        if '"type"' in block
    )
    body = json.loads(sent[0].content)
    assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert headers <= set(sent[0].headers)
    assert set(body) == set(example)
    assert re.fullmatch(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*", body["type"])


# -- the documented receiver ---------------------------------------------------------------------------------


@contextmanager
def _documented(taken: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The example of docs/crm-providers.md, word for word, on a free port; its address."""
    text = DOCS.read_text(encoding="utf-8").partition("A receiver, with")[2]
    source = text.partition("```python\n")[2].partition("```")[0]
    monkeypatch.setenv("SECRET", SECRET)
    names: dict[str, Any] = {"take": lambda kind, data: taken.append((kind, data))}
    exec(compile(source, str(DOCS), "exec"), names)
    monkeypatch.setattr(names["Receiver"], "log_message", lambda *_: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), names["Receiver"])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


async def test_the_documented_receiver_takes_an_update_once_and_its_undo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[tuple[str, Any]] = []
    with _documented(taken, monkeypatch) as url:
        webhook = WebhookCrm(url, [OTHER, SECRET])

        await webhook.apply(an_order(), KEY)
        await webhook.apply(an_order(), KEY)
        undone = await webhook.undo("demo", Effect(reference=KEY), KEY)

    assert undone.outcome == "undone"
    assert [(kind, data["idempotency_key"]) for kind, data in taken] == [
        ("crm.update", KEY),
        ("crm.update.undone", KEY),
    ]


async def test_the_documented_receiver_takes_nothing_by_another_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[tuple[str, Any]] = []
    with _documented(taken, monkeypatch) as url, pytest.raises(ProviderDenied, match="401"):
        await WebhookCrm(url, [OTHER]).apply(an_order(), KEY)

    assert taken == []
