"""German verbs whose particle stands at the end of the clause: "stellt ... ein" is "einstellen". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from intents.gloss.endings import PARTICLES, german_stems

_CLAUSE = re.compile(r"[,.;:!?()\n]")
_AFTER = frozenset({"und", "oder", "aber", "bitte", "wenn", "weil", "dass", "damit", "sobald"})
_FARTHEST = 12


def separated(
    text: str, words: Sequence[str], places: Sequence[tuple[int, int]], verbs: Mapping[str, str]
) -> dict[int, str]:
    """The English by the number of the word: the verb's at its own place, nothing at the particle's.

    `words` are folded, `places` where they begin and end in the text.
    """
    found: dict[int, str] = {}
    for at, particle in enumerate(words):
        if particle not in PARTICLES or not _ends_clause(text, words, places, at):
            continue
        for back in range(at - 1, max(-1, at - _FARTHEST), -1):
            if _CLAUSE.search(text[places[back][1] : places[back + 1][0]]):
                break
            english = next((verbs[one] for one in _joined(particle, words[back]) if one in verbs), None)
            if english:
                found |= {back: english, at: ""}
                break
    return found


def _joined(particle: str, word: str) -> list[str]:
    return [particle + stem for stem in german_stems(word)]


def _ends_clause(text: str, words: Sequence[str], places: Sequence[tuple[int, int]], at: int) -> bool:
    if at + 1 == len(words):
        return True
    return words[at + 1] in _AFTER or bool(_CLAUSE.search(text[places[at][1] : places[at + 1][0]]))
