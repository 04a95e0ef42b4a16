"""`/v1/help/{site}`: the help panel's HTTP API. The contract stands in docs/help-panel.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel, ValidationError

from server.chat.limits import Limiter
from server.desk import Desk
from server.errors import FrontdeskError
from server.help import articles, guides, history, votes
from server.help.bodies import Home, MemberInfo, StepBody, VoteBody
from server.help.readers import AnyRequest, Reader, reader_of
from server.members.values import face_of

Body = TypeVar("Body", bound=BaseModel)
HEADERS = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
_MAX_BODY = 16_384
READS_A_MINUTE = 240
WRITES_A_MINUTE = 30
_BY_ADDRESS = 10
"""How many busy readers one network address may hold."""


@dataclass(frozen=True, slots=True)
class HelpDoor:
    """What every call passes."""

    desk: Desk
    may_embed: Callable[[str, str | None], bool]
    reads: Limiter
    writes: Limiter
    addresses: Limiter

    @classmethod
    def of(cls, desk: Desk, may_embed: Callable[[str, str | None], bool]) -> HelpDoor:
        """With the usual limits."""
        by_address = Limiter(READS_A_MINUTE * _BY_ADDRESS)
        return cls(desk, may_embed, Limiter(READS_A_MINUTE), Limiter(WRITES_A_MINUTE), by_address)

    async def reader(self, request: AnyRequest, site: str, *, writes: bool = False) -> Reader:
        """Who asks, once it is clear that they may ask now and from where they ask."""
        address = self.may_read(request)
        reader = await reader_of(self.desk, request, site)
        if not self.may_embed(site, request.headers.get("origin")):
            raise FrontdeskError(
                "This page may not hold the widget of that site.", code="origin_refused", status=403
            )
        self._within(self.writes if writes else self.reads, reader.who or address)
        return reader

    def may_read(self, request: AnyRequest) -> str:
        """The caller's address, once it is clear that it may call now."""
        address = request.client.host if request.client else "unknown"
        self._within(self.addresses, address)
        return address

    @staticmethod
    def _within(limiter: Limiter, who: str) -> None:
        wait_s = limiter.wait_s(who, time.monotonic())
        if wait_s > 0:
            message = f"That was a lot at once; try again in {max(1, round(wait_s))} s."
            raise FrontdeskError(message, code="too_fast", status=429)


def help_routes(door: HelpDoor) -> Sequence[ControllerRouterHandler]:
    """The API's routes, to be mounted at the root of the application."""
    return [
        Router(
            path="/v1/help/{site:str}",
            route_handlers=[*_reading(door), *_followed(door), *_writing(door)],
            exception_handlers={FrontdeskError: _refused},
            include_in_schema=False,
            request_max_body_size=_MAX_BODY,
        )
    ]


def _reading(door: HelpDoor) -> Sequence[ControllerRouterHandler]:
    desk = door.desk

    @get("/home")
    async def home(request: Request[Any, Any, Any], site: FromPath[str]) -> Response[Any]:
        """What the panel opens with."""
        reader = await door.reader(request, site)
        cards = articles.visible(desk, reader)
        page = request.query_params.get("page", "")[:300]
        async with desk.readers() as session:
            announcements, steps = await guides.told(desk, session, reader)
        face = face_of(reader.member, reader.now)
        return _said(
            Home(
                member=MemberInfo(name=face[0], plan=face[1]) if face else None,
                featured=await articles.featured(desk, reader, cards, page),
                groups=articles.groups(cards, articles.rules_of(desk, reader)),
                announcements=announcements,
                guides=steps,
            )
        )

    @get("/search")
    async def search(request: Request[Any, Any, Any], site: FromPath[str]) -> Response[Any]:
        """Articles for what was typed so far."""
        reader = await door.reader(request, site)
        asked = request.query_params
        paused = asked.get("paused", "") in {"1", "true"}
        return _said(await articles.search(desk, reader, asked.get("q", ""), paused=paused))

    @get("/articles")
    async def article_at(request: Request[Any, Any, Any], site: FromPath[str]) -> Response[Any]:
        """The article that a citation's address leads to."""
        reader = await door.reader(request, site)
        there = articles.at_address(desk, reader, request.query_params.get("url", "")[:2_048])
        return _said(await articles.read(desk, reader, there, await votes.vote_of(desk, reader, there)))

    @get("/articles/{article:str}")
    async def article(
        request: Request[Any, Any, Any], site: FromPath[str], article: FromPath[str]
    ) -> Response[Any]:
        """One article as blocks."""
        reader = await door.reader(request, site)
        articles.card_of(desk, reader, article)
        return _said(await articles.read(desk, reader, article, await votes.vote_of(desk, reader, article)))

    return home, search, article_at, article


def _followed(door: HelpDoor) -> Sequence[ControllerRouterHandler]:
    desk = door.desk

    @get("/guides/{key:str}")
    async def guide(
        request: Request[Any, Any, Any], site: FromPath[str], key: FromPath[str]
    ) -> Response[Any]:
        """A guide with its steps."""
        reader = await door.reader(request, site)
        return _said(await guides.guide(desk, reader, key))

    @get("/conversations")
    async def conversations(request: Request[Any, Any, Any], site: FromPath[str]) -> Response[Any]:
        """A member's conversations."""
        reader = await door.reader(request, site)
        return _said(await history.history(desk, reader))

    return guide, conversations


def _writing(door: HelpDoor) -> Sequence[ControllerRouterHandler]:
    desk = door.desk

    @post("/articles/{article:str}/vote", status_code=200)
    async def vote(
        request: Request[Any, Any, Any], site: FromPath[str], article: FromPath[str]
    ) -> Response[Any]:
        """Was this helpful."""
        reader = await door.reader(request, site, writes=True)
        return _said(await votes.vote(desk, reader, article, await _taken(request, VoteBody)))

    @post("/guides/{key:str}/steps/{step:str}", status_code=200)
    async def tick(
        request: Request[Any, Any, Any], site: FromPath[str], key: FromPath[str], step: FromPath[str]
    ) -> Response[Any]:
        """A step is done, or after all not."""
        reader = await door.reader(request, site, writes=True)
        body = await _taken(request, StepBody)
        return _said(await guides.tick(desk, reader, key, step, done=body.done))

    @post("/announcements/{key:str}/seen", status_code=200)
    async def seen(request: Request[Any, Any, Any], site: FromPath[str], key: FromPath[str]) -> Response[Any]:
        """An announcement was read."""
        reader = await door.reader(request, site, writes=True)
        return _said(await guides.see(desk, reader, key))

    return vote, tick, seen


def _said(body: BaseModel) -> Response[Any]:
    return Response(body.model_dump(mode="json"), headers=HEADERS)


def _refused(_request: Request[Any, Any, Any], error: FrontdeskError) -> Response[Any]:
    return Response({"code": error.code, "message": str(error)}, status_code=error.status, headers=HEADERS)


async def _taken(request: AnyRequest, model: type[Body]) -> Body:
    try:
        return model.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise FrontdeskError(
            f"{where} can not be used: {first['msg']}.", code="bad_body", status=422
        ) from error
