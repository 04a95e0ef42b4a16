"""End follow-up mails by the link in each of them, or by the one click of a mail program (RFC 8058)."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import queue, refusals
from server.actions.follow_ups.values import FollowUp
from server.actions.links import Opened
from server.actions.values import Unsubscribed
from server.errors import NotFound
from server.pages.desk import PageDesk
from server.pages.render import page
from server.pages.sorry import accepted


class UnsubscribePages(Controller):
    """Opening the link shows a button: scanners open every link they see. A POST does it, without cookies."""

    path = "/unsubscribe/{token:str}"
    include_in_schema = False

    @get()
    async def show(
        self, request: Request[Any, Any, Any], token: FromPath[str], pages: NamedDependency[PageDesk]
    ) -> Response[str]:
        """What the button will do, or that it was done."""
        link = pages.links.read("stop", token, now=pages.clock())
        async with pages.sessions() as session:
            is_done = await refusals.has_refused(session, link.site, person=link.id, conversation="")
            made = await _mail(session, link)
        return self._page(request, pages, link, made, token, is_done=is_done)

    @post(status_code=200)
    async def stop(
        self, request: Request[Any, Any, Any], token: FromPath[str], pages: NamedDependency[PageDesk]
    ) -> Response[str]:
        """Do it; again changes nothing. The page that answers is for whoever pressed the button."""
        now = pages.clock()
        link = pages.links.read("stop", token, now=now)
        is_machine = b"List-Unsubscribe=One-Click" in await request.body()
        async with pages.sessions.begin() as session:
            made = await _mail(session, link)
            is_new = await refusals.refuse(
                session,
                link.site,
                person=link.id,
                conversation="",
                how="one_click" if is_machine else "link",
                now=now,
            )
            if is_new and made is not None:
                await pages.on_change(session, Unsubscribed(link.site, made.conversation))
        await pages.after_commit(session)
        return self._page(request, pages, link, made, token, is_done=True)

    @staticmethod
    def _page(
        request: Request[Any, Any, Any],
        pages: PageDesk,
        link: Opened,
        made: FollowUp | None,
        token: str,
        *,
        is_done: bool,
    ) -> Response[str]:
        desk = pages.desk_of(link.site)
        otherwise = accepted(request.headers.get("accept-language", ""), desk.language)
        language = made.language if made is not None else otherwise
        return page(
            "unsubscribe.html", desk, language=language, is_done=is_done, action=f"/unsubscribe/{token}"
        )


async def _mail(session: AsyncSession, link: Opened) -> FollowUp | None:
    """The mail that carried the link; gone when its conversation was erased, which changes nothing here."""
    try:
        return await queue.load(session, link.site, link.mark)
    except NotFound:
        return None
