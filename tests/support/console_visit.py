"""Visiting the console over HTTP, in the loop of the test."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from bs4 import BeautifulSoup, Tag

from tests.support.console_world import PASSWORD, SITE, World

TOKEN = re.compile(r'"x-csrf": "([^"]+)"')
FORM_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Visit(httpx.AsyncClient):
    """A browser without a screen: keeps cookies, follows nothing, sends the token of the page it is on."""

    csrf = ""

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        """Fill in the form as a browser would."""
        form = await self.get("/console/sign-in")
        token = FORM_TOKEN.search(form.text)
        assert token is not None
        answer = await self.post(
            "/console/sign-in", data={"login": login, "password": password, "csrf": token.group(1)}
        )
        if answer.status_code == 303:
            page = await self.get(f"/console/site/{SITE}/overview")
            found = TOKEN.search(page.text)
            self.csrf = found.group(1) if found else ""
        return answer

    async def press(self, path: str, /, **fields: str) -> httpx.Response:
        """Send a form of the console as htmx does."""
        headers = {"hx-request": "true", "x-csrf": self.csrf}
        return await self.post(f"/console/site/{SITE}/{path}", data=fields, headers=headers)

    async def see(self, path: str, *, part: bool = False) -> httpx.Response:
        """Open a page of the demo site."""
        return await self.get(f"/console/site/{SITE}/{path}", headers={"hx-request": "true"} if part else {})


@asynccontextmanager
async def visiting(world: World, login: str | None = None) -> AsyncIterator[Visit]:
    """A visit to the console, signed in as `login` when one is given."""
    async with Visit(
        transport=httpx.ASGITransport(app=cast("Any", world.answer)), base_url="http://console.test"
    ) as visit:
        if login is not None:
            answer = await visit.sign_in(login)
            assert answer.status_code == 303, answer.text
        yield visit


def shown(answer: httpx.Response) -> BeautifulSoup:
    """The page, to be looked into."""
    return BeautifulSoup(answer.text, "html.parser")


def pick(page: Tag, selector: str) -> Tag:
    """The first element that fits; it has to be there."""
    found = page.select_one(selector)
    assert found is not None, f"nothing on the page fits {selector!r}"
    return found


def words(page: Tag, selector: str = "main") -> str:
    """What an element says, on one line."""
    return " ".join(pick(page, selector).get_text(" ").split())


def attribute(page: Tag, selector: str, name: str) -> str:
    """An attribute of the first element that fits."""
    return str(pick(page, selector)[name])
