"""The widget's files over HTTP: what browsers are sent, and how long they may keep it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.testing import TestClient

from server.chat.loader import Loaders
from server.chat.widget_files import keep_varying, widget_routes
from server.playbook import Playbooks

PANEL = b"export const panel = 1;" * 40
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "widget.js").write_bytes(b"(()=>{})();" * 40)
    (tmp_path / "frontdesk.js").write_bytes(b"export const mount = 1;")
    (tmp_path / "frontdesk.d.ts").write_bytes(b"export declare function mount(): void;")
    (tmp_path / "panel.js").write_bytes(PANEL)
    (tmp_path / "parts" / "doing-AB12.js").write_bytes(b"export {};")
    (tmp_path / "sizes.json").write_bytes(b"[]")
    return tmp_path


@pytest.fixture
def browser(built: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar(widget_routes(Loaders(built, Playbooks({})), lambda: NOW))) as client:
        yield client


def test_what_is_sent_is_packed_for_those_who_take_it(browser: TestClient[Litestar]) -> None:
    packed = browser.get("/panel.js", headers={"accept-encoding": "br, gzip;q=0.8"})
    plain = browser.get("/panel.js", headers={"accept-encoding": "identity, gzip;q=0"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(PANEL, 9)) < len(PANEL) / 5
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == PANEL
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("path", ["/widget.js", "/panel.js", "/frontdesk.js", "/parts/doing-AB12.js"])
def test_who_has_it_is_sent_nothing(browser: TestClient[Litestar], path: str) -> None:
    tag = browser.get(path).headers["etag"]

    again = browser.get(path, headers={"if-none-match": f'"other", W/{tag}'})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == tag


def test_only_what_its_address_names_is_kept_for_ever(browser: TestClient[Litestar]) -> None:
    def caching(path: str) -> str:
        return browser.get(path).headers["cache-control"]

    for_ever = "public, max-age=31536000, immutable"
    assert caching("/parts/doing-AB12.js") == for_ever
    for path in ("/panel.js", "/widget.js", "/frontdesk.js", "/frontdesk.d.ts"):
        assert caching(path) == "public, max-age=300"


def test_isolated_pages_and_modules_from_elsewhere_may_take_it(browser: TestClient[Litestar]) -> None:
    for path in ("/widget.js", "/frontdesk.js", "/panel.js", "/parts/doing-AB12.js"):
        headers = browser.get(path).headers
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["access-control-allow-origin"] == "*"
        assert headers["content-type"] == "text/javascript; charset=utf-8"
        assert headers["x-content-type-options"] == "nosniff"
    assert browser.get("/frontdesk.js").headers["x-typescript-types"] == "./frontdesk.d.ts"
    assert browser.get("/frontdesk.d.ts").headers["content-type"] == "application/typescript; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/parts/other-AB12.js", "/parts/..%2Fsizes.json", "/parts/doing-AB12.js.map"]
)
def test_what_is_not_there_is_kept_by_nobody(browser: TestClient[Litestar], path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert answer.headers.get("cache-control", "no-store") == "no-store"


def test_a_loader_of_the_build_before_is_led_to_the_panel_that_there_is(
    browser: TestClient[Litestar],
) -> None:
    answer = browser.get("/parts/chat-panel-OLD1.js", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (302, "/panel.js")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_rebuilt_file_has_another_tag(browser: TestClient[Litestar], built: Path) -> None:
    tag = browser.get("/panel.js").headers["etag"]
    (built / "panel.js").write_bytes(PANEL + b"//")

    again = browser.get("/panel.js", headers={"if-none-match": tag})

    assert again.status_code == 200
    assert again.content.endswith(b"//")


def test_the_built_widget_costs_a_page_no_more_than_was_promised() -> None:
    built = Path(__file__).resolve().parents[2] / "widget" / "dist"
    if not (built / "widget.js").is_file():
        pytest.skip("the widget is not built: run `make widget`")
    with TestClient(Litestar(widget_routes(Loaders(built, Playbooks({})), lambda: NOW))) as client:
        (panel,) = [f"parts/{file.name}" for file in (built / "parts").glob("chat-panel-*.js")]
        sent = {
            name: int(client.get(f"/{name}", headers={"accept-encoding": "gzip"}).headers["content-length"])
            for name in ("widget.js", panel, "frontdesk.js")
        }

    assert sent["widget.js"] <= 3 * 1024
    assert sent["frontdesk.js"] <= 3 * 1024
    assert sent[panel] <= 25 * 1024


def test_what_it_varies_by_stands_beside_the_origin_of_a_page_that_may_hold_it(built: Path) -> None:
    app = Litestar(
        widget_routes(Loaders(built, Playbooks({})), lambda: NOW),
        cors_config=CORSConfig(allow_origins=["https://acme.example"]),
        before_send=[keep_varying],
    )
    with TestClient(app) as client:
        asked = client.get("/panel.js", headers={"origin": "https://acme.example"})
        elsewhere = client.get("/panel.js")

    assert asked.headers["access-control-allow-origin"] == "https://acme.example"
    assert asked.headers["vary"] == "accept-encoding, Origin"
    assert elsewhere.headers["vary"] == "accept-encoding"
