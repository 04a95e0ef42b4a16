"""`/v1/sites/{site}/outcomes`: other systems tell what became of leads, so that the score learns from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from litestar import Request, Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from server.api.access import wants
from server.api.deps import ApiDeps, Caller
from server.api.problems import BadBody, FieldProblem, from_pydantic
from server.errors import NotFound
from server.store import outcomes
from server.store.outcomes import Kind

AnyRequest = Request[Any, Any, Any]
NO_STORE = {"cache-control": "no-store"}
_FIRST_YEAR = 2000
"""What is said to be older is a mistake, and may be no moment in UTC."""


class OutcomeBody(BaseModel):
    """What became of a lead. One of `conversation` and `email` says whose."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    conversation: str = Field(default="", max_length=128)
    """As every CRM update names it."""
    email: str = Field(default="", max_length=254)
    """Of somebody who gave it in a conversation; of several conversations the last one counts."""
    at: AwareDatetime | None = None
    """When it happened; nothing: now."""

    @model_validator(mode="after")
    def _names_one(self) -> OutcomeBody:
        if bool(self.conversation) == bool(self.email):
            raise ValueError("give a conversation or an email, and not both")
        return self


class OutcomeInfo(BaseModel):
    """How it stands."""

    result: Literal["created", "changed", "unchanged"]
    """`changed`: it took the place of its opposite."""
    conversation: str
    kind: Kind
    at: datetime


@post("/outcomes", opt=wants("outcomes:write"), status_code=200)
async def tell_outcome(
    request: AnyRequest,
    site: FromPath[str],
    api: NamedDependency[ApiDeps],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """Keep it; the same body again changes nothing."""
    try:
        body = OutcomeBody.model_validate_json(await request.body())
    except ValidationError as error:
        raise from_pydantic(error) from error
    now = api.clock()
    if body.at is not None and body.at.year < _FIRST_YEAR:
        raise BadBody([FieldProblem(field="at", message=f"is before {_FIRST_YEAR}; say when it happened")])
    if body.at is not None and body.at > now:
        raise BadBody([FieldProblem(field="at", message="is still to come; tell it once it has happened")])
    conversation = body.conversation or await _of_email(api, site, body.email)
    async with api.one_writer(site), api.writers() as session:
        result = await outcomes.mark(
            session, site, conversation, body.kind, by=caller.signature, now=now, at=body.at
        )
        rows = await outcomes.of(session, site, conversation)
        await session.commit()
        at = next(row.at for row in rows if row.kind == body.kind)
    told = OutcomeInfo(result=result, conversation=conversation, kind=body.kind, at=at)
    status = 201 if result == "created" else 200
    return Response(told.model_dump(mode="json"), status_code=status, headers=NO_STORE)


@delete("/outcomes/{conversation:str}/{kind:str}", opt=wants("outcomes:write"), status_code=204)
async def take_back_outcome(
    site: FromPath[str],
    conversation: FromPath[str],
    kind: FromPath[str],
    api: NamedDependency[ApiDeps],
    caller: NamedDependency[Caller],
) -> Response[None]:
    """It was told wrongly."""
    async with api.one_writer(site), api.writers() as session:
        was_there = await outcomes.unmark(
            session, site, conversation, kind, by=caller.signature, now=api.clock()
        )
        await session.commit()
    if not was_there:
        raise NotFound(f"conversation {conversation!r} has no outcome {kind!r}; nothing was taken back")
    return Response(None, status_code=204)


async def _of_email(api: ApiDeps, site: str, email: str) -> str:
    found = await api.vault.holders(api.readers, site, "email", email)
    if not found:
        raise NotFound("nobody gave this e-mail address in a conversation; name the conversation instead")
    return found[0]
