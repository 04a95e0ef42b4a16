"""Every fixed sentence of the assistant, its pages and its mails: one reviewed file a language, with the same keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from server.dialogue.languages import LANGUAGES, direction, number, plural, written_date

Value = str | int | date
Entry = str | dict[str, str]
"""A sentence, or one for each plural category of its `count`."""
_FOLDER = Path(__file__).parent
# Names and addresses keep their own direction inside a sentence that runs the other way.
_ISOLATE, _POP = "\u2068", "\u2069"


def phrase(name: str, values: Mapping[str, Value] | None = None, language: str = "en") -> str:
    """The sentence of that name in a language, with its values written as the language writes them.

    A language that we do not speak gets English.
    """
    known = language if language in LANGUAGES and name in catalogue(language) else "en"
    entry = catalogue(known)[name]
    given = values or {}
    if isinstance(entry, dict):
        count = given["count"]
        entry = entry.get(plural(int(str(count)), known), entry["other"])
    text = filled(entry, given, known)
    if (uses := _uses.get()) is not None:
        uses.append(Use(name, known, entry, dict(given), text))
    return text


def filled(template: str, values: Mapping[str, Value], language: str) -> str:
    """A sentence with its values written as the language writes them."""
    return template.format(**{key: _written(value, language) for key, value in values.items()})


@dataclass(frozen=True, slots=True)
class Use:
    """A sentence that was said, and how it came to read as it does."""

    name: str
    language: str
    template: str
    values: Mapping[str, Value]
    text: str


_uses: ContextVar[list[Use] | None] = ContextVar("uses", default=None)


@contextmanager
def noting() -> Iterator[list[Use]]:
    """Keep what is said meanwhile, for the decision record."""
    said: list[Use] = []
    token = _uses.set(said)
    try:
        yield said
    finally:
        _uses.reset(token)


@lru_cache(maxsize=1)
def version() -> str:
    """Names the sentences of all languages as they stand: the first twelve characters of their hash."""
    digest = hashlib.sha256()
    for file in sorted(_FOLDER.glob("*.yaml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Mapping[str, Entry]:
    """All sentences of a language by name."""
    text = (_FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    found: dict[str, Entry] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def _written(value: Value, language: str) -> str:
    if isinstance(value, int):
        return number(value, language)
    text = written_date(value, language) if isinstance(value, date) else value
    # An address to follow stays bare, or what marks its end would be taken for a part of it.
    is_bare = not text or text.startswith(("http://", "https://"))
    return text if is_bare or direction(language) == "ltr" else f"{_ISOLATE}{text}{_POP}"
