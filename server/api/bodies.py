"""What the API reads and writes, as pydantic models; the OpenAPI document is made of them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from knowledge.parsing.front_matter import MAX_LANGUAGE, MAX_OWNER, is_language
from knowledge.values import PutDocument

MAX_BODY_BYTES = 4_194_304
MAX_TEXT_CHARS = 2_000_000
_ADDRESS = re.compile(r"(https?://|/)[^\s<>\"]+")
_LABEL = re.compile(r"[\w.:@-]{1,64}")


def _label(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise ValueError("is no audience; use 1 to 64 letters, digits, dots, dashes and colons")
    return name


Label = Annotated[str, AfterValidator(_label)]


class DocumentBody(BaseModel):
    """A document as another system puts it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(default="", max_length=300)
    """Nothing: its first heading is its title."""
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    format: Literal["markdown", "html", "text"] = "markdown"
    url: str = Field(default="", max_length=2_000)
    """Where visitors can open it; nothing: this server shows it under /kb/."""
    audience: list[Label] = Field(default=[], max_length=50)
    """Who may get it in an answer; nothing means everybody."""
    owner: str = Field(default="", max_length=MAX_OWNER)
    language: str = Field(default="", max_length=MAX_LANGUAGE)
    """A BCP 47 tag such as `en` or `pt-BR`."""
    updated: date | None = None
    expires: AwareDatetime | None = None
    """From this moment on nothing of it is found or cited."""

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("is empty; delete the document instead")
        return text

    @field_validator("url")
    @classmethod
    def _opens(cls, url: str) -> str:
        if url and not _ADDRESS.fullmatch(url):
            raise ValueError("is no address; begin with https://, http:// or /, or leave it out")
        return url

    @field_validator("language")
    @classmethod
    def _is_a_tag(cls, language: str) -> str:
        if language and not is_language(language):
            raise ValueError("is no language tag; write en or pt-BR, or leave it out")
        return language

    def document(self, site: str, path: str) -> PutDocument:
        """As the library takes it."""
        fields = self.model_dump(exclude={"audience", "url"})
        # Relative, so that the server may move.
        url = self.url or f"/kb/{site}/{path}"
        return PutDocument(path=path, url=url, audience=tuple(self.audience), **fields)


class DocumentInfo(BaseModel):
    """A document without its text."""

    id: str
    """Its path within the site."""
    title: str
    url: str
    format: str
    audience: list[str]
    owner: str
    language: str
    updated: date | None
    expires: datetime | None
    superseded_by: str
    source: str
    """The name of the source it came from."""
    version: str
    """Changes with the content; the same as the ETag."""


class DocumentWhole(DocumentInfo):
    """A document with the text that answers quote, and what was put."""

    text: str
    """Plain, as visitors get it."""
    content: str
    """As it was put or read."""


class PutResult(BaseModel):
    """What a PUT did."""

    result: Literal["created", "changed", "unchanged"]
    document: DocumentInfo
    left_out: list[str] = []
    """Sentences that speak to machines which read the page: nothing of them is found or cited."""


class DocumentPage(BaseModel):
    """A page of the list, by path."""

    documents: list[DocumentInfo]
    next: str | None
    """The `after` of the next page; null on the last."""


class BrokenInfo(BaseModel):
    """A page that could not be read."""

    path: str
    reason: str


class SourceInfo(BaseModel):
    """Where documents come from, and how the last reading went."""

    name: str
    kind: str
    location: str
    state: Literal["new", "reading", "fine", "failed"]
    every_s: int | None
    last_at: datetime | None
    next_at: datetime | None
    documents: int
    error: str
    broken: list[BrokenInfo]


class SourceList(BaseModel):
    sources: list[SourceInfo]


class ReadStarted(BaseModel):
    """The reading goes on in the background; the list of sources tells how it went."""

    name: str
    state: Literal["reading"] = "reading"


class GapInfo(BaseModel):
    """Questions of one meaning that the documents do not answer, redacted."""

    id: str
    question: str
    """The one asked most."""
    count: int
    questions: list[str]
    nearest: list[str]
    """Addresses of the closest pages when it was asked."""
    first_at: datetime
    last_at: datetime


class GapList(BaseModel):
    gaps: list[GapInfo]
