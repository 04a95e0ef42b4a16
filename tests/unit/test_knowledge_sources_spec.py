"""What an operator may say about a source, and how a mistake is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from knowledge.errors import SourceSpecError, SourceUnreadableError
from knowledge.parsing.markdown import parse_markdown
from knowledge.sources.spec import SourceSpec, spec_from


def test_a_spec_survives_the_way_through_json() -> None:
    spec = SourceSpec(
        "site", "https://docs.example.com/", include=("docs/**",), audience=("Team", "public"), per_second=0.5
    )

    assert spec_from(spec.values()) == spec
    assert spec.audience == ("public", "team")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "ftp"}, "kind"),
        ({}, "kind"),
        ({"kind": "site"}, "location"),
        ({"kind": "site", "location": "ftp://example.com"}, "location"),
        ({"kind": "site", "location": "https://user:secret@example.com"}, "location"),
        ({"kind": "site", "location": "https://example.com:99999/"}, "location"),
        ({"kind": "feed", "location": "docs/feed.xml"}, "location"),
        ({"kind": "pushed", "location": "x"}, "location"),
        ({"kind": "folder", "location": "docs", "base_url": "docs"}, "base_url"),
        ({"kind": "folder", "location": "docs", "max_pages": 0}, "max_pages"),
        ({"kind": "folder", "location": "docs", "max_pages": "many"}, "max_pages"),
        ({"kind": "folder", "location": "docs", "max_pages": True}, "max_pages"),
        ({"kind": "folder", "location": "docs", "per_second": 0}, "per_second"),
        ({"kind": "folder", "location": "docs", "language": "English please"}, "language"),
        ({"kind": "folder", "location": "docs", "include": [1]}, "include"),
        ({"kind": "folder", "location": "docs", "exclude": ["/"]}, "exclude"),
        ({"kind": "folder", "location": "docs", "depth": 3}, "depth"),
        ({"kind": "folder", "location": "docs", "expires_after_days": 0}, "expires_after_days"),
    ],
)
def test_a_mistake_is_named_by_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(SourceSpecError, match=f"^{field}: "):
        spec_from(values)


@pytest.mark.parametrize(
    ("glob", "path", "is_let_through"),
    [
        ("docs", "docs", True),
        ("docs", "/docs/a/b", True),
        ("docs", "docs-old/a", False),
        ("docs/*", "docs/a", True),
        ("docs/*", "docs/a/b", False),
        ("docs/**", "docs/a/b", True),
        ("**/drafts/*", "a/b/drafts/c", True),
        ("**/drafts/*", "drafts/c", True),
        ("v?.html", "v1.html", True),
        ("v?.html", "v1xhtml", False),
    ],
)
def test_globs_choose_paths(glob: str, path: str, *, is_let_through: bool) -> None:
    including = SourceSpec("folder", "docs", include=(glob,))
    excluding = SourceSpec("folder", "docs", exclude=(glob,))

    assert including.admits(path) is is_let_through
    assert excluding.admits(path) is not is_let_through


def test_front_matter_says_whose_a_page_is_how_long_it_holds_and_what_it_replaces() -> None:
    source = (
        "---\nlang: pt_br\nowner: billing team\npublished: 2026-01-02\nexpires: 2026-03-01\n"
        "superseded_by: /guides/new-plans.md\nsupersedes: [plans/2024, /plans/2025.md]\n---\nText.\n"
    )

    parsed = parse_markdown(source, fallback_title="x")

    assert (parsed.language, parsed.owner, parsed.published) == ("pt-BR", "billing team", date(2026, 1, 2))
    assert parsed.expires == datetime(2026, 3, 2, tzinfo=UTC)
    assert (parsed.superseded_by, parsed.supersedes) == ("guides/new-plans", ("plans/2024", "plans/2025"))
    assert parsed.meta == {}


def test_an_expiry_with_a_time_is_that_very_moment_in_utc() -> None:
    quoted = parse_markdown('---\nexpires: "2026-03-01T12:00:00+02:00"\n---\nText.\n', fallback_title="x")
    bare = parse_markdown("---\nexpires: 2026-03-01T10:00:00Z\n---\nText.\n", fallback_title="x")

    assert quoted.expires == bare.expires == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("expires: next spring", "expires"),
        ("expires: 2026-02-31", "front matter"),
        ("published: soon", "published"),
        ("language: every language", "language"),
        ("superseded_by: the new page", "superseded_by"),
        ("supersedes: ../../etc/passwd", "supersedes"),
    ],
)
def test_a_front_matter_value_that_makes_no_sense_is_refused_by_name(line: str, field: str) -> None:
    with pytest.raises(SourceUnreadableError, match=field):
        parse_markdown(f"---\n{line}\n---\nText.\n", fallback_title="x")
