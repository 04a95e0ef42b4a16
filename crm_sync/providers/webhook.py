"""Any other CRM, through signed webhooks as Standard Webhooks (standardwebhooks.com, v1) describes them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from crm_sync.canonical import canonical, jsonable
from crm_sync.errors import PolicyInvalid, ProviderBusy, ProviderRefused
from crm_sync.values import Difference, Effect, Order, UndoResult, token_of

PREFIX = "whsec_"


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature: `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body."""
    content = f"{message_id}.{timestamp}.".encode() + body
    mac = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode("ascii")


class WebhookCrm:
    """Sends every update to one address. The receiver keeps `webhook-id` and answers a repeated one 2xx without doing
    it again; an undo may be answered 409 with `{"differences": [{object, id, field, wrote, found, before}]}`."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        secrets: Sequence[str],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_s: float = 15.0,
    ) -> None:
        if not secrets:
            raise PolicyInvalid(f"The webhook to {url!r} has no secret; give it at least one `whsec_...`.")
        for secret in secrets:
            _key(secret)
        self._url = url
        # Several while one is being replaced: the receiver accepts any of them.
        self._secrets = tuple(secrets)
        self._transport = transport
        self._clock = clock
        self._timeout_s = timeout_s
        self._gone = False

    async def apply(self, order: Order, key: str) -> Effect:
        """Send the unsealed update; `webhook-id` is the key."""
        await self._send("crm.update", key, jsonable(order.document))
        return Effect(reference=key)

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        """Ask the receiver to take it back; `data.seen` are differences that it may write over, and no others."""
        data: dict[str, Any] = {"site": site, "idempotency_key": key, "reference": effect.reference}
        message_id = f"{key}.undo"
        if seen:
            data["seen"] = jsonable([asdict(difference) for difference in seen])
            # Another question than the one that was answered 409.
            message_id = f"{key}.undo.{token_of(seen)[:16]}"
        answer = await self._send("crm.update.undone", message_id, data, may_differ=True)
        if answer.status_code != httpx.codes.CONFLICT:
            return UndoResult("undone")
        try:
            differences = tuple(Difference(**item) for item in answer.json()["differences"])
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderRefused(
                "The webhook answered 409 to an undo without naming the differences."
            ) from error
        return UndoResult("changed_since", differences)

    async def _send(
        self, kind: str, message_id: str, data: Any, *, may_differ: bool = False
    ) -> httpx.Response:
        if self._gone:
            raise ProviderRefused(
                "The webhook's address answered 410 Gone; set a new one, restart, then replay."
            )
        now = self._clock()
        body = canonical({"type": kind, "timestamp": now.isoformat(), "data": data}).encode("ascii")
        stamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": " ".join(sign(secret, message_id, stamp, body) for secret in self._secrets),
        }
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=self._timeout_s) as client:
                answer = await client.post(self._url, content=body, headers=headers)
        except httpx.TransportError as error:
            raise ProviderBusy(f"The webhook could not be reached: {type(error).__name__}.") from error
        if not (answer.is_success or (may_differ and answer.status_code == httpx.codes.CONFLICT)):
            self._refuse(answer, now)
        return answer

    def _refuse(self, answer: httpx.Response, now: datetime) -> None:
        code = answer.status_code
        said = f"The webhook answered {code}: {answer.text[:300]!r}"
        if code in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS) or answer.is_server_error:
            raise ProviderBusy(said, retry_after_s=_retry_after_s(answer.headers.get("retry-after"), now))
        if code == httpx.codes.GONE:
            # The specification: 410 means never call again.
            self._gone = True
        raise ProviderRefused(said)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise PolicyInvalid("A webhook secret is not `whsec_` followed by base64; copy it again.") from error


def _retry_after_s(value: str | None, now: datetime) -> float | None:
    """RFC 9110, 10.2.3: seconds or a date."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
