"""Look at a cart, then order it here or go on to where it is paid."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from server.actions import cart
from server.actions.checkouts.ports import Payment
from server.actions.goods import SavedCart
from server.actions.links import Opened
from server.actions.values import CartOrdered
from server.pages.desk import PageDesk
from server.pages.render import page

_NEWS_S = 4
"""How soon a page that waits for a payment looks again."""


class CartPages(Controller):
    path = "/cart/{token:str}"
    include_in_schema = False

    @get()
    async def show(
        self, request: Request[Any, Any, Any], token: FromPath[str], pages: NamedDependency[PageDesk]
    ) -> Response[str]:
        """What was quoted, as it was quoted last."""
        link = pages.links.read("cart", token, now=pages.clock())
        saved, language = await _load(pages, link)
        is_paying = saved.state == "open" and bool(saved.payment) and "paid" in request.query_params
        shown = _shown(pages, saved, language, token, is_paying=is_paying)
        if is_paying:
            shown.headers["refresh"] = str(_NEWS_S)
        return shown

    @post()
    async def order(
        self, request: Request[Any, Any, Any], token: FromPath[str], pages: NamedDependency[PageDesk]
    ) -> Redirect | Response[str]:
        """Note the order, once however often the button is pressed; or go on to the payment."""
        now = pages.clock()
        link = pages.links.read("cart", token, now=now)
        saved, language = await _load(pages, link)
        seen = str((await request.form()).get("revision", saved.revision))
        if saved.state == "open" and seen != str(saved.revision):
            return _shown(pages, saved, language, token, status=409, is_changed=True)
        if saved.state == "open" and pages.checkout_of is not None:
            payment = await pages.checkout_of(link.site).begin(saved, now=now)
            if payment is not None:
                return await _on(pages, saved, language, token, payment)
        async with pages.sessions.begin() as session:
            saved, is_new = await cart.order(session, link.site, link.id, now=now)
            if is_new:
                await pages.on_change(session, CartOrdered(saved))
        await pages.after_commit(session)
        return Redirect(f"/cart/{token}", status_code=303)


async def _load(pages: PageDesk, link: Opened) -> tuple[SavedCart, str]:
    async with pages.sessions() as session:
        saved = await cart.load(session, link.site, link.id)
        return saved, await pages.language_of(session, link.site, saved.conversation)


async def _on(
    pages: PageDesk, saved: SavedCart, language: str, token: str, payment: Payment
) -> Response[str]:
    """A page that leads on by itself: browsers let no form of ours end at another site."""
    if payment.id and payment.id != saved.payment:
        async with pages.sessions.begin() as session:
            is_current = await cart.begin_payment(session, saved, payment.id)
            saved = await cart.load(session, saved.site, saved.id)
        if not is_current:
            return _shown(pages, saved, language, token, status=409, is_changed=True)
    shown = page("going.html", pages.desk_of(saved.site), language=language, url=payment.url)
    shown.headers["refresh"] = f"0; url={payment.url}"
    return shown


def _shown(
    pages: PageDesk,
    saved: SavedCart,
    language: str,
    token: str,
    *,
    status: int = 200,
    is_paying: bool = False,
    is_changed: bool = False,
) -> Response[str]:
    return page(
        "cart.html",
        pages.desk_of(saved.site),
        status=status,
        language=language,
        saved=saved,
        action=f"/cart/{token}",
        kind=pages.checkout_of(saved.site).kind if pages.checkout_of else "page",
        is_paying=is_paying,
        is_changed=is_changed,
    )
