"""Whether a page says what a sentence that cites it says: the same figures, names, limits and denials. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.sentences import split_sentences
from knowledge.words import content_terms, holds, stem, terms
from knowledge.words import fold as folded
from knowledge.writing.facts import facts_of
from knowledge.writing.hedges import surer
from server.actions.follow_ups.values import Evidence

COVERED = 0.7
"""The share of a sentence's content words that the page has in one place."""
_AND = re.compile(r",? and (?=no|never|not)")
_WINDOW = 2
_MOST = 400
"""Places of a page that are looked at."""


def stands_in(sentence: str, page: Evidence, company: str) -> str:
    """Empty when it does, else a word that says what the page lacks."""
    if page.language.partition("-")[0] not in {"", "en"}:
        return "other_language"
    own = {stem(folded(word)) for word in company.split()}
    claim = facts_of(_without_cites(sentence))
    wanted = [term for term in content_terms(_without_cites(sentence)) if term not in own]
    best, why = -1.0, "nothing like it"
    for place in _places(page.text):
        has = facts_of(place)
        held = frozenset(terms(f"{page.title} {place}"))
        covered = sum(holds(held, term) for term in wanted) / len(wanted) if wanted else 1.0
        if covered < COVERED:
            lacks = "other words"
        elif not all(holds(held, name) for name in claim.names - own):
            lacks = "another name"
        elif not set(claim.numbers) <= set(has.numbers):
            lacks = "another figure"
        elif not claim.limits <= has.limits | facts_of(page.title).limits:
            lacks = "another limit"
        elif bool(claim.denials) != bool(has.denials):
            lacks = "the opposite"
        elif surer(sentence, place):
            lacks = "less sure"
        else:
            return ""
        if covered > best:
            best, why = covered, lacks
    return why


@lru_cache(maxsize=64)
def _places(text: str) -> tuple[str, ...]:
    """Each sentence by itself, and with the one after it."""
    found: list[str] = []
    for line in text.split("\n"):
        spans = split_sentences(line)
        for at in range(len(spans)):
            start = spans[at][0]
            found += [line[start : spans[min(at + size, len(spans) - 1)][1]] for size in range(_WINDOW)]
            # "In two regions, Frankfurt and Dublin, and nowhere else" says the first half by itself as well.
            found += [line[start : start + cut.start()] for cut in _AND.finditer(line[start : spans[at][1]])]
    return tuple(dict.fromkeys(found))[:_MOST]


def _without_cites(text: str) -> str:
    return text.partition(" [")[0] if text.rstrip().endswith("]") else text
