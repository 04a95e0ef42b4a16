"""Any other CRM, through signed webhooks as Standard Webhooks (standardwebhooks.com, v1) describes them.

From its specification: the headers, several signatures while a secret is replaced, an id without full stops that stays
the same however often a message is sent, the schedule of its example, 2xx as the only success, no redirects, 410 as the
end, `Retry-After`, and a time limit of 15 to 30 s. The address stands in the operator's keys file, which no visitor and
no page can change; the CRM behind it may well be in the operator's own network, so addresses there are not refused.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from crm_sync.documents.canonical import canonical, jsonable
from crm_sync.errors import PolicyInvalid, ProviderBusy, ProviderDenied, ProviderGone, ProviderRefused
from crm_sync.providers.tls import tls
from crm_sync.values import Difference, Effect, Order, UndoResult, token_of

PREFIX = "whsec_"
PAUSES_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Between the ten attempts of the published schedule, which span three days."""
MOST_SENT = 262_144
MOST_READ = 65_536
_SECRET_BYTES = range(24, 65)
_ELSEWHERE = frozenset({401, 403, 404, 405, *range(300, 400)})
"""About the address or the secret: every update would be answered so."""


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature: `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body."""
    return Webhook(secret).sign(message_id, datetime.fromtimestamp(timestamp, UTC), body.decode())


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
        timeout_s: float = 20.0,
    ) -> None:
        if not secrets:
            raise PolicyInvalid("The webhook has no secret; give it at least one `whsec_...`.")
        for secret in secrets:
            _check(secret)
        self._url = url
        # Several while one is being replaced: the receiver accepts any of them.
        self._secrets = tuple(secrets)
        self._transport = transport
        self._clock = clock
        self._timeout_s = timeout_s

    async def apply(self, order: Order, key: str) -> Effect:
        """Send the unsealed update; `webhook-id` is the key."""
        await self._send("crm.update", key, order.occurred_at, jsonable(order.document))
        return Effect(reference=key)

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        """Ask the receiver to take it back; `data.seen` are differences that it may write over, and no others."""
        data: dict[str, Any] = {"site": site, "idempotency_key": key, "reference": effect.reference}
        message_id = f"{key}_undo"
        if seen:
            data["seen"] = jsonable([asdict(difference) for difference in seen])
            # Another question than the one that was answered 409.
            message_id = f"{key}_undo_{token_of(seen)[:16]}"
        answer = await self._send("crm.update.undone", message_id, self._clock(), data, may_differ=True)
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
        self, kind: str, message_id: str, happened: datetime, data: Any, *, may_differ: bool = False
    ) -> httpx.Response:
        body = canonical({"type": kind, "timestamp": happened.isoformat(), "data": data}).encode("ascii")
        if len(body) > MOST_SENT:
            raise ProviderRefused(
                f"The update is {len(body) // 1024} kB; a webhook carries {MOST_SENT // 1024} kB at most."
            )
        now = self._clock()
        stamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "Frontdesk",
            "webhook-id": message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": " ".join(sign(secret, message_id, stamp, body) for secret in self._secrets),
        }
        try:
            answer = await self._posted(body, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ProviderBusy(
                f"The webhook could not be reached: {type(error).__name__}.", pauses_s=PAUSES_S
            ) from error
        if not (answer.is_success or (may_differ and answer.status_code == httpx.codes.CONFLICT)):
            raise _failure(answer, now, data)
        return answer

    async def _posted(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """The answer with as much of its body as we read; the time limit holds for all of it."""
        client = httpx.AsyncClient(
            transport=self._transport, timeout=self._timeout_s, follow_redirects=False, verify=tls()
        )
        async with asyncio.timeout(self._timeout_s), client:
            request = client.build_request("POST", self._url, content=body, headers=headers)
            streamed = await client.send(request, stream=True)
            read = bytearray()
            try:
                async for chunk in streamed.aiter_bytes():
                    read += chunk
                    if len(read) > MOST_READ:
                        break
            finally:
                await streamed.aclose()
        kept = {name: value for name, value in streamed.headers.items() if name == "retry-after"}
        return httpx.Response(
            streamed.status_code, headers=kept, content=bytes(read[:MOST_READ]), request=request
        )


def _failure(answer: httpx.Response, now: datetime, sent: Any) -> ProviderBusy | ProviderRefused:
    code = answer.status_code
    said = f"The webhook answered {code}: {_unnamed(answer.text, sent)[:300]!r}"
    if code == httpx.codes.GONE:
        return ProviderGone(f"{said}. Nothing is sent there any more; put a new address in, then resume.")
    if code in _ELSEWHERE:
        return ProviderDenied(f"{said}. Check its address and its secret; redirects are not followed.")
    if code in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS) or code >= 500:
        pause = _retry_after_s(answer.headers.get("retry-after"), now)
        return ProviderBusy(said, retry_after_s=pause, pauses_s=PAUSES_S)
    return ProviderRefused(said)


def _unnamed(words: str, sent: Any) -> str:
    """The words without values that we sent: what is kept of an error stands outside the vault."""
    told = sent if isinstance(sent, Mapping) else {}
    # The address often stands there alone: the CRM has it, so no field brings it. A custom field may hold a list.
    values = [told.get("target", {}).get("match", {}).get("value")]
    for each in told.get("fields", ()):
        value = each.get("value")
        values += value if isinstance(value, list) else [value]
    for value in sorted({each for each in values if isinstance(each, str)}, key=len, reverse=True):
        if len(value) > 2:
            words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", words, flags=re.IGNORECASE)
    return words


def _check(secret: str) -> None:
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise PolicyInvalid("A webhook secret is not `whsec_` followed by base64; copy it again.") from error
    if len(raw) not in _SECRET_BYTES:
        raise PolicyInvalid("A webhook secret holds 24 to 64 bytes in base64; make a longer one.")


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
