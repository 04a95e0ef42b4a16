"""What the command line says about a source, read: its place, its name, its schedule, and what stays as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from server.errors import FrontdeskError

if TYPE_CHECKING:
    from knowledge.sources.spec import SourceSpec

NEVER = "never"
_EVERY = re.compile(r"(\d{1,6})\s*(m|min|h|d|w)")
_SECONDS = {"m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def is_address(text: str) -> bool:
    """Whether a source is on the web."""
    return bool(re.match(r"https?://", text))


def seconds(every: str | None) -> int | None:
    """`90m`, `1h`, `7d` or `2w` as seconds; `never` is no schedule."""
    if every is None or every.strip().lower() == NEVER:
        return None
    found = _EVERY.fullmatch(every.strip().lower())
    if found is None:
        raise FrontdeskError(
            f"--every {every!r} is no time; write it like 90m, 6h, 1d, 2w or never", code="bad_data"
        )
    return int(found.group(1)) * _SECONDS[found.group(2)]


def name_of(address: str) -> str:
    """A source's name from its address: `docs.acme.example`, or with a path `acme.example-docs`."""
    parts = urlsplit(address)
    words = re.sub(r"[^a-z0-9.]+", "-", f"{parts.hostname or 'site'}{parts.path}".lower())
    return words.strip("-.")[:100] or "site"


def check_site(site: str) -> None:
    """Raises when this can not be the key of a site."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", site):
        raise FrontdeskError(
            f"--site {site!r} is no site key; use small letters, digits, - and _", code="bad_data"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `source add` was told, before it is checked."""

    name: str
    location: str
    kind: str | None
    every: str | None
    fields: dict[str, Any]

    def spec(self, site: str, known: SourceSpec | None) -> SourceSpec:
        """What was named; the rest as it was."""
        from knowledge.sources.spec import SourceSpec

        given = {name: value for name, value in self.fields.items() if value not in (None, ())}
        named = {**given, "kind": self._kind(known), "location": self._location()}
        values: dict[str, Any] = {**(known.values() if known else {}), **named}
        if values["kind"] != "folder" and "base_url" not in given:
            values["base_url"] = ""
        elif values["kind"] == "folder" and not values.get("base_url"):
            # Without a home on the web a folder's pages are read here.
            values["base_url"] = f"/kb/{site}"
        for name in ("include", "exclude", "audience"):
            values[name] = tuple(values.get(name, ()))
        return SourceSpec(**values)

    def every_s(self, known: int | None) -> int | None:
        """When it is read again; a schedule that is not named stays."""
        return known if self.every is None else seconds(self.every)

    def _kind(self, known: SourceSpec | None) -> str:
        on_web = is_address(self.location)
        if self.kind or known is None or on_web == (known.kind == "folder"):
            return self.kind or ("site" if on_web else "folder")
        return known.kind

    def _location(self) -> str:
        from server.source_places import refuse_address

        if is_address(self.location):
            return self.location
        refuse_address(self.location)
        return str(Path(self.location).absolute())
