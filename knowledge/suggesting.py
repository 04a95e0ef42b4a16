"""Search as one types: pages by the words so far, the last of which may be half a word, and by their meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.dense import Mask
from knowledge.indexes.shelf import Shelf
from knowledge.indexes.vocabulary import Vocabulary
from knowledge.snippets import Snippet, snippet
from knowledge.values import Found, Passage
from knowledge.words import fold, raw_words, stem, word_list

_COMPLETIONS = 24
"""Words that half a word may become; the most frequent ones."""
_MENDABLE = 4
"""Letters from which on a word may be a slip of another."""
_SLIP, _HALF = 0.6, 0.85
"""What a mended word and a completed one count, beside one that was typed."""
_IN_TITLE, _IN_HEADING, _AS_TITLE = 6.0, 3.0, 4.0
_NEAR = 0.38
"""Cosine from which on a passage is about what was asked, whatever its words."""
PASSAGES = 24
"""Looked at by meaning."""
_ASKED_WORDS = 3
_AMONG = 5
"""Of the ranks that are put together: how little the first place is worth more than the second."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A page with its best section for what was typed."""

    id: str
    path: str
    url: str
    title: str
    updated: date | None
    heading: str
    anchor: str
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Suggested:
    """The best pages, and how many fit among those that this audience may see."""

    hits: tuple[Hit, ...]
    total: int


