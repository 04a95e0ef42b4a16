"""Heading anchors, the same ones for the index, the citations and the pages that we serve."""

from __future__ import annotations

import re

_DROPPED = re.compile(r"[^\w\- ]", re.UNICODE)


def slug(text: str, seen: dict[str, int]) -> str:
    """GitHub-style anchor of a heading; `seen` counts earlier ones of the page, so that a repeat becomes `name-1`."""
    base = _DROPPED.sub("", text.strip().lower()).replace(" ", "-")
    count = seen.get(base, 0)
    seen[base] = count + 1
    return f"{base}-{count}" if count else base
