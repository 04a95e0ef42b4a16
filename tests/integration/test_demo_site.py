"""The demo company's site: every page stands, nothing private shows, citations find their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from litestar import Litestar
from litestar.testing import TestClient

from knowledge.anchors import slug
from server.demo import DemoSite, demo_routes
from server.markdown import render

DEMO = Path(__file__).parents[2] / "demo"
DOCS = sorted((DEMO / "docs").rglob("*.md"))


@pytest.fixture(scope="module")
def visitor() -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar(route_handlers=[*demo_routes(DEMO)])) as client:
        yield client


def front_matter(file: Path) -> dict[str, object]:
    head: dict[str, object] = yaml.safe_load(file.read_text(encoding="utf-8").split("---\n")[1])
    return head


def address(file: Path) -> str:
    return f"/docs/{file.relative_to(DEMO / 'docs').with_suffix('')}"


PUBLIC = [file for file in DOCS if front_matter(file)["audience"] == "public"]
SIGNED_IN = [file for file in DOCS if file not in PUBLIC]
PAGES = ["/", "/pricing", "/customers/lift-maintenance", "/docs", "/docs/plans/prices", "/app"]


def test_every_page_says_what_it_is_when_it_changed_and_for_whom() -> None:
    for file in DOCS:
        head = front_matter(file)

        assert head["title"], file
        assert head["description"], file
        assert head["audience"] in {"public", "signed-in", "business", "enterprise"}, file
        assert isinstance(head["updated"], date), file
        assert date(2026, 1, 1) <= head["updated"] < date(2026, 11, 21), file


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_the_widget_and_nothing_from_elsewhere(visitor: TestClient[Litestar], path: str) -> None:
    answer = visitor.get(path)

    page = BeautifulSoup(answer.text, "html.parser")
    loaded = [
        str(tag.get("src") or tag.get("href")) for tag in page.find_all(["script", "link", "img", "iframe"])
    ]
    assert answer.status_code == 200
    assert "/widget.js?site=demo" in loaded
    assert all(source.startswith("/") and not source.startswith("//") for source in loaded)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_strict_content_policy(visitor: TestClient[Litestar], path: str) -> None:
    answer = visitor.get(path)

    page = BeautifulSoup(answer.text, "html.parser")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not page.find_all("style")
    assert not page.find_all(style=True)
    assert not [script for script in page.find_all("script") if script.string]
    assert not re.search(r"<[^>]+\son[a-z]+=", answer.text)


def test_only_the_page_inside_the_product_asks_for_the_help_panel(visitor: TestClient[Litestar]) -> None:
    inside = [path for path in PAGES if 'data-mode="help"' in visitor.get(path).text]

    assert inside == ["/app"]


@pytest.mark.parametrize("file", PUBLIC, ids=address)
def test_a_public_page_shows_its_title_its_date_and_the_anchors_of_the_index(
    visitor: TestClient[Litestar], file: Path
) -> None:
    answer = visitor.get(address(file))

    page = BeautifulSoup(answer.text, "html.parser")
    headings = page.select(".prose h2, .prose h3")
    seen: dict[str, int] = {}
    heading, changed = page.select_one("h1"), page.select_one("time")
    assert answer.status_code == 200
    assert heading is not None
    assert heading.text == front_matter(file)["title"]
    assert changed is not None
    assert changed["datetime"] == str(front_matter(file)["updated"])
    assert [one.get("id") for one in headings] == [slug(one.text, seen) for one in headings]


@pytest.mark.parametrize("file", SIGNED_IN, ids=address)
def test_a_page_for_signed_in_customers_is_hidden_from_everyone_else(
    visitor: TestClient[Litestar], file: Path
) -> None:
    answer = visitor.get(address(file))

    assert answer.status_code == 404
    assert str(front_matter(file)["title"]) not in answer.text
    assert address(file) not in visitor.get("/docs").text


def test_every_link_between_pages_arrives(visitor: TestClient[Litestar]) -> None:
    hidden = {address(file) for file in SIGNED_IN}
    links: set[str] = set()
    for path in [*PAGES, *(address(file) for file in PUBLIC)]:
        page = BeautifulSoup(visitor.get(path).text, "html.parser")
        links |= {str(link["href"]) for link in page.select("a[href^='/']")}

    broken = []
    for link in sorted(links):
        target, _, anchor = link.partition("#")
        answer = visitor.get(target)
        if target not in hidden and (
            answer.status_code != 200 or (anchor and f'id="{anchor}"' not in answer.text)
        ):
            broken.append(link)

    assert len(links) > 50
    assert not broken


@pytest.mark.parametrize(
    "path",
    [
        "/docs/../site/contents.yaml",
        "/docs/%2e%2e/%2e%2e/pyproject.toml",
        "/docs/..%2f..%2fpyproject",
        "/docs//etc/passwd",
        "/docs/plans/prices.md",
        "/docs/plans/prices%00",
        "/customers/..%2fplans%2fprices",
        "/site/../board.yaml",
        "/site/%2e%2e/board.yaml",
        "/site/..%2f_layout.html",
    ],
)
def test_a_path_that_leaves_its_folder_finds_nothing(visitor: TestClient[Litestar], path: str) -> None:
    answer = visitor.get(path)

    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "rows:" not in answer.text


def test_a_symbolic_link_out_of_the_documents_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\ntitle: T\ndescription: D\nupdated: 2026-01-01\naudience: public\n---\nInside.\n")
    folder = tmp_path / "demo"
    (folder / "docs" / "plans").mkdir(parents=True)
    (folder / "docs" / "plans" / "out.md").symlink_to(secret)
    (folder / "site").mkdir()
    (folder / "site" / "contents.yaml").write_text("- {folder: plans, title: Plans, pages: {}}\n")

    contents = DemoSite(folder).contents()

    assert [group.pages for group in contents] == [()]


def test_an_unknown_page_gets_a_page_that_says_so(visitor: TestClient[Litestar]) -> None:
    answer = visitor.get("/docs/plans/family-discount")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no page at this address." in answer.text


def test_markup_in_a_document_is_shown_and_not_run() -> None:
    page = render("## A <b>bold</b> claim\n\n<script>alert(1)</script> and [a link](javascript:alert(1))\n")

    assert "<script>" not in page.html
    assert "<b>" not in page.html
    assert 'href="javascript' not in page.html


def test_repeated_headings_get_different_anchors() -> None:
    page = render("## Search\n\nOne.\n\n## Search\n\nTwo.\n")

    assert page.headings == (("search", "Search"), ("search-1", "Search"))


def test_prices_on_the_pricing_page_are_those_of_the_documentation(visitor: TestClient[Litestar]) -> None:
    page = BeautifulSoup(visitor.get("/pricing").text, "html.parser")
    documented = (DEMO / "docs/plans/prices.md").read_text(encoding="utf-8")

    yearly = [tag.text for tag in page.select(".price .if-yearly")]
    monthly = [tag.text for tag in page.select(".price .if-monthly")]

    assert len(yearly) == len(monthly) == 2
    for plan, by_year, by_month in zip(["Team", "Business"], yearly, monthly, strict=True):
        assert (
            f"{plan} costs {by_year} EUR per seat a month when billed yearly, or {by_month} EUR billed"
            in documented
        )
