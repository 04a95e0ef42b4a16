"""What the help API says and takes: the contract with the help panel."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from server.chat.session import strip_controls
from server.help.blocks import Block

Vote = Literal["yes", "no"]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Taken(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _of_what_is_typed(cls, value: Any) -> Any:
        return strip_controls(value)


class MemberInfo(_Said):
    """Whom the host application signed in."""

    name: str
    plan: str


class ArticleInfo(_Said):
    """An article by name."""

    id: str
    title: str
    section: str
    """Empty where it stands in none."""
    updated: date | None
    url: str | None
    """Where it stands on the web; none when it can be read in the panel only."""


class SnippetInfo(_Said):
    """Words of the best section; `marks` are stretches of `text` in UTF-16 units, as JavaScript counts."""

    text: str
    marks: list[tuple[int, int]]


class FoundArticle(ArticleInfo):
    """An article that was found, with its best section."""

    heading: str
    anchor: str
    snippet: SnippetInfo


class SearchResult(_Said):
    query: str
    articles: list[FoundArticle]
    total: int
    """How many of those that this reader may see fit."""


class Group(_Said):
    title: str
    articles: list[ArticleInfo]


class AnnouncementInfo(_Said):
    id: str
    title: str
    text: str
    at: datetime
    url: str | None
    article: str | None
    """The article of the site that it leads to, when it leads to one; then there is no `url`."""
    is_new: bool


class GuideInfo(_Said):
    key: str
    title: str
    summary: str
    steps: int
    done: int


class Home(_Said):
    member: MemberInfo | None
    featured: list[ArticleInfo]
    groups: list[Group]
    announcements: list[AnnouncementInfo]
    guides: list[GuideInfo]


class Article(ArticleInfo):
    """An article to be read."""

    body: list[Block]
    vote: Vote | None


class VoteBody(_Taken):
    value: Vote
    comment: Annotated[str, Field(max_length=1_000)] = ""


class Voted(_Said):
    vote: Vote


class StepInfo(_Said):
    key: str
    title: str
    body: list[Block]
    url: str | None
    article: str | None
    done: bool


class Guide(_Said):
    key: str
    title: str
    summary: str
    steps: list[StepInfo]


class StepBody(_Taken):
    done: bool


class StepDone(_Said):
    done: bool
    is_kept: bool
    """Whether it will be known next time; of nobody in particular nothing is kept."""


class Seen(_Said):
    is_kept: bool


class ConversationInfo(_Said):
    id: str
    title: str
    last: str
    at: datetime
    with_person: bool
    is_open: bool


class History(_Said):
    conversations: list[ConversationInfo]


class Refusal(_Said):
    code: str
    message: str
