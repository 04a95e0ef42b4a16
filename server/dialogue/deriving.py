"""Takes a reply apart: which passage, sentence, text of the playbook or value each of its words is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from server.dialogue.derivation import Dated, Derivation, Given, Named, Phrased, Piece, Quoted, Source
from server.dialogue.phrases import Use, Value

_WORDS = frozenset(
    ("text", "label", "title", "heading", "quote", "passage", "note", "submit", "zone_label", "when", "unit_price",
     "total", "plan", "error")
)  # fmt: skip
"""What people read in a block; the rest are ids, numbers, addresses and switches."""
_WORD_LISTS = frozenset({"header", "rows"})
_SPACE = re.compile(r"\s+")
_RUN = 12
"""So many characters in a row are a quotation; fewer may stand in any passage by chance."""


@dataclass(frozen=True, slots=True)
class Materials:
    """What a reply can be made of."""

    sources: Sequence[Source] = ()
    cited: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    """Number of a citation -> the source, and where its quote begins and ends."""
    uses: Sequence[Use] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    """Texts of the playbook -> where they stand in it."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """Labels of the catalogue -> the intent."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Titles of the nearest pages -> the document."""
    written_by: Literal["approved", "writer", "joint"] = "joint"
    """Who made cited words that stand in no passage."""


def derive(blocks: Sequence[Mapping[str, Any]], made_of: Materials) -> Derivation:
    """The derivation of these blocks; what is made again from it is these blocks."""
    taker = _Taker(made_of)
    return Derivation(
        sources=list(made_of.sources),
        blocks=[taker.taken(dict(block), ()) for block in blocks],
        texts=taker.texts,
    )


class _Taker:
    """Walks through the blocks and keeps the words that it met."""

    def __init__(self, made_of: Materials) -> None:
        self._of = made_of
        self.texts: list[list[Piece]] = []
        self._seen: dict[tuple[str, tuple[int, ...]], int] = {}
        phrases = {use.text: use for use in made_of.uses if use.text}
        self._known: dict[str, Piece] = {
            **{text: Given(by="playbook", key=key, text=text) for text, key in made_of.own.items()},
            **{text: Given(by="document", key=key, text=text) for text, key in made_of.pages.items()},
            **{text: Given(by="catalogue", key=key, text=text) for text, key in made_of.meanings.items()},
            **{text: _phrased(use) for text, use in phrases.items()},
        }
        # Only what is told from chance within a longer text; the longest fits first.
        self._within = sorted(
            (text for text, piece in self._known.items() if len(text) >= _least(piece)), key=len, reverse=True
        )

    def taken(self, value: Any, cites: tuple[int, ...], *, is_words: bool = False) -> Any:
        match value:
            case dict():
                around = _cites(value) or cites
                return {key: self._member(key, each, around) for key, each in value.items()}
            case list():
                return [self.taken(each, cites, is_words=is_words) for each in value]
            case str() if is_words and value:
                return {"$text": self._kept(value, cites)}
            case _:
                return value

    def _member(self, key: str, value: Any, cites: tuple[int, ...]) -> Any:
        if key in {"title", "heading"} and value and cites and cites[0] in self._of.cited:
            source = self._of.cited[cites[0]][0]
            part: Literal["title", "heading"] = "title" if key == "title" else "heading"
            if getattr(self._of.sources[source], part) == value:
                self.texts.append([Named(source=source, part=part)])
                return {"$text": len(self.texts) - 1}
        return self.taken(value, cites, is_words=key in _WORDS or key in _WORD_LISTS)

    def _kept(self, text: str, cites: tuple[int, ...]) -> int:
        at = self._seen.get((text, cites))
        if at is None:
            at = self._seen[text, cites] = len(self.texts)
            self.texts.append(self._pieces(text, cites))
        return at

    def _pieces(self, text: str, cites: tuple[int, ...]) -> list[Piece]:
        quoted = self._quoted(text, cites)
        if quoted is not None:
            return [quoted]
        if text in self._known:
            return [self._known[text]]
        if cites and self._of.sources:
            return self._aligned(text, cites)
        return self._parted(text)

    def _quoted(self, text: str, cites: tuple[int, ...]) -> Quoted | None:
        """The whole text as a stretch of a passage that it cites; the quote itself is looked at first."""
        for number in cites:
            if number not in self._of.cited:
                continue
            source, start, end = self._of.cited[number]
            whole = self._of.sources[source].text
            for low, high in ((start, end), (0, len(whole))):
                if (at := whole.find(text, low, high)) >= 0:
                    return Quoted(source=source, start=at, end=at + len(text))
            flowing = r"\s+".join(map(re.escape, text.split()))
            if " ".join(text.split()) == text and (found := re.search(flowing, whole)) is not None:
                return Quoted(source=source, start=found.start(), end=found.end(), flows=True)
        return None

    def _aligned(self, text: str, cites: tuple[int, ...]) -> list[Piece]:
        """Cited words that stand in no passage as a whole: the longest stretches that do, and what joins them."""
        pieces: list[Piece] = []
        loose, at = "", 0
        while at < len(text):
            size = self._longest(text, at, cites)
            found = self._quoted(text[at : at + size], cites) if size else None
            if found is None:
                loose += text[at]
                at += 1
                continue
            if loose:
                pieces.append(Given(by=self._of.written_by, text=loose))
                loose = ""
            pieces.append(found)
            at += size
        return [*pieces, Given(by=self._of.written_by, text=loose)] if loose else pieces

    def _longest(self, text: str, at: int, cites: tuple[int, ...]) -> int:
        """Length of the longest stretch from `at` that some cited passage holds; 0 for one too short to mean much."""
        low, high = 0, len(text) - at
        while low < high:
            middle = (low + high + 1) // 2
            part = text[at : at + middle]
            held = any(
                part in self._of.sources[self._of.cited[n][0]].text for n in cites if n in self._of.cited
            )
            low, high = (middle, high) if held else (low, middle - 1)
        return low if low >= _RUN else 0

    def _parted(self, text: str) -> list[Piece]:
        """Our own words: sentences and texts that stand in it, and values between them."""
        pieces: list[Piece] = []
        loose, at = "", 0
        while at < len(text):
            found = next((known for known in self._within if text.startswith(known, at)), None)
            if found is None:
                loose += text[at]
                at += 1
                continue
            if loose:
                pieces.append(_loose(loose))
                loose = ""
            pieces.append(self._known[found])
            at += len(found)
        return [*pieces, _loose(loose)] if loose else pieces


def _least(piece: Piece) -> int:
    """A sentence was said in this turn; a text of the playbook may only look like what stands here."""
    return 3 if isinstance(piece, Phrased) else _RUN


def _loose(text: str) -> Given:
    return Given(by="joint" if _SPACE.fullmatch(text) else "action", text=text)


def _cites(value: Mapping[str, Any]) -> tuple[int, ...]:
    """The citations that a line, a table or a citation itself goes by."""
    if isinstance(value.get("cites"), list):
        return tuple(value["cites"])
    return (value["n"],) if isinstance(value.get("n"), int) and "quote" in value else ()


def _phrased(use: Use) -> Phrased:
    values = {name: _kept_value(value) for name, value in use.values.items()}
    return Phrased(name=use.name, language=use.language, template=use.template, values=values)


def _kept_value(value: Value) -> str | int | Dated:
    return Dated(date=value) if isinstance(value, date) else value
