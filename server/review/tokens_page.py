"""The API tokens of a site: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from server.errors import FrontdeskError
from server.review.deps import Seat
from server.review.knowledge_desk import AnyRequest, Problems, knowledge_page
from server.review.pages import go
from server.review.roles import Role, needs
from server.store import tokens as kept
from server.store.deeds import note_deed

LASTS = (("90", "90 days"), ("365", "A year"), ("", "Until it is revoked"))


@get("/knowledge/tokens", opt=needs(Role.MANAGER))
async def tokens(request: Request[Any, Any, Any], seat: NamedDependency[Seat]) -> Response[Any]:
    """All of the site, by name."""
    return await _page(request, seat)


@post("/knowledge/tokens", opt=needs(Role.MANAGER), status_code=200)
async def make(request: Request[Any, Any, Any], seat: NamedDependency[Seat]) -> Response[Any]:
    """A new token; this answer is the only place where it ever stands."""
    form = await request.form()
    name, scopes = str(form.get("name", "")), [str(scope) for scope in form.getall("scope", [])]
    days = str(form.get("days", ""))
    expires = seat.now + timedelta(days=int(days)) if days in {"90", "365"} else None
    try:
        async with seat.desk.writers() as session:
            secret = await kept.issue(
                session,
                seat.site,
                name=name,
                scopes=scopes,
                by=seat.person.login,
                now=seat.now,
                expires=expires,
            )
            await note_deed(
                session, seat.site, by=seat.person.login, act="token_made", thing=name, now=seat.now
            )
            await session.commit()
    except FrontdeskError as error:
        field = "scope" if error.code == "bad_scope" else "name"
        words = error.message[:1].upper() + error.message[1:] + "."
        return await _page(
            request, seat, problems=Problems({field: words}), name=name, scopes=scopes, status=422
        )
    return await _page(request, seat, secret=secret, name=name)


@post("/knowledge/tokens/revoke", opt=needs(Role.MANAGER), status_code=303)
async def revoke(request: Request[Any, Any, Any], seat: NamedDependency[Seat]) -> Response[Any]:
    """End a token."""
    name = str((await request.form()).get("name", ""))
    async with seat.desk.writers() as session:
        await kept.revoke(session, seat.site, name)
        await note_deed(
            session, seat.site, by=seat.person.login, act="token_revoked", thing=name, now=seat.now
        )
        await session.commit()
    return go(f"{seat.url}/knowledge/tokens?done=revoked")


async def _page(
    request: AnyRequest,
    seat: Seat,
    *,
    problems: Problems | None = None,
    name: str = "",
    scopes: list[str] | None = None,
    secret: str = "",
    status: int = 200,
) -> Response[Any]:
    async with seat.desk.readers() as session:
        found = await kept.tokens(session, seat.site)
    return await knowledge_page(
        request, seat, "tokens.html", "tokens", status=status, tokens=found, scopes=kept.SCOPES,
        lasts=LASTS, problems=problems or Problems(), name=name, chosen=scopes or list(kept.SCOPES), secret=secret,
    )  # fmt: skip
