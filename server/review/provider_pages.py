"""Sign-in at the OpenID Connect provider: there, and back again."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.review.access import BEGUN_COOKIE, cookie, read_cookie
from server.review.deps import ConsoleDeps
from server.review.entrance import address, form, let_in
from server.review.linking import Refusal, admitted
from server.review.pages import HEADERS
from server.review.provider import Provider, ProviderAway, ProviderRefused, Started
from server.review.roles import open_to_all
from server.review.sign_ins import Brake, hashed
from server.store.deeds import EVERY_SITE, note_deed
from server.store.sign_in_tables import StartedSignIn

AnyRequest = Request[Any, Any, Any]
_TAKES_AT_MOST = timedelta(minutes=10)
_FREE_BEGINNINGS = 50
_STALE = "This sign-in was begun in another browser, used already, or took too long. Start again."


@get("/sign-in/provider", opt=open_to_all())
async def leave_for_provider(
    request: AnyRequest, desk: NamedDependency[ConsoleDeps], brake: NamedDependency[Brake]
) -> Response[Any]:
    """To the provider; what has to come back unchanged waits in the database, bound to this browser."""
    provider, wanted = _provider(desk), request.query_params.get("next", "")[:500]
    key, now = f"begun from {address(request)}", desk.clock()
    # Each writes a row: an office may begin many, nobody may fill the table.
    if pause := brake.wait_s(key, now, free=_FREE_BEGINNINGS):
        problem = f"Too many attempts. Try again in {pause} seconds."
        return form(desk, wanted=wanted, problem=problem, status=429, wait_s=pause)
    brake.failed(key, now)
    try:
        started = await provider.start(_back(desk))
    except (ProviderAway, ProviderRefused) as error:
        return form(desk, wanted=wanted, problem=error.message, status=error.status, emergency=True)
    browser = secrets.token_urlsafe(32)
    async with desk.writers() as session:
        await session.execute(delete(StartedSignIn).where(StartedSignIn.expires_at <= now))
        session.add(
            StartedSignIn(
                browser_hash=hashed(browser),
                state=started.state,
                nonce=started.nonce,
                verifier=started.verifier,
                wanted=wanted,
                expires_at=now + _TAKES_AT_MOST,
            )
        )
        await session.commit()
    response: Response[Any] = Redirect(started.url, status_code=303, headers=HEADERS)
    response.set_cookie(cookie(desk, BEGUN_COOKIE, browser, max_age=int(_TAKES_AT_MOST.total_seconds())))
    return response


@get("/sign-in/back", opt=open_to_all())
async def back_from_provider(
    request: AnyRequest, desk: NamedDependency[ConsoleDeps], brake: NamedDependency[Brake]
) -> Response[Any]:
    """Somebody comes back with a code: check everything, then let them in with the role that they have there."""
    provider, query = _provider(desk), request.query_params
    begun = await _take_begun(desk, request)
    wanted = begun.wanted if begun is not None else ""
    if begun is None:
        return form(desk, wanted=wanted, problem=_STALE, status=403)
    if not secrets.compare_digest(query.get("state", "").encode(), begun.state.encode()):
        return await _not_in(desk, wanted, _STALE, "a state that does not fit")
    if query.get("error") or not query.get("code"):
        # Its words are not shown: whoever made the link wrote them.
        return await _not_in(desk, wanted, f"{desk.doors.name} did not sign you in. Start again.", "an error")
    started = Started("", begun.state, begun.nonce, begun.verifier)
    try:
        who = await provider.finish(code=query["code"], started=started, back=_back(desk))
    except (ProviderAway, ProviderRefused) as error:
        return await _not_in(desk, wanted, error.message, error.code, status=error.status)
    async with desk.writers() as session:
        account = await admitted(session, desk.doors, who, desk.clock())
        refused = account.words if isinstance(account, Refusal) else ""
        key = "" if isinstance(account, Refusal) else account.id
        await session.commit()
    if refused:
        return form(desk, wanted=wanted, problem=refused, status=403)
    brake.succeeded(f"begun from {address(request)}")
    return await let_in(request, desk, key, wanted, how="oidc", id_token=who.id_token)


async def _take_begun(desk: ConsoleDeps, request: AnyRequest) -> StartedSignIn | None:
    """What this browser began, which is used up by asking: a code that comes twice finds nothing."""
    browser = read_cookie(desk, request, BEGUN_COOKIE)
    async with desk.writers() as session:
        found = await _unexpired(session, browser, desk)
        await session.commit()
    return found


async def _unexpired(session: AsyncSession, browser: str, desk: ConsoleDeps) -> StartedSignIn | None:
    found = await session.get(StartedSignIn, hashed(browser)) if browser else None
    if found is None:
        return None
    session.expunge(found)
    gone = delete(StartedSignIn).where(StartedSignIn.browser_hash == found.browser_hash)
    was_ours = (await session.execute(gone.returning(StartedSignIn.state))).scalar_one_or_none() is not None
    return found if was_ours and found.expires_at > desk.clock() else None


async def _not_in(
    desk: ConsoleDeps, wanted: str, problem: str, why: str, *, status: int = 403
) -> Response[Any]:
    async with desk.writers() as session:
        await note_deed(
            session, EVERY_SITE, by=desk.doors.name[:100], act="sign_in_failed", thing=why, now=desk.clock()
        )
        await session.commit()
    return form(desk, wanted=wanted, problem=problem, status=status)


def _provider(desk: ConsoleDeps) -> Provider:
    if desk.doors.provider is None:
        raise NotFound("no sign-in service is set up here; sign in with a password")
    return desk.doors.provider


def _back(desk: ConsoleDeps) -> str:
    return f"{desk.doors.url}/console/sign-in/back"
