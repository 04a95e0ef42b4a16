"""A web site as a source: what its sitemap lists, else what its links lead to, within one host and path."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from protego import Protego

from knowledge.errors import SourceMissingError, SourceUnreachableError, SourceUnreadableError
from knowledge.sources.asking import Asker
from knowledge.sources.copies import without_copies
from knowledge.sources.fetches import Fetch
from knowledge.sources.pages import Reading
from knowledge.sources.reaching import NotFetchedError
from knowledge.sources.sitemaps import read_sitemap
from knowledge.sources.spec import SourceSpec
from knowledge.sources.urls import Scope, normalised, path_of, same_page, scope_of
from knowledge.sources.webpage import WebPage, is_document, may_be_document, read_webpage
from knowledge.values import Broken, OnProgress, Progress

ENOUGH = 10
"""A sitemap with so many pages of the source is trusted to be the list of them; else links are followed too."""
MAX_SITEMAPS = 50
MAX_LISTED = 200_000
"""Addresses of all its sitemaps together; twice the pages that a source may have."""
MAX_QUERIES = 10
"""Of one path. Calendars and filters have endless ones."""
_ROBOT = "Frontdesk"


@dataclass(frozen=True, slots=True)
class _Place:
    url: str
    depth: int
    found_on: str
    """The page that links to it, for whoever has to mend the link."""


class Crawl:
    """One reading of one site."""

    def __init__(self, spec: SourceSpec, asker: Asker, *, recipe: str, tell: OnProgress) -> None:
        self._spec = spec
        self._asker = asker
        self._recipe = recipe
        self._tell = tell
        self._start = normalised(spec.location)
        self._scope = scope_of(self._start)
        self._rules: Protego = Protego.parse("")
        self._queue: deque[_Place] = deque()
        self._seen: set[str] = set()
        self._queries: Counter[str] = Counter()
        self._follows_links = True
        self._pages: list[WebPage] = []
        self._broken: list[Broken] = []
        self._is_whole = True
        self._asked = 0

    async def read(self) -> Reading:
        """Raises `SourceUnreachableError` when the site can not be asked, `SourceMissingError` when it is empty."""
        self._rules = await self._robots()
        is_map = urlsplit(self._start).path.endswith((".xml", ".xml.gz"))
        first = None if is_map else await self._arrive()
        listed = await self._listed([self._start] if is_map else self._sitemap_places(), is_required=is_map)
        self._follows_links = len(listed) < ENOUGH and not is_map
        if first is not None:
            await self._take(_Place(self._start, 0, ""), first)
        # A list may hold a hundred thousand addresses: whoever chats with this process does not wait for them.
        await asyncio.to_thread(self._line_up, listed)
        await self._work_off()
        return await asyncio.to_thread(self._reading)

    async def _robots(self) -> Protego:
        """What the site asks of robots; a site that has nothing there allows everything, one that fails nothing."""
        place = urljoin(self._start, "/robots.txt")
        try:
            fetch = await self._asker.get(place, may_follow=lambda url: self._scope.moved_to(url) is not None)
        except NotFetchedError as error:
            if error.why in {"gone", "failed", "elsewhere"}:
                return Protego.parse("")
            raise SourceUnreachableError(
                f"{error}. Check the address, or read the source again later"
            ) from error
        rules = Protego.parse(fetch.body[:500_000].decode("utf-8", errors="replace"))
        self._asker.slow_down(float(rules.crawl_delay(_ROBOT) or 0))
        return rules

    async def _arrive(self) -> Fetch | None:
        """The first page; where it leads to the same site elsewhere, that is where the source lies."""
        if not self._rules.can_fetch(self._start, _ROBOT):
            raise SourceUnreachableError(
                f"{self._start} is closed to robots by the site's robots.txt: ask its owner"
            )
        try:
            fetch = await self._asker.get(
                self._start, wants=is_document, may_follow=lambda url: self._scope.moved_to(url) is not None
            )
        except NotFetchedError as error:
            if error.why == "gone":
                return None
            hint = "use that address as the location" if error.why == "elsewhere" else "check the address"
            raise SourceUnreachableError(f"{error}: {hint}") from error
        final = normalised(fetch.final_url)
        scope = self._scope.moved_to(final) or self._scope
        if scope.host != self._scope.host:
            self._start, self._scope = final, scope
            self._rules = await self._robots()
        self._scope = scope
        self._seen |= {same_page(self._start), same_page(final)}
        return fetch

    def _sitemap_places(self) -> list[str]:
        named = [url for one in self._rules.sitemaps if (url := normalised(str(one), self._start))]
        usual = [
            urljoin(self._start, f"{self._scope.prefix}sitemap.xml"),
            urljoin(self._start, "/sitemap.xml"),
        ]
        return list(dict.fromkeys(named or [*usual, urljoin(self._start, "/sitemap_index.xml")]))

    async def _listed(self, places: Sequence[str], *, is_required: bool) -> list[str]:
        """The source's pages by all sitemaps, which lead to each other."""
        waiting, known = deque(places), set(places)
        found: dict[str, None] = {}
        asked = 0
        while waiting and asked < MAX_SITEMAPS and len(found) < MAX_LISTED:
            place = waiting.popleft()
            if urlsplit(place).netloc != self._scope.host:
                continue
            asked += 1
            try:
                fetch = await self._asker.get(place, may_follow=self._is_near)
            except NotFetchedError as error:
                if is_required:
                    raise SourceUnreachableError(f"{error}: check the address of the sitemap") from error
                self._is_whole = self._is_whole and error.why != "transient"
                continue
            pages, maps = await asyncio.to_thread(self._named, fetch.body, place)
            found |= dict.fromkeys(pages)
            fresh = [url for url in maps if url not in known]
            known |= set(fresh)
            waiting.extend(fresh)
        return list(found)

    def _named(self, body: bytes, place: str) -> tuple[list[str], list[str]]:
        """The source's pages and the further sitemaps that a sitemap names."""
        sitemap = read_sitemap(body)
        urls = (url for one in sitemap.pages if (url := normalised(one, place)))
        maps = [url for one in sitemap.maps if (url := normalised(one, place))]
        return [url for url in urls if self._scope.holds(url)], maps

    def _line_up(self, listed: Sequence[str]) -> None:
        for url in listed:
            self._add(_Place(url, 0, "the sitemap"))

    def _is_near(self, url: str) -> bool:
        return urlsplit(normalised(url)).netloc == self._scope.host

    def _add(self, place: _Place) -> None:
        """Queues an address of the source once."""
        parts = urlsplit(place.url)
        if (
            not self._scope.holds(place.url)
            or not self._spec.admits(parts.path)
            or not may_be_document(place.url)
        ):
            return
        if same_page(place.url) in self._seen or not self._rules.can_fetch(place.url, _ROBOT):
            return
        if parts.query:
            self._queries[parts.path] += 1
            if self._queries[parts.path] > MAX_QUERIES:
                return
        self._seen.add(same_page(place.url))
        self._queue.append(place)

    async def _work_off(self) -> None:
        most = self._spec.max_pages
        while self._queue and len(self._pages) < most and self._asked < 3 * most + 50:
            place = self._queue.popleft()
            done = len(self._pages)
            self._tell(Progress("reading", done, min(most, done + len(self._queue) + 1), place.url))
            try:
                await self._ask(place)
            except SourceUnreachableError as error:
                if not self._pages:
                    raise
                self._is_whole = False
                self._broken.append(Broken(self._start, str(error), is_transient=True))
                return
        if self._queue:
            reason = f"There are more pages than max_pages ({most}): raise it, or name what to leave out"
            self._broken.append(Broken(self._start, reason))

    async def _ask(self, place: _Place) -> None:
        self._asked += 1
        try:
            fetch = await self._asker.get(place.url, wants=is_document, may_follow=self._may_follow)
        except NotFetchedError as error:
            is_transient = error.why == "transient"
            # What stood behind this page was not seen: it must not be taken for gone.
            self._is_whole = self._is_whole and not (is_transient and self._follows_links)
            if error.why not in {"elsewhere", "unread"}:
                origin = f"; it is linked from {place.found_on}" if place.found_on else ""
                reason = f"{error}{origin}"
                self._broken.append(Broken(path_of(place.url), reason, is_transient=is_transient))
            return
        await self._take(place, fetch)

    def _may_follow(self, url: str) -> bool:
        target = normalised(url)
        return self._scope.holds(target) and self._rules.can_fetch(target, _ROBOT)

    async def _take(self, place: _Place, fetch: Fetch) -> None:
        try:
            web = await asyncio.to_thread(read_webpage, fetch, self._spec, recipe=self._recipe)
        except SourceUnreadableError as error:
            self._broken.append(Broken(path_of(place.url), str(error)))
            return
        self._seen.add(same_page(web.url))
        if web.why_not:
            self._broken.append(Broken(path_of(web.url), web.why_not))
        is_wanted = self._spec.admits(urlsplit(web.url).path)
        if web.page is not None and is_wanted:
            self._pages.append(web)
        if web.canonical:
            self._add(_Place(web.canonical, place.depth, web.url))
        if self._follows_links and place.depth < self._spec.max_depth:
            for url in web.links:
                self._add(_Place(url, place.depth + 1, web.url))

    def _reading(self) -> Reading:
        pages = without_copies(self._pages, self._scope, recipe=self._recipe)
        if not pages and not self._broken:
            raise SourceMissingError(
                f"{self._start} leads to no page that may be read: check its address and globs"
            )
        return Reading(pages, tuple(self._broken), self._is_whole)


async def crawl(spec: SourceSpec, asker: Asker, *, recipe: str, tell: OnProgress) -> Reading:
    """All pages of the site now."""
    return await Crawl(spec, asker, recipe=recipe, tell=tell).read()


__all__ = ["Crawl", "Scope", "crawl"]
