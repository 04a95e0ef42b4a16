"""Every fixed sentence of the assistant, its pages and its mails: one reviewed file a language, with the same keys."""

from __future__ import annotations

from collections.abc import Mapping
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
    return entry.format(**{key: _written(value, known) for key, value in given.items()})


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
