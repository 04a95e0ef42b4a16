"""Sitemaps from strangers: read one entry at a time, up to what the protocol allows."""

from __future__ import annotations

import gzip

import pytest

from knowledge.sources import sitemaps
from knowledge.sources.sitemaps import read_sitemap


def test_a_small_packed_file_of_millions_of_elements_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "_MAX_ELEMENTS", 1_000)
    late = b"<url><loc>https://example.com/late</loc></url>"
    packed = gzip.compress(b"<urlset>" + b"<a/>" * 2_000 + late + b"</urlset>")

    assert read_sitemap(packed).pages == ()


@pytest.mark.parametrize("form", ["<urlset>{}</urlset>", "{}"])
def test_no_more_addresses_are_read_than_a_sitemap_may_name(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "MAX_NAMED", 3)
    lines = [f"https://example.com/{number}" for number in range(5)]
    is_xml = form.startswith("<")
    named = "\n".join(f"<url><loc>{line}</loc></url>" if is_xml else line for line in lines)

    assert read_sitemap(form.format(named).encode()).pages == tuple(lines[:3])


def test_what_stands_before_the_break_of_a_broken_file_is_read() -> None:
    raw = b"<?xml version='1.0'?><!-- made by hand --><urlset><url><loc>https://example.com/a</loc></url><url><lo"

    assert read_sitemap(raw).pages == ("https://example.com/a",)
