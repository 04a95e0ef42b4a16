"""Which language a message is written in; "und" where there is too little to tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# What visitors of European and Gulf sites write. Fewer candidates are fewer wrong answers on short texts.
LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "sv",
    "da",
    "tr",
    "ar",
    "ru",
    "uk",
    "ja",
    "zh",
    "ko",
)
_NOT_WORDS = re.compile(r"\[[a-z]+_\d+\]|https?://\S+|[\d\W_]+")
_READ_AT_MOST = 600
_ENGLISH_CLUES_WORDS = (
    "the is are do does can how what your you and for with my we i of to in it on a an hi hello please thanks "
    "yes no ok okay price pricing demo trial plan plans"
)
_ENGLISH_CLUES = frozenset(_ENGLISH_CLUES_WORDS.split())


def detect(text: str) -> str:
    """An ISO 639-1 code or "und"."""
    words = _NOT_WORDS.sub(" ", text[:_READ_AT_MOST]).split()
    letters = "".join(words)
    if len(letters) < 2:
        return "und"
    if any(word.lower() in _ENGLISH_CLUES for word in words) and letters.isascii() and len(words) <= 4:
        return "en"
    is_latin = letters.isascii()
    if is_latin and (len(words) < 3 or len(letters) < 12):
        return "und"
    code, probability = _identifier().classify(" ".join(words))
    return str(code) if probability >= 0.6 else "und"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
