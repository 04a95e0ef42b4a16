"""Page addresses as rules and counts use them."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from intents.redaction import redact

_PERSONAL = re.compile(r"@|^(?=.*\d)[\w.~-]{20,}$|^\d{5,}$")
"""A path segment that may name a person or open something: an address, a long token, a long number."""


def page_path(url: str) -> str:
    """The path of a page address, as rules and counts use it; what looks like an address or a token is left out."""
    segments = (urlsplit(url).path or "/").split("/")
    kept = "/".join("…" if _is_personal(unquote(segment)) else segment for segment in segments)
    # What is split by a slash, such as a number with its area code, is left out whole.
    return "/…" if redact(unquote(kept)).sealed else kept


def _is_personal(segment: str) -> bool:
    return bool(_PERSONAL.search(segment) or redact(segment).sealed)