NOTHING = Suggested((), 0)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One word of the query: the terms that stand for it, each with what it counts."""

    terms: dict[str, float]
    is_half: bool
    must: bool


Meaning = Callable[[str], Sequence[Found]]
"""The passages that mean the same as a text, best first; remembers what it was asked before."""


def suggest(
    shelf: Shelf, find: Meaning, query: str, *, k: int, allowed: Mask | None, whole: bool = False
) -> Suggested:
    """The best pages for a query that may be half typed; `whole` says that it is not, or that somebody paused.

    Words are looked up as they are typed. Three words that stand, or a whole query, are also searched by meaning; the
    half word behind them is not, so that it costs an embedding for each word and not for each letter.
    """
    wanted = _wanted(query, shelf.vocabulary, is_whole=whole)
    if len(shelf) == 0 or not wanted:
        return NOTHING
    rows, pages, fits = _by_words(shelf, query, wanted, allowed)
    ranked = [place for place in np.argsort(-pages, kind="stable").tolist() if fits[place]]
    near: dict[int, Passage] = {}
    if asked := _asked(query, is_whole=whole):
        near = _by_meaning(shelf, find(asked))
        ranked = _merged(ranked, list(near)) if near else ranked
    hits = [
        _hit(shelf, place, near.get(place) or _best_passage(shelf, rows, place), wanted)
        for place in ranked[:k]
    ]
    return Suggested(tuple(hits), len(ranked))


def _asked(query: str, *, is_whole: bool) -> str:
    """What of the query is searched by meaning; empty for nothing."""
    words = query.split()
    if is_whole:
        return " ".join(words)
    done = words if query[-1:].isspace() else words[:-1]
    return " ".join(done) if len(done) >= _ASKED_WORDS else ""


def _wanted(query: str, known: Vocabulary, *, is_whole: bool) -> list[_Wanted]:
    words = raw_words(query)
    is_half = not is_whole and bool(query) and not query[-1].isspace()
    small = word_list("stop_words")
    found: list[_Wanted] = []
    for place, word in enumerate(words):
        is_last = is_half and place == len(words) - 1
        if is_last:
            found.append(_half(word, known, must=word not in small))
        elif word not in small:
            found.append(_Wanted(_as_written(word, known), is_half=False, must=True))
    if not any(one.must for one in found):
        found = [_Wanted(one.terms, one.is_half, must=True) for one in found]
    return [one for one in found if one.terms or one.must]


def _as_written(word: str, known: Vocabulary) -> dict[str, float]:
    own = stem(word)
    if known.count(word) or known.knows_stem(own):
        return {own: 1.0}
    return {own: 1.0, **{stem(other): _SLIP for other in _slips(word, known, is_half=False)}}


def _half(word: str, known: Vocabulary, *, must: bool) -> _Wanted:
    small = word_list("stop_words")
    completed = known.beginning(word, _COMPLETIONS)
    counts = {stem(other): _HALF for other in completed if other not in small}
    if known.count(word):
        counts[stem(word)] = 1.0
    if not counts:
        counts = {stem(other): _SLIP for other in _slips(word, known, is_half=True)}
    return _Wanted(counts, is_half=True, must=must)


def _slips(word: str, known: Vocabulary, *, is_half: bool) -> Sequence[str]:
    """Words of the shelf that somebody who typed this may have meant."""
    if len(word) < _MENDABLE or word.isdigit():
        return ()
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    edits = 1 if len(word) <= 8 else 2
    # A slip is rarely at the first letter, unless the first two were swapped.
    pool = [other for first in dict.fromkeys(word[:2]) for other in known.beginning(first, None)]
    if is_half:
        pool = [other for other in pool if len(other) >= len(word) - 1]
        compared = [other[: len(word)] for other in pool]
    else:
        compared = pool
    near = process.extract(word, compared, scorer=OSA.distance, score_cutoff=edits, limit=None)
    # Among equally near ones, the ending is wrong more often than the beginning.
    ranked = [((distance, -_shared_start(word, pool[place])), pool[place]) for _, distance, place in near]
    best = min((rank for rank, _ in ranked), default=None)
    return [other for rank, other in ranked if rank == best][:_COMPLETIONS]


def _shared_start(left: str, right: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _by_words(
    shelf: Shelf, query: str, wanted: Sequence[_Wanted], allowed: Mask | None
) -> tuple[Scores, Scores, NDArray[np.bool_]]:
    """Scores of rows and of pages, and which pages hold every word that must be there, or as many as any does."""
    names = shelf.names
    rows = np.zeros(len(shelf), np.float32)
    pages = np.zeros(len(names.firsts), np.float32)
    held = np.zeros(len(names.firsts), np.float32)
    for one in wanted:
        body, heading = np.zeros_like(rows), np.zeros_like(rows)
        title = np.zeros_like(pages)
        for term, counts in one.terms.items():
            np.maximum(body, counts * shelf.keywords.scores([term]), out=body)
            if (at := names.headings.get(term)) is not None:
                heading[at] = np.maximum(heading[at], counts)
            if (at := names.titles.get(term)) is not None:
                title[at] = np.maximum(title[at], counts)
        if allowed is not None:
            body[~allowed] = 0
            heading[~allowed] = 0
        rows += body / (body + 3) + _IN_HEADING * heading
        pages += _IN_TITLE * title
        if one.must:
            held += np.maximum.reduceat(body, names.firsts) > 0
    pages += np.maximum.reduceat(rows, names.firsts)
    typed = fold(" ".join(query.split()))
    begins = [place for place, title in enumerate(names.titles_folded) if title.startswith(typed)]
    pages[begins] += _AS_TITLE
    must = sum(one.must for one in wanted)
    most = float(held.max())
    enough = most if most * 2 >= must else float("inf")
    return rows, pages, (held >= enough) & (held > 0)


def _best_passage(shelf: Shelf, rows: Scores, place: int) -> Passage:
    firsts = shelf.names.firsts
    start = int(firsts[place])
    end = int(firsts[place + 1]) if place + 1 < len(firsts) else len(rows)
    return shelf.entry(start + int(np.argmax(rows[start:end]))).passage


def _by_meaning(shelf: Shelf, passages: Iterable[Found]) -> dict[int, Passage]:
    """The pages of these passages, best first, each with its best one."""
    near: dict[int, Passage] = {}
    for found in passages:
        if found.dense >= _NEAR:
            near.setdefault(shelf.names.by_id[found.passage.document_id], found.passage)
    return near


def _merged(worded: Sequence[int], near: Sequence[int]) -> list[int]:
    """Both rankings as one: what stands high in either comes first."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in (worded, near):
        for rank, place in enumerate(ranking):
            scores[place] += 1 / (_AMONG + rank)
    return sorted(scores, key=lambda place: (-scores[place], place))


def _hit(shelf: Shelf, place: int, passage: Passage, wanted: Iterable[_Wanted]) -> Hit:
    card = shelf.card(int(shelf.names.firsts[place]))
    path = [name for name in passage.heading_path if name != card.title]
    marked = frozenset(term for one in wanted for term in one.terms)
    return Hit(
        id=card.id,
        path=card.path,
        url=card.url,
        title=card.title,
        updated=card.updated,
        heading=path[-1] if path else "",
        anchor=passage.anchor if path else "",
        snippet=snippet(passage, marked),
    )
