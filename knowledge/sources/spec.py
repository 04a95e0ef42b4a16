"""What an operator says about one source of documents: its kind, its place and its bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from knowledge.errors import SourceSpecError
from knowledge.parsing.front_matter import MAX_OWNER, is_language, read_language

SourceKind = Literal["folder", "site", "feed", "pushed"]
KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
_LISTS = ("include", "exclude", "audience")


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Checked when it is made: one that exists can be read."""

    kind: SourceKind
    location: str = ""
    """A folder or file, the address where a site or feed begins; nothing for what others push."""
    base_url: str = ""
    """Of a folder: where its pages are served."""
    include: tuple[str, ...] = ()
    """Globs of paths; nothing means everything. `docs` is a folder and what is below it, `*` stops at a slash."""
    exclude: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    """Of pages that do not name theirs; of every page of a site or feed, whose words are not the operator's."""
    owner: str = ""
    language: str = ""
    max_pages: int = 2_000
    max_depth: int = 8
    per_second: float = 2.0
    allow_private: bool = False
    """Whether addresses inside the operator's own network may be asked."""
    expires_after_days: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SourceSpecError(f"kind: {self.kind!r} is not a kind of source: use {', '.join(KINDS)}")
        object.__setattr__(self, "audience", _labels(self.audience))
        for name in ("include", "exclude"):
            object.__setattr__(self, name, tuple(glob.strip().strip("/") for glob in getattr(self, name)))
            if not all(getattr(self, name)):
                raise SourceSpecError(f"{name}: holds an empty glob: write one such as docs/** or remove it")
        self._check_location()
        if self.base_url and not self.base_url.startswith("/"):
            _check_address("base_url", self.base_url)
        if self.language and not is_language(self.language):
            raise SourceSpecError(f"language: {self.language!r} is not a language tag: write en or pt-BR")
        object.__setattr__(self, "language", read_language(self.language))
        if len(self.owner) > MAX_OWNER:
            raise SourceSpecError(f"owner: is longer than {MAX_OWNER} characters: name a team or a person")
        self._check_bounds()

    def _check_location(self) -> None:
        if self.kind == "pushed":
            if self.location:
                raise SourceSpecError("location: what others push has none: remove it")
        elif not self.location.strip():
            what = (
                "a folder or file"
                if self.kind == "folder"
                else "an address such as https://docs.example.com/"
            )
            raise SourceSpecError(f"location: is missing: name {what}")
        elif self.kind != "folder":
            _check_address("location", self.location)

    def _check_bounds(self) -> None:
        bounds = (
            ("max_pages", self.max_pages, 1, 100_000),
            ("max_depth", self.max_depth, 0, 100),
            ("per_second", self.per_second, 0.01, 50),
            (
                "expires_after_days",
                1 if self.expires_after_days is None else self.expires_after_days,
                1,
                36_500,
            ),
        )
        for name, value, least, most in bounds:
            if not least <= value <= most:
                raise SourceSpecError(f"{name}: {value} is out of range: choose from {least:g} to {most:g}")

    def admits(self, path: str) -> bool:
        """Whether the globs let this path through."""
        bare = path.strip("/")
        if self.include and not any(_pattern(glob).fullmatch(bare) for glob in self.include):
            return False
        return not any(_pattern(glob).fullmatch(bare) for glob in self.exclude)

    def values(self) -> dict[str, Any]:
        """As JSON can hold it; `spec_from` reads it back."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


def spec_from(values: Mapping[str, Any]) -> SourceSpec:
    """A spec from JSON or YAML; raises `SourceSpecError` naming the field and what to write."""
    types = {one.name: str(one.type) for one in fields(SourceSpec)}
    unknown = sorted(set(values) - set(types))
    if unknown:
        raise SourceSpecError(f"{unknown[0]}: is not a setting of a source: use {', '.join(types)}")
    if "kind" not in values:
        raise SourceSpecError(f"kind: is missing: use {', '.join(KINDS)}")
    return SourceSpec(**{name: _typed(name, types[name], value) for name, value in values.items()})


def _typed(name: str, kind: str, value: Any) -> Any:
    if name in _LISTS:
        listed = value.split(",") if isinstance(value, str) else value
        if isinstance(listed, list | tuple) and all(isinstance(one, str) for one in listed):
            return tuple(one.strip() for one in listed if one.strip())
        raise SourceSpecError(f"{name}: {value!r} is not a list of texts")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "bool": isinstance(value, bool),
        "int": is_number and value == int(value),
        "int | None": value is None or (is_number and value == int(value)),
        "float": is_number,
    }.get(kind, isinstance(value, str))
    if not fits:
        raise SourceSpecError(f"{name}: {value!r} is not {'a text' if name == 'kind' else kind}")
    return value


def _labels(audience: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(sorted({name.strip().lower() for name in audience}))
    if not all(names):
        raise SourceSpecError("audience: holds an empty name: write one such as public, or remove it")
    return names


def _check_address(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_fine = False
    if not is_fine or re.search(r"\s", url):
        raise SourceSpecError(f"{name}: {url!r} is not a web address: write https://…")
    if parts.username is not None or parts.password is not None:
        raise SourceSpecError(f"{name}: an address must not hold a user or a password: take them out")


@lru_cache(maxsize=512)
def _pattern(glob: str) -> re.Pattern[str]:
    """`**` spans folders, `*` and `?` stay within one; a glob without them also means what is below it."""
    parts = re.split(r"(\*\*/?|\*|\?)", glob)
    spelled = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pattern = "".join(spelled.get(part, re.escape(part)) for part in parts)
    return re.compile(pattern if len(parts) > 1 else f"{pattern}(?:/.*)?")
