"""A feed that defines entities is refused, however its letters are spelled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knowledge.errors import SourceMissingError
from knowledge.sources.feed import read_entries
from knowledge.sources.fetches import Fetch
from knowledge.sources.spec import SourceSpec

FEED = (
    '<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [<!ENTITY a "boom">]><rss version="2.0"><channel>'
    "<title>News</title><item><title>One</title><description>Words.</description></item></channel></rss>"
)


def fetched(body: bytes) -> Fetch:
    place = "https://example.com/feed.xml"
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Fetch(place, place, 200, "", "", "application/rss+xml", "", body, at, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32-be"])
def test_a_feed_that_defines_entities_is_refused_in_any_encoding(encoding: str) -> None:
    body = FEED.format(encoding=encoding).encode(encoding)
    spec = SourceSpec("feed", "https://example.com/feed.xml")

    with pytest.raises(SourceMissingError, match="entities of its own"):
        read_entries(fetched(body), spec, recipe="r", tell=lambda _: None)
