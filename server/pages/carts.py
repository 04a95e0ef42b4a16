"""Look at a cart and order it."""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from server.actions import cart
from server.actions.values import CartOrdered
from server.pages.desk import PageDesk
from server.pages.render import page


class CartPages(Controller):
    path = "/cart/{token:str}"
    include_in_schema = False

    @get()
    async def show(self, token: FromPath[str], pages: NamedDependency[PageDesk]) -> Response[str]:
        """What was quoted, as it was quoted."""
        link = pages.links.read("cart", token, now=pages.clock())
        async with pages.sessions() as session:
            saved = await cart.load(session, link.site, link.id)
            language = await pages.language_of(session, link.site, saved.conversation)
        desk = pages.desk_of(link.site)
        return page("cart.html", desk, language=language, saved=saved, action=f"/cart/{token}")

    @post()
    async def order(self, token: FromPath[str], pages: NamedDependency[PageDesk]) -> Redirect:
        """Note the order, once however often the button is pressed."""
        now = pages.clock()
        link = pages.links.read("cart", token, now=now)
        async with pages.sessions.begin() as session:
            saved, is_new = await cart.order(session, link.site, link.id, now=now)
            if is_new:
                await pages.on_change(session, CartOrdered(saved))
        await pages.after_commit(session)
        return Redirect(f"/cart/{token}", status_code=303)
