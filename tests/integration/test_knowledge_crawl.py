"""Reading whole sites from a real web server: what is found, what is left alone, and how a second reading is cheap."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from knowledge.errors import SourceMissingError, SourceUnreachableError
from knowledge.sources.asking import Clock
from knowledge.sources.fetches import Fetch, ForgetfulFetches
from knowledge.sources.pages import Reading
from knowledge.sources.reading import Web, read_source
from knowledge.sources.spec import SourceSpec
from knowledge.values import Progress
from tests.support.webserver import Asked, Reply, Server, serving

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Time:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


def page(title: str, body: str = "", head: str = "") -> str:
    return (
        f"<html><head><title>{title}</title>{head}</head><body><main><h1>{title}</h1>"
        f"<p>About {title}.</p>{body}</main></body></html>"
    )


def links(*targets: str) -> str:
    return " ".join(f'<a href="{target}">{target}</a>' for target in targets)


async def read(
    server: Server,
    location: str = "/",
    *,
    fetches: ForgetfulFetches | None = None,
    run: str = "run-1",
    time: Time | None = None,
    tell: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Reading:
    spec = SourceSpec("site", server.url + location, **{"allow_private": True, "per_second": 50, **options})
    web = Web(docs_url="https://fernway.example/bot", clock=(time or Time()).clock)
    return await read_source(
        spec, fetches or ForgetfulFetches(), run=run, recipe="r", now=NOW, tell=tell, web=web
    )


def paths(reading: Reading, server: Server) -> list[str]:
    return sorted(path.removeprefix(f"127.0.0.1:{server.port}") or "/" for path in reading.pages)


async def test_links_are_followed_within_the_path_and_only_there() -> None:
    says = {
        "/docs/": page(
            "Docs", links("a", "/docs/b?utm_source=x#top", "/blog/", "https://elsewhere.example/", "mailto:x")
        ),
        "/docs/a": page("A", links("/docs/", "c/")),
        "/docs/b": page("B"),
        "/docs/c/": page("C"),
        "/blog/": page("Blog"),
    }
    with serving(says) as server:
        reading = await read(server, "/docs/")

    assert paths(reading, server) == ["/docs", "/docs/a", "/docs/b", "/docs/c"]
    assert "/blog/" not in server.paths
    assert len(server.paths) == len(set(server.paths))
    assert server.asked[0].headers["user-agent"].startswith("Frontdesk/")
    assert "+https://fernway.example/bot" in server.asked[0].headers["user-agent"]
    assert not {"cookie", "authorization", "referer"} & set(server.asked[-1].headers)


async def test_a_page_knows_its_address_title_and_anchors() -> None:
    with serving({"/docs/": page("Docs", '<h2 id="pay">Pay</h2><p>By card.</p>')}) as server:
        reading = await read(server, "/docs/", audience=("team",), owner="docs team")

    one = next(iter(reading.pages.values())).parsed
    assert (one.title, one.url) == ("Docs", f"{server.url}/docs/")
    assert (one.audience, one.owner) == (("team",), "docs team")
    assert [block.anchor for block in one.blocks if block.kind == "heading"] == ["pay"]


async def test_a_sitemap_with_enough_pages_is_the_list_of_them() -> None:
    listed = [f"/docs/{number}" for number in range(12)]
    xml = "".join(f"<url><loc>{{url}}{path}</loc></url>" for path in [*listed, "/blog/x"])
    says = {path: page(path, links("/docs/unlisted")) for path in [*listed, "/docs/", "/docs/unlisted"]}
    says["/sitemap.xml"] = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{xml}</urlset>'
    with serving(says) as server:
        reading = await read(server, "/docs/")

    assert paths(reading, server) == sorted(["/docs", *listed])
    assert "/blog/x" not in server.paths


async def test_sitemaps_are_found_by_robots_through_an_index_and_unpacked() -> None:
    inner = gzip.compress(b"<urlset><url><loc>{url}/p1</loc></url></urlset>")
    says = {
        "/robots.txt": Reply(b"User-agent: *\nAllow: /\nSitemap: {url}/index.xml", kind="text/plain"),
        "/index.xml": "<sitemapindex><sitemap><loc>{url}/inner.xml.gz</loc></sitemap>"
        "<sitemap><loc>http://elsewhere.example/s.xml</loc></sitemap></sitemapindex>",
        "/inner.xml.gz": Reply(inner, kind="application/gzip"),
        "/": page("Home"),
        "/p1": page("One"),
    }
    with serving(says) as server:
        # The server fills in its address after packing, so the inner map is packed once it is known.
        server.says["/inner.xml.gz"] = Reply(
            gzip.compress(f"<urlset><url><loc>{server.url}/p1</loc></url></urlset>".encode())
        )
        reading = await read(server)

    assert paths(reading, server) == ["/", "/p1"]


async def test_an_entity_in_a_sitemap_is_not_expanded() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "{url}/secret"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    says = {
        "/": page("Home"),
        "/sitemap.xml": f"{bomb}<urlset><url><loc>&a;</loc></url><url><loc>{{url}}/&f;</loc></url></urlset>",
    }
    with serving(says) as server:
        reading = await read(server)

    assert paths(reading, server) == ["/"]
    assert "/secret" not in server.paths


async def test_robots_rules_and_their_delay_are_kept() -> None:
    says = {
        "/robots.txt": Reply(
            b"User-agent: Frontdesk\nDisallow: /private\nCrawl-delay: 7\n", kind="text/plain"
        ),
        "/": page("Home", links("/private/a", "/open", "/jump")),
        "/open": page("Open"),
        "/jump": Reply(status=302, headers={"Location": "/private/b"}),
        "/private/a": page("A"),
        "/private/b": page("B"),
    }
    time = Time()
    with serving(says) as server:
        reading = await read(server, time=time)

    assert paths(reading, server) == ["/", "/open"]
    assert not any(path.startswith("/private") for path in server.paths)
    assert max(time.slept) == pytest.approx(7)


async def test_a_pace_is_kept() -> None:
    time = Time()
    with serving({"/": page("Home", links("/a", "/b")), "/a": page("A"), "/b": page("B")}) as server:
        await read(server, time=time, per_second=0.5)

    assert time.at >= 2 * (len(server.paths) - 1)


async def test_robots_that_fail_close_the_site_and_missing_ones_open_it() -> None:
    says = {"/robots.txt": Reply(status=500), "/": page("Home")}
    with serving(says) as server:
        with pytest.raises(SourceUnreachableError, match="500"):
            await read(server)
        server.says["/robots.txt"] = Reply(status=403)
        reading = await read(server)

    assert paths(reading, server) == ["/"]


async def test_pages_that_ask_not_to_be_listed_are_not_but_lead_on() -> None:
    says = {
        "/": page("Home", links("/tag", "/quiet", "/dead"), '<meta name="robots" content="noindex">'),
        "/tag": page("Tag", links("/far"), '<meta name="robots" content="none">'),
        "/quiet": Reply(page("Quiet").encode(), headers={"X-Robots-Tag": "noindex"}),
        "/dead": page("Dead", '<a rel="nofollow" href="/far">f</a>'),
        "/far": page("Far"),
    }
    with serving(says) as server:
        reading = await read(server)

    assert paths(reading, server) == ["/dead"]
    assert "/far" not in server.paths


async def test_copies_collapse_to_the_address_that_a_page_calls_its_own() -> None:
    own = '<link rel="canonical" href="/guide">'
    says = {
        "/": page("Home", links("/guide?print=1", "/guide", "/twin", "/guide.md", "/guide/index.html")),
        "/guide?print=1": page("Guide", "<p>Printed.</p>", own),
        "/guide": page("Guide", head=own),
        "/twin": page("Guide"),
        "/guide.md": Reply(b"# Guide\n\nAbout Guide, as Markdown.", kind="text/markdown"),
    }
    with serving(says) as server:
        reading = await read(server)

    assert paths(reading, server) == ["/", "/guide"]
    assert "/guide/index.html" not in server.paths


async def test_a_site_that_calls_its_front_page_everybodys_home_keeps_its_pages() -> None:
    wrong = '<link rel="canonical" href="/">'
    says = {"/": page("Home", links("/a"), wrong), "/a": page("A", head=wrong)}
    with serving(says) as server:
        reading = await read(server)

    assert paths(reading, server) == ["/", "/a"]


async def test_a_canonical_address_on_another_host_is_not_believed() -> None:
    away = '<link rel="canonical" href="https://elsewhere.example/">'
    with serving({"/": page("Home", head=away)}) as server:
        reading = await read(server)

    assert next(iter(reading.pages.values())).parsed.url == f"{server.url}/"


async def test_linked_documents_of_other_kinds_are_read_and_pictures_are_not_asked_for() -> None:
    says = {
        "/": page("Home", links("/notes.txt", "/read.md", "/photo.png", "/data", "/app.js")),
        "/notes.txt": Reply(b"Some plain notes on billing.", kind="text/plain"),
        "/read.md": Reply(b"# Read me\n\nUse **cards**.", kind="text/plain; charset=utf-8"),
        "/data": Reply(b"{}", kind="application/json"),
        "/photo.png": Reply(b"x", kind="image/png"),
    }
    with serving(says) as server:
        reading = await read(server)

    assert {one.format for one in reading.pages.values()} == {"html", "text", "markdown"}
    assert reading.broken == ()
    assert "/photo.png" not in server.paths
    assert "/app.js" not in server.paths


async def test_depth_and_number_of_pages_have_an_end_that_is_told() -> None:
    says = {f"/{n}": page(f"P{n}", links(f"/{n + 1}")) for n in range(1, 30)} | {
        "/": page("Home", links("/1"))
    }
    with serving(says) as server:
        shallow = await read(server, max_depth=2)
        few = await read(server, max_pages=3)

    assert paths(shallow, server) == ["/", "/1", "/2"]
    assert len(few.pages) == 3
    assert "max_pages" in few.broken[0].reason


async def test_endless_queries_of_one_path_come_to_an_end() -> None:
    def calendar(asked: Asked) -> Reply:
        day = int(asked.path.partition("=")[2] or 0)
        return Reply(page(f"Day {day}", links(f"/cal?day={day + 1}")).encode())

    says: dict[str, Any] = {f"/cal?day={day}": calendar for day in range(100)}
    with serving({"/": page("Home", links("/cal?day=0")), **says}) as server:
        reading = await read(server, max_depth=100)

    assert len(reading.pages) == 11


async def test_globs_choose_what_is_kept() -> None:
    says = {
        "/": page("Home", links("/guides/a", "/guides/old/b", "/api")),
        "/guides/a": page("A", links("/guides/old/b")),
        "/guides/old/b": page("B"),
        "/api": page("API"),
    }
    with serving(says) as server:
        reading = await read(server, include=("guides/**",), exclude=("guides/old",))

    assert paths(reading, server) == ["/guides/a"]


async def test_what_is_gone_is_told_apart_from_what_is_busy() -> None:
    says = {
        "/": page("Home", links("/gone", "/busy", "/closed")),
        "/gone": Reply(status=410),
        "/busy": Reply(status=503),
        "/closed": Reply(status=401),
    }
    with serving(says) as server:
        reading = await read(server)

    broken = {one.path.rpartition("/")[2]: one.is_transient for one in reading.broken}
    assert broken == {"gone": False, "busy": True, "closed": False}
    assert all(one.reason.endswith(f"linked from {server.url}/") for one in reading.broken)
    assert reading.is_whole is False
    assert server.paths.count("/busy") == 3


async def test_a_busy_server_is_asked_again_when_it_says_so() -> None:
    answers = [Reply(status=429, headers={"Retry-After": "17"}), Reply(page("Home").encode())]
    time = Time()
    with serving({"/": lambda _: answers.pop(0)}) as server:
        reading = await read(server, time=time)

    assert paths(reading, server) == ["/"]
    assert 17.0 in time.slept


async def test_a_server_that_asks_to_wait_for_something_unreadable_is_asked_again() -> None:
    replies = [Reply(b"", 429, {"Retry-After": "\u00b2"}), Reply(page("Home").encode())]
    with serving({"/": lambda _: replies.pop(0)}) as server:
        reading = await read(server)

    assert paths(reading, server) == ["/"]


async def test_a_tag_that_no_request_can_carry_is_not_sent_back() -> None:
    fetches = ForgetfulFetches()
    with serving({"/": Reply(page("Home").encode(), headers={"ETag": '"\u00fc"'})}) as server:
        await read(server, fetches=fetches)
        again = await read(server, fetches=fetches, run="run-2")

    assert (paths(again, server), again.broken) == (["/"], ())


async def test_a_server_that_asks_to_wait_for_an_hour_is_left_alone() -> None:
    time = Time()
    busy = Reply(status=503, headers={"Retry-After": "3600"})
    with serving({"/": busy}) as server, pytest.raises(SourceUnreachableError, match="503"):
        await read(server, time=time)

    assert server.paths.count("/") == 1
    assert max(time.slept) < 60


async def test_a_site_that_goes_down_half_way_is_not_asked_for_every_page() -> None:
    pages = [f"/{n}" for n in range(40)]
    says = {"/": page("Home", links(*pages))} | dict.fromkeys(pages, Reply(status=502))
    with serving(says) as server:
        reading = await read(server)

    assert reading.is_whole is False
    assert reading.broken[-1].is_transient
    assert len(set(server.paths) & set(pages)) == 6


async def test_a_second_reading_asks_only_for_what_changed() -> None:
    def careful(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(page("A", links("/b")).encode(), headers={"ETag": '"v1"'})

    says: dict[str, Any] = {"/": page("Home", links("/a")), "/a": careful, "/b": page("B")}
    fetches = ForgetfulFetches()
    with serving(says) as server:
        first = await read(server, fetches=fetches)
        server.asked.clear()
        second = await read(server, fetches=fetches, run="run-2")

    assert first.pages == second.pages
    assert next(one for one in server.asked if one.path == "/a").headers["if-none-match"] == '"v1"'
    assert "/b" in server.paths


async def test_an_interrupted_reading_goes_on_where_it_was() -> None:
    class Failing(ForgetfulFetches):
        async def put(self, fetch: Fetch) -> None:
            if fetch.url.endswith("/3"):
                raise asyncio.CancelledError
            await super().put(fetch)

    pages = [f"/{n}" for n in range(6)]
    says = {"/": page("Home", links(*pages))} | {path: page(path) for path in pages}
    fetches = Failing()
    with serving(says) as server:
        with pytest.raises(asyncio.CancelledError):
            await read(server, fetches=fetches)
        before = set(server.paths)
        server.asked.clear()
        whole = ForgetfulFetches()
        whole._kept = fetches._kept
        reading = await read(server, fetches=whole)

    assert paths(reading, server) == ["/", *pages]
    assert {"/", "/0", "/1", "/2"} <= before
    assert set(server.paths) & {"/", "/0", "/1", "/2"} == set()


async def test_the_same_words_in_other_bytes_are_no_new_version() -> None:
    tokens = iter("abcdef")
    with serving(
        {"/": lambda _: Reply(page("Home", f'<script nonce="{next(tokens)}">1</script>').encode())}
    ) as server:
        first = await read(server)
        second = await read(server, run="run-2")

    assert [one.digest for one in first.pages.values()] == [one.digest for one in second.pages.values()]


async def test_a_site_that_moved_within_itself_is_followed_and_one_that_left_is_not() -> None:
    says = {
        "/docs/": Reply(status=301, headers={"Location": "/manual/"}),
        "/manual/": page("Manual", links("a", "/docs/x")),
        "/manual/a": page("A"),
        "/away/": Reply(status=302, headers={"Location": "http://elsewhere.example/docs/"}),
    }
    with serving(says) as server:
        reading = await read(server, "/docs/")
        with pytest.raises(SourceUnreachableError, match=r"elsewhere\.example.*use that address"):
            await read(server, "/away/")

    assert paths(reading, server) == ["/manual", "/manual/a"]


async def test_a_page_without_words_says_what_to_do() -> None:
    with serving({"/": "<html><body><div id='root'></div><script>render()</script></body></html>"}) as server:
        reading = await read(server)

    assert reading.pages == {}
    assert "scripts" in reading.broken[0].reason


async def test_a_site_that_is_not_there_is_missing_rather_than_empty() -> None:
    with serving({}) as server, pytest.raises(SourceMissingError):
        await read(server)


async def test_progress_names_the_page_that_is_being_read() -> None:
    told: list[Progress] = []
    with serving({"/": page("Home", links("/a")), "/a": page("A")}) as server:
        await read(server, tell=told.append)

    assert told[-1].name.endswith("/a")
    assert all(one.done <= one.total for one in told)


async def test_a_charset_that_only_the_header_names_is_honoured() -> None:
    body = page("Größe").encode("iso-8859-1")
    with serving({"/": Reply(body, kind="text/html; charset=iso-8859-1")}) as server:
        reading = await read(server)

    assert next(iter(reading.pages.values())).parsed.title == "Größe"
