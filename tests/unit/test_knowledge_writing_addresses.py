"""Where citations may lead: to the web and to this server, whatever a document says of itself."""

from __future__ import annotations

import pytest

from server.moves.answering import NOWHERE, sources, web_address
from tests.support.writing import an_answer


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.fernway.example/plans/prices#prices:~:text=Team%20costs",
        "http://localhost:8000/docs/a",
        "https://docs.fernway.example",
        "/docs/plans/prices#prices:~:text=Team",
        "/",
    ],
)
def test_web_pages_and_our_own_pages_are_linked(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>1</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.example/1",
        "//evil.example/a",
        "/\\evil.example",
        "\\\\evil.example",
        "https://docs.fernway.example@evil.example/",
        "https:evil.example",
        "mailto:a@b.example",
        "docs/a",
        "",
    ],
)
def test_everything_else_leads_nowhere(url: str) -> None:
    assert web_address(url) == NOWHERE


def test_a_citation_of_a_page_with_a_script_for_an_address_leads_nowhere() -> None:
    from dataclasses import replace

    answer = an_answer()
    bad = replace(answer.citations[0], url="javascript:alert(1)")

    assert [one.url for one in sources(replace(answer, citations=(bad,))).citations] == [NOWHERE]
