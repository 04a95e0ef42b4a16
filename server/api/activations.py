"""`/v1/sites/{site}/activations` and `/checkouts/stripe`: what products and payments tell, shown by their signature."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.actions import activations, cart, handoff
from server.actions.activations import Event
from server.actions.checkouts import stripe_events
from server.actions.errors import BadLink
from server.actions.goods import SavedCart
from server.actions.provisioning import LoginUrl, ProductAnswer
from server.actions.signing import BadSignature
from server.actions.values import CartOrdered, HandoffRequest, Presence, TrialChanged
from server.api.access import TooFast
from server.api.deps import ApiDeps
from server.api.problems import BadBody, FieldProblem, from_pydantic
from server.telemetry import log

AnyRequest = Request[Any, Any, Any]
NO_STORE = {"cache-control": "no-store"}
_PRODUCT, _STRIPE = "product", "stripe"


class ActivationData(BaseModel):
    """Which trial. One of `trial` and `external_id` names it."""

    model_config = ConfigDict(extra="ignore")

    trial: str = Field(default="", max_length=64)
    """As `trial.requested` named it."""
    external_id: str = Field(default="", max_length=200, coerce_numbers_to_str=True)
    """As the product calls it."""
    login_url: LoginUrl = ""
    """Of trial.ready: where one signs in."""
    ends_at: AwareDatetime | None = None
    """Of trial.ready: when it ends, when that is not what was asked for."""

    @model_validator(mode="after")
    def _names_one(self) -> ActivationData:
        if not self.trial and not self.external_id:
            raise ValueError("give `trial` as trial.requested named it, or `external_id`")
        return self


class ActivationBody(BaseModel):
    """What became of a trial, as Standard Webhooks shapes it."""

    model_config = ConfigDict(extra="ignore")

    type: Event
    timestamp: AwareDatetime
    """When it happened."""
    data: ActivationData


class ActivationInfo(BaseModel):
    """How it was taken."""

    result: Literal["changed", "unchanged"]
    """`unchanged`: it was told before, or is older than what is known."""
    trial: str = ""


class PaymentInfo(BaseModel):
    """How it was taken."""

    result: Literal["ordered", "unchanged", "ignored"]
    """`ignored`: none of our carts."""


@post("/activations", status_code=200)
async def tell_activation(
    request: AnyRequest, site: FromPath[str], api: NamedDependency[ApiDeps]
) -> Response[Any]:
    """Trial, outcome and CRM move in one transaction; the same webhook-id again changes nothing."""
    now, content = api.clock(), await request.body()
    keys = api.told.keys_of(site)
    try:
        message = keys.checked(request.headers, content, now=now)
    except BadSignature:
        _slow_down(request, api)
        raise
    body = _read(content, now)
    async with api.one_writer(site), api.writers() as session:
        info = ActivationInfo(result="unchanged", trial=body.data.trial)
        if await activations.is_new(session, site, _PRODUCT, message, now=now):
            trial_id = await activations.find(session, site, body.data.trial, body.data.external_id)
            answer = ProductAnswer(
                login_url=body.data.login_url, external_id=body.data.external_id, ends_at=body.data.ends_at
            )
            moved = await activations.apply(session, site, trial_id, body.type, answer, at=body.timestamp)
            if moved is not None and moved[1].conversation:
                await api.told.on_change(session, TrialChanged(*moved))
            info = ActivationInfo(result="changed" if moved else "unchanged", trial=trial_id)
        await session.commit()
        await api.told.after_commit(session)
    return Response(info.model_dump(mode="json"), headers=NO_STORE)


@post("/checkouts/stripe", status_code=200)
async def tell_payment(
    request: AnyRequest, site: FromPath[str], api: NamedDependency[ApiDeps]
) -> Response[Any]:
    """A paid cart is an order; what is none of ours is taken and ignored, so that Stripe does not repeat it."""
    now, content = api.clock(), await request.body()
    try:
        paid = stripe_events.read(
            content,
            request.headers.get("stripe-signature", ""),
            api.told.stripe_secrets,
            site=site,
            now=now,
        )
    except BadSignature:
        _slow_down(request, api)
        raise
    result: Literal["ordered", "unchanged", "ignored"] = "ignored"
    async with api.one_writer(site), api.writers() as session:
        if paid.cart and not await activations.is_new(session, site, _STRIPE, paid.event, now=now):
            result = "unchanged"
        elif paid.cart:
            result = await _pay(api, session, site, paid, now)
        await session.commit()
        await api.told.after_commit(session)
    return Response(PaymentInfo(result=result).model_dump(mode="json"), headers=NO_STORE)


async def _pay(
    api: ApiDeps, session: AsyncSession, site: str, paid: stripe_events.Paid, now: datetime
) -> Literal["ordered", "unchanged", "ignored"]:
    try:
        saved, paying = await cart.pay(session, site, paid.cart, paid.payment, now=now)
    except BadLink:
        return "ignored"  # deleted with its conversation
    if paying in {"ordered", "paid"} and saved.conversation:
        await api.told.on_change(session, CartOrdered(saved))
    if paying == "twice":
        await _paid_twice(session, saved, paid, now)
    return "ordered" if paying == "ordered" else "unchanged"


async def _paid_twice(
    session: AsyncSession, saved: SavedCart, paid: stripe_events.Paid, now: datetime
) -> None:
    """Somebody's money came in a second time: a person has to give it back, the log has it in any case."""
    log().warning("cart.paid_twice", site=saved.site, cart=saved.id, first=saved.payment, second=paid.payment)
    if not saved.conversation:
        return
    wish = HandoffRequest(
        site=saved.site,
        conversation=saved.conversation,
        reason="The cart was paid twice",
        summary=f"Cart {saved.id} was paid as {saved.payment} and again as {paid.payment}; give one back.",
        email=saved.email,
    )
    nobody_knows = Presence(reps_online=0, open_now=False)
    await handoff.request(session, wish, presence=nobody_knows, now=now, id=str(uuid7()))


def _read(content: bytes, now: datetime) -> ActivationBody:
    try:
        body = ActivationBody.model_validate_json(content)
    except ValidationError as error:
        raise from_pydantic(error) from error
    if body.timestamp > now and (body.timestamp - now).total_seconds() > 300:
        raise BadBody(
            [FieldProblem(field="timestamp", message="is still to come; tell it once it has happened")]
        )
    return body


def _slow_down(request: AnyRequest, api: ApiDeps) -> None:
    """Who can not sign is held up like who has no token."""
    address = request.client.host if request.client else "unknown"
    if (wait_s := api.wait_for_address(address)) > 0:
        raise TooFast(wait_s)
