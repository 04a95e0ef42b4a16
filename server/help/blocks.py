"""Articles as data: what the help panel draws. Never HTML, whatever the documents were written in."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class Span(_Data):
    """A run of words. A link leads to an `article` of the site, at its `anchor` when it names one, or out (`href`)."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str = ""
    article: str = ""
    anchor: str = ""

    @model_serializer(mode="wrap")
    def _short(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Most runs are plain: what they are not needs no words."""
        return {name: value for name, value in write(self).items() if value or name == "text"}


class Heading(_Data):
    kind: Literal["heading"] = "heading"
    level: int
    text: str
    anchor: str
    """The one that citations and search results name."""


class Text(_Data):
    kind: Literal["text"] = "text"
    spans: list[Span]


class Item(_Data):
    """A point or a step, with what stands below it."""

    spans: list[Span]
    body: list[Block] = []


class Items(_Data):
    kind: Literal["list"] = "list"
    ordered: bool
    start: int = 1
    items: list[Item]


class Table(_Data):
    kind: Literal["table"] = "table"
    header: list[list[Span]]
    rows: list[list[list[Span]]]


class Code(_Data):
    kind: Literal["code"] = "code"
    language: str = ""
    text: str


class Note(_Data):
    """Set apart from the text around it."""

    kind: Literal["note"] = "note"
    body: list[Block]


Block = Heading | Text | Items | Table | Code | Note
Item.model_rebuild()
Note.model_rebuild()
