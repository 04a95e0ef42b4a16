"""The guard in front of every API route: a token that counts, for this site, for this deed, not too often."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from server.api.deps import ApiDeps, caller_of
from server.errors import FrontdeskError
from server.store import tokens
from server.store.tables import ApiToken

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


class NoToken(FrontdeskError):
    """The call carries no token, or one that is worth nothing."""

    code = "no_token"
    status = 401


class TokenFallsShort(FrontdeskError):
    """The token is a good one, but not for this."""

    code = "not_allowed"
    status = 403


class TooFast(FrontdeskError):
    """Too many calls at once."""

    code = "too_fast"
    status = 429

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"that were too many calls at once; try again in {self.wait_s} s")


def wants(scope: str) -> dict[str, Any]:
    """The `opt` of a route that a token needs `scope` for; a route without one is refused to everybody."""
    return {"api_scope": scope}


def build_guard(deps: ApiDeps) -> Guard:
    """The guard of all API routes."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        token = await _token(deps, connection)
        caller = caller_of(token)
        site, wanted = connection.path_params["site"], handler.opt.get("api_scope")
        if caller.site != site:
            # The same words whether that site exists or not.
            raise TokenFallsShort(
                f"this token is not for site {site!r}; make one with `frontdesk token create NAME --site {site}`",
                code="other_site",
            )
        if wanted not in caller.scopes:
            raise TokenFallsShort(
                f"token {caller.name!r} may not do this: it has not the scope {wanted!r}; make one that has",
                code="missing_scope",
            )
        if (wait_s := deps.wait_for_token(token.token_hash)) > 0:
            raise TooFast(wait_s)
        connection.scope["state"]["caller"] = caller
        await _note_use(deps, token)

    return guard


async def _token(deps: ApiDeps, connection: ASGIConnection[Any, Any, Any, Any]) -> ApiToken:
    given = _BEARER.fullmatch(connection.headers.get("authorization", "").strip())
    if given is not None:
        async with deps.readers() as session:
            found = await tokens.token_of(session, given.group(1), deps.clock())
        if found is not None:
            return found
    address = connection.client.host if connection.client else "unknown"
    if (wait_s := deps.wait_for_address(address)) > 0:
        raise TooFast(wait_s)
    if given is None:
        raise NoToken("send a token: `Authorization: Bearer fd_…`; `frontdesk token create NAME` makes one")
    raise NoToken("this token is unknown, revoked or expired; make another one", code="bad_token")


async def _note_use(deps: ApiDeps, token: ApiToken) -> None:
    now = deps.clock()
    if not tokens.use_is_due(token, now):
        return
    async with deps.writers() as session:
        await tokens.note_use(session, token, now)
        await session.commit()
