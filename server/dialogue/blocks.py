"""What an assistant's turn is made of: a closed union of blocks that the widget knows how to draw.

Text in blocks is plain text, never HTML; `cites` are the numbers of the citations that support it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Part):
    """A run of words with the citations that support them."""

    text: str
    cites: list[int] = []


class _Block(_Part):
    lang: str = ""
    """The language of its words, as in HTML; empty in what was logged before there was more than one."""


class TextBlock(_Block):
    """A paragraph; each line is a sentence or two with its own citations."""

    kind: Literal["text"] = "text"
    lines: list[Line]


class ListBlock(_Block):
    """Steps (`ordered`) or points."""

    kind: Literal["list"] = "list"
    ordered: bool
    start: int = 1
    items: list[Line]


class TableBlock(_Block):
    """A table, or the rows of one that matter."""

    kind: Literal["table"] = "table"
    header: list[str]
    rows: list[list[str]]
    cites: list[int]


class CodeBlock(_Block):
    """Code, verbatim."""

    kind: Literal["code"] = "code"
    language: str = ""
    text: str
    cites: list[int]


class Citation(_Part):
    """Where words come from. `quote` stands verbatim in `passage`, between `start` and `end` (characters)."""

    n: int = Field(ge=1)
    url: str
    """Opens the page at the heading, with a text fragment that marks the quote."""
    title: str
    heading: str
    quote: str
    passage: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    score: float
    document_version: str
    updated: date | None = None


class SourcesBlock(_Block):
    """Each source of the turn once; the numbers are those in `cites`."""

    kind: Literal["sources"] = "sources"
    citations: list[Citation]


class PageLink(_Part):
    title: str
    url: str


class PagesBlock(_Block):
    """The nearest pages, when the documents do not hold the answer."""

    kind: Literal["pages"] = "pages"
    pages: list[PageLink]


class Choice(_Part):
    value: str
    label: str


class ChoicesBlock(_Block):
    """Quick replies. `question` ones come from the playbook and can be skipped; free text works as well.

    Those of a `starter` are said as the visitor's words, not sent as a choice.
    """

    kind: Literal["choices"] = "choices"
    prompt: str
    purpose: Literal["question", "offer", "clarify", "starter"]
    text: str
    choices: list[Choice]


class Slot(_Part):
    value: str
    start: datetime
    label: str
    """The time of day in the block's zone, as the visitor reads it."""


class SlotDay(_Part):
    date: date
    label: str
    slots: list[Slot]


class SlotsBlock(_Block):
    """Free times to choose from, rendered in `zone`."""

    kind: Literal["slots"] = "slots"
    prompt: str
    text: str
    zone: str
    zone_label: str
    duration_minutes: int
    days: list[SlotDay]
    team_zone: str = ""
    """The zone of those who are met, which the visitor may want to see the times in."""


class FormField(_Part):
    name: str
    label: str
    kind: Literal["email", "text"]
    required: bool = True
    value: str = ""
    error: str | None = None


class FormBlock(_Block):
    """A short form; sent back as `submit`."""

    kind: Literal["form"] = "form"
    prompt: str
    purpose: Literal["booking", "trial", "handoff"]
    text: str
    submit: str
    fields: list[FormField]


class MeetingBlock(_Block):
    """A meeting that now stands, moved or was cancelled."""

    kind: Literal["meeting"] = "meeting"
    state: Literal["confirmed", "moved", "cancelled"]
    title: str
    when: str
    start: datetime
    end: datetime
    zone: str
    ics_url: str | None
    manage_url: str | None


class TrialBlock(_Block):
    """How far a trial is."""

    kind: Literal["trial"] = "trial"
    state: Literal["mail_sent", "verified", "exists"]
    text: str
    prompt: str = ""
    """Takes `again` (send the link once more) and `address` (to another one) as `choose`; empty where neither helps."""
    again_after_s: int = 0
    """From when on `again` sends another mail."""


class CartItem(_Part):
    plan: str
    quantity: int
    unit_price: str
    total: str


class CartBlock(_Block):
    """What would be bought, and the link to buy it. Prices are from the operator's catalogue."""

    kind: Literal["cart"] = "cart"
    items: list[CartItem]
    period: Literal["month", "year"]
    total: str
    note: str
    checkout_url: str


class HandoffBlock(_Block):
    """A person was asked for."""

    kind: Literal["handoff"] = "handoff"
    state: Literal["asked", "joined", "nobody"]
    text: str


Block = Annotated[
    TextBlock
    | ListBlock
    | TableBlock
    | CodeBlock
    | SourcesBlock
    | PagesBlock
    | ChoicesBlock
    | SlotsBlock
    | FormBlock
    | MeetingBlock
    | TrialBlock
    | CartBlock
    | HandoffBlock,
    Field(discriminator="kind"),
]
