"""The words of a language and what they are in English, read from its YAML file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from intents.gloss.endings import stems_of, verb_in_english
from intents.gloss.spelling import folded

if TYPE_CHECKING:
    from Stemmer import Stemmer

FOLDER = Path(__file__).parent
_STEMMERS = {"de": "german", "fr": "french", "es": "spanish", "ar": "arabic"}
_SHORTEST_STEM = 4
_ATOM = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Glossary:
    """`exact` by the very spelling, `folded` without accents, `stems` by what inflections have in common.

    `phrases` holds, by its first word, every phrase's words and their English, longest first.
    """

    language: str
    exact: Mapping[str, str]
    folded: Mapping[str, str]
    stems: Mapping[str, str]
    phrases: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    numbers: Mapping[str, int]
    parts: Collection[str]
    """The words that phrases are made of."""
    verbs: Mapping[str, str]
    """The English of verbs by their stems, folded."""
    stemmer: Stemmer = field(repr=False)

    def has(self, word: str) -> bool:
        """Whether this very word, in lower case, is one of ours, alone or in a phrase."""
        return word in self.exact or word in self.parts

    def look_up(self, word: str) -> str | None:
        """The English for one word: by spelling, then without accents, then as a verb, then by its stem."""
        lowered = word.lower()
        if lowered in self.exact:
            return self.exact[lowered]
        plain = folded(word, self.language)
        if plain in self.folded:
            return self.folded[plain]
        verb = verb_in_english(plain, self.language, self.verbs)
        if verb is not None:
            return verb
        return self.stems.get(self.stemmer.stemWord(plain)) if len(plain) >= _SHORTEST_STEM else None


@lru_cache(maxsize=4)
def glossary_of(language: str) -> Glossary:
    """The shipped glossary of a language."""
    from Stemmer import Stemmer

    written = entries(language)
    verbs: dict[str, str] = {}
    for english, form in _verbs(language):
        for stem in stems_of(folded(form, language), language):
            verbs.setdefault(stem, english)
    stemmer = Stemmer(_STEMMERS[language])
    exact: dict[str, str] = {}
    plain: dict[str, str] = {}
    stems: dict[str, str] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    numbers: dict[str, int] = {}
    for english, form, is_number in written:
        atoms = atoms_of(form, language)
        if len(atoms) > 1:
            phrases.setdefault(atoms[0], []).append((atoms, english))
            continue
        exact.setdefault(form.lower(), english)
        plain.setdefault(atoms[0], english)
        if is_number:
            numbers.setdefault(atoms[0], int(english))
        if len(atoms[0]) >= _SHORTEST_STEM:
            stems.setdefault(stemmer.stemWord(atoms[0]), english)
    ordered = {first: sorted(some, key=lambda one: -len(one[0])) for first, some in phrases.items()}
    parts = frozenset(atom for some in phrases.values() for atoms, _ in some for atom in atoms)
    return Glossary(language, exact, plain, stems, ordered, numbers, parts, verbs, stemmer)


def entries(language: str) -> list[tuple[str, str, bool]]:
    """Every English word with one form of the language, and whether it is a number."""
    read = _read(language)
    return [
        (english, form.replace("_", " "), section == "numbers")
        for section in ("words", "numbers")
        for english, forms in read[section].items()
        for form in forms.split()
    ]


def _verbs(language: str) -> list[tuple[str, str]]:
    return [(english, form) for english, forms in _read(language)["verbs"].items() for form in forms.split()]


@lru_cache(maxsize=4)
def _read(language: str) -> dict[str, dict[str, str]]:
    # Every scalar is a string here: "no" and "on" are words.
    text = (FOLDER / f"words_{language}.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, str]] = yaml.load(
        text,
        Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader),  # noqa: S506  strings only
    )
    return read


def atoms_of(form: str, language: str) -> tuple[str, ...]:
    """The words of a phrase as they are looked up; in Arabic without the article."""
    words = tuple(folded(atom, language) for atom in _ATOM.findall(form))
    return tuple(without_article(word) for word in words) if language == "ar" and len(words) > 1 else words


def without_article(word: str) -> str:
    """An Arabic word without "the"."""
    return word[2:] if word.startswith("ال") and len(word) > 4 else word
