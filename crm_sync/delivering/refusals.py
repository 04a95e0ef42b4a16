"""What a CRM said, without the visitor's details: its words are kept, shown, and chained into the audit trail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_ADDRESS = re.compile(r"[^\s<>\"'(),;:=\[\]{}]+(?:@|%40)[^\s<>\"'(),;:=\[\]{}]+")
_TOO_SHORT = 2
"""So short a detail stands in other words by chance."""


def without_details(words: str, details: Mapping[str, str]) -> str:
    """`words` with each detail, by its placeholder, sealed again; an address that is none of them is hidden as well."""
    for placeholder, real in sorted(details.items(), key=lambda each: -len(each[1])):
        if len(real) > _TOO_SHORT:
            spelled = "|".join(re.escape(each) for each in dict.fromkeys((real, quote(real))))
            words = re.sub(rf"(?<!\w)(?:{spelled})(?!\w)", placeholder, words, flags=re.IGNORECASE)
    return _ADDRESS.sub("[an address]", words)
