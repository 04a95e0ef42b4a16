"""Where each word of a reply comes from, and the reply made again from that alone: no copy, its derivation. Pure.

Quoted words are stretches of passages, ours are reviewed sentences with their values, the operator's are texts of the
playbook; what an action produced (a time, a price, a link) is a value of its own. Everything else of a block, such as
its kind and the ids of its prompts, stands as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.dialogue.phrases import Value, filled


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Entry):
    """A passage that the reply quotes: `document[start:start + len(text)] == text` in that version."""

    passage: str
    document: str
    version: str
    title: str
    heading: str
    start: int
    text: str


class Quoted(_Entry):
    """Words of a passage, by their place in it."""

    kind: Literal["quote"] = "quote"
    source: int
    start: int
    end: int
    flows: bool = False
    """Whether its line breaks are spaces in the reply."""


class Named(_Entry):
    """A source's own title or heading."""

    kind: Literal["name"] = "name"
    source: int
    part: Literal["title", "heading"]


class Dated(_Entry):
    """A day among the values of a sentence: every language writes it its own way."""

    date: date


class Phrased(_Entry):
    """A reviewed sentence with its values; `template` is how it read in that version."""

    kind: Literal["phrase"] = "phrase"
    name: str
    language: str
    template: str
    values: dict[str, str | int | Dated]


class Given(_Entry):
    """Words that were made elsewhere: by the operator, by an action, by an outside writer."""

    kind: Literal["given"] = "given"
    by: Literal["playbook", "catalogue", "document", "action", "approved", "writer", "joint"]
    key: str = ""
    text: str


Piece = Annotated[Quoted | Named | Phrased | Given, Field(discriminator="kind")]


class Derivation(_Entry):
    """A reply, taken apart."""

    sources: list[Source]
    texts: list[list[Piece]]
    blocks: list[dict[str, Any]]
    """The blocks, with a number in place of each of their words."""


def rebuilt(derivation: Derivation) -> list[dict[str, Any]]:
    """The blocks of the reply, made again."""
    texts = [words_of(derivation, pieces) for pieces in derivation.texts]
    return [_filled_in(block, texts) for block in derivation.blocks]


def words_of(derivation: Derivation, pieces: Sequence[Piece]) -> str:
    """What the pieces say, one after the other."""
    return "".join(word_of(derivation, piece) for piece in pieces)


def word_of(derivation: Derivation, piece: Piece) -> str:
    """What one piece says."""
    match piece:
        case Quoted():
            words = derivation.sources[piece.source].text[piece.start : piece.end]
            return " ".join(words.split()) if piece.flows else words
        case Named():
            source = derivation.sources[piece.source]
            return source.title if piece.part == "title" else source.heading
        case Phrased():
            return filled(piece.template, values_of(piece), piece.language)
        case Given():
            return piece.text


def values_of(piece: Phrased) -> dict[str, Value]:
    """The values of a sentence as the sentence takes them."""
    return {name: value.date if isinstance(value, Dated) else value for name, value in piece.values.items()}


def pieces_of(derivation: Derivation) -> Iterator[Piece]:
    """All pieces, in the order of the reply."""
    for pieces in derivation.texts:
        yield from pieces


def shares(derivation: Derivation) -> Mapping[str, float]:
    """How much of the reply's words is quoted, phrased, the operator's, or made by an action; they add up to 1."""
    counted: dict[str, int] = {}
    for piece in pieces_of(derivation):
        name = piece.by if isinstance(piece, Given) else piece.kind
        counted[name] = counted.get(name, 0) + len(word_of(derivation, piece))
    whole = sum(counted.values()) or 1
    return {name: count / whole for name, count in counted.items()}


def _filled_in(value: Any, texts: Sequence[str]) -> Any:
    match value:
        case {"$text": int(at)}:
            return texts[at]
        case dict():
            return {key: _filled_in(each, texts) for key, each in value.items()}
        case list():
            return [_filled_in(each, texts) for each in value]
        case _:
            return value
