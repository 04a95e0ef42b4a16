"""What Stripe tells of a payment, once its signature shows that it is Stripe that tells it. No I/O."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.actions.signing import TOLERANCE, BadSignature
from server.errors import FrontdeskError

_DONE = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
_PAID = frozenset({"paid", "no_payment_required"})


class BadEvent(FrontdeskError):
    """The body is signed, and yet no event."""

    code = "bad_event"
    status = 422


@dataclass(frozen=True, slots=True)
class Paid:
    """One of our carts is paid. Without a cart the event is none of ours."""

    event: str
    cart: str = ""
    payment: str = ""


class _Session(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str = ""
    client_reference_id: str | None = None
    payment_status: str = ""
    metadata: dict[str, str] | None = Field(default_factory=dict)


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore")

    object: _Session


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=200)
    type: str
    data: _Data


def read(body: bytes, header: str, secrets: Sequence[str], *, site: str, now: datetime) -> Paid:
    """What an event says; raises `BadSignature` or `BadEvent`."""
    _check(body, header, secrets, now)
    try:
        event = _Event.model_validate_json(body)
    except ValidationError as error:
        raise BadEvent(
            "the body is signed and is no event of Stripe; send events as Stripe makes them"
        ) from error
    session = event.data.object
    is_ours = bool(session.client_reference_id) and (session.metadata or {}).get("site") == site
    if event.type not in _DONE or session.payment_status not in _PAID or not is_ours:
        return Paid(event.id)
    return Paid(event.id, str(session.client_reference_id), session.id)


def _check(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    parts = [part.strip().partition("=") for part in header.split(",")[:20]]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    try:
        sent = datetime.fromtimestamp(int(stamps[0]), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        raise BadSignature("send Stripe-Signature, as Stripe signs its webhooks") from None
    if abs(now - sent) > TOLERANCE:
        raise BadSignature("the event was signed more than 5 minutes ago, or ahead", code="signature_old")
    signed = stamps[0].encode() + b"." + body
    right = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(
        hmac.compare_digest(one, other.lower()) for one in right for other in given if other.isascii()
    ):
        raise BadSignature(
            "no signature fits; set the endpoint's signing secret as FRONTDESK_STRIPE_WEBHOOK_SECRET"
        )
