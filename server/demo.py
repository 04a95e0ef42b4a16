"""The site of the demo company: marketing pages, documentation rendered from Markdown, and the product's board."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Controller, Response, Router, get
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.static_files import create_static_files_router

from server.markdown import render

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
PAGE_HEADERS: dict[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DocsPage:
    """One Markdown file of the documentation; `path` is its address below /docs."""

    path: str
    short: str
    title: str
    description: str
    updated: date
    source: str
    meta: Mapping[str, Any]

    @property
    def slug(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Group:
    """A folder of the documentation, its pages in reading order."""

    title: str
    pages: tuple[DocsPage, ...]


class DemoSite:
    """Renders the demo company's pages. Pages are looked up among those listed, never opened by a visitor's path."""

    def __init__(self, folder: Path) -> None:
        self._docs = folder / "docs"
        self._site = folder / "site"
        self._templates = Environment(
            loader=FileSystemLoader(self._site), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.globals["section"] = ""

    def contents(self) -> list[Group]:
        """What a visitor without a login may read, in the order of contents.yaml."""
        listed = self._data("contents.yaml")
        return [Group(one["title"], tuple(self._public(one["folder"], one["pages"]))) for one in listed]

    def home(self) -> str:
        return self._draw("home.html", **self._data("board.yaml"))

    def pricing(self) -> str:
        return self._draw("pricing.html", compared=self._data("compared.yaml"))

    def app(self) -> str:
        return self._draw("app.html", users=self._data("users.yaml"), **self._data("board.yaml"))

    def docs_index(self) -> str:
        return self._draw("docs.html", page=None, contents=self.contents())

    def docs_page(self, path: str) -> str | None:
        """None when there is no such page, or none for this visitor."""
        contents = self.contents()
        pages = [(group.title, page) for group in contents for page in group.pages]
        places = [place for place, (_, page) in enumerate(pages) if page.path == path]
        if not places:
            return None
        place = places[0]
        group_title, page = pages[place]
        rendered = render(page.source)
        return self._draw(
            "docs.html",
            page=page,
            contents=contents,
            group_title=group_title,
            body=rendered.html,
            headings=rendered.headings,
            before=pages[place - 1][1] if place else None,
            after=pages[place + 1][1] if place + 1 < len(pages) else None,
        )

    def case_study(self, name: str) -> str | None:
        """None when no customer has this name."""
        stories = [
            page for group in self.contents() for page in group.pages if page.path.startswith("customers/")
        ]
        story = next((page for page in stories if page.slug == name), None)
        if story is None:
            return None
        others = [page for page in stories if page is not story]
        return self._draw("case-study.html", page=story, body=render(story.source).html, others=others)

    def not_found(self) -> str:
        return self._draw("not-found.html")

    def _public(self, folder: str, names: Mapping[str, str]) -> Sequence[DocsPage]:
        inside = self._docs.resolve()
        listed = sorted((self._docs / folder).glob("*.md"))
        files = [file for file in listed if file.is_file() and file.resolve().is_relative_to(inside)]
        order = {name: place for place, name in enumerate(names)}
        pages = []
        for file in sorted(files, key=lambda one: order.get(one.stem, len(order))):
            page, audience = _read(
                file, f"{folder}/{file.stem}", names.get(file.stem), file.stat().st_mtime_ns
            )
            if audience == "public":
                pages.append(page)
        return pages

    def _data(self, name: str) -> Any:
        file = self._site / name
        return _load(file, file.stat().st_mtime_ns)

    def _draw(self, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(**values)


@lru_cache(maxsize=20)
def _load(file: Path, changed_ns: int) -> Any:  # noqa: ARG001
    """YAML as values; nobody may change them."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=500)
def _read(file: Path, path: str, short: str | None, changed_ns: int) -> tuple[DocsPage, str]:  # noqa: ARG001
    """The page and its audience; `changed_ns` makes the cache forget a file that was edited."""
    text = file.read_text(encoding="utf-8")
    head = _FRONT_MATTER.match(text)
    if head is None:
        raise ValueError(
            f"{file.name!r} has no front matter: begin it with --- and title, description, updated, audience"
        )
    meta: dict[str, Any] = yaml.safe_load(head[1])
    title = str(meta["title"])
    page = DocsPage(
        path, short or title, title, str(meta["description"]), meta["updated"], text[head.end() :], meta
    )
    return page, str(meta["audience"])


def _page(html: str | None, site: DemoSite) -> Response[str]:
    status = 200 if html is not None else 404
    return Response(
        html if html is not None else site.not_found(), status_code=status, media_type=MediaType.HTML
    )


def demo_routes(folder: Path) -> Sequence[Router]:
    """The routes of the demo site in `folder`, which holds `docs/` and `site/`."""
    site = DemoSite(folder)

    class DemoPages(Controller):
        path = "/"
        include_in_schema = False

        @get("/", sync_to_thread=True)
        def home(self) -> Response[str]:
            return _page(site.home(), site)

        @get("/pricing", sync_to_thread=True)
        def pricing(self) -> Response[str]:
            return _page(site.pricing(), site)

        @get("/customers/{name:str}", sync_to_thread=True)
        def case_study(self, name: FromPath[str]) -> Response[str]:
            return _page(site.case_study(name), site)

        @get("/docs", sync_to_thread=True)
        def docs_index(self) -> Response[str]:
            return _page(site.docs_index(), site)

        @get("/docs/{page:path}", sync_to_thread=True)
        def docs_page(self, page: FromPath[str]) -> Response[str]:
            return _page(site.docs_page(page.strip("/")), site)

        @get("/app", sync_to_thread=True)
        def app(self) -> Response[str]:
            return _page(site.app(), site)

    pages = Router(
        path="/",
        route_handlers=[DemoPages],
        response_headers=PAGE_HEADERS,
    )
    static = create_static_files_router(
        path="/site", directories=[folder / "site" / "static"], name="demo-static"
    )
    return [pages, static]
