"""What a rep asked the inbox to show: read from an address, written back into one, and turned into a wish. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Self, get_args
from urllib.parse import urlencode

from crm_sync.deciding.queue import Sort, Wish
from crm_sync.values import Status
from server.review.changes import TABS
from server.review.urgency import Press

Whose = Literal["all", "mine", "nobody"]
WHOSE: tuple[tuple[Whose, str], ...] = (("all", "All"), ("mine", "Mine"), ("nobody", "Unassigned"))
SORTS: tuple[tuple[Sort, str], ...] = (
    ("urgent", "Most urgent first"),
    ("worth", "Most valuable first"),
    ("oldest", "Oldest first"),
    ("newest", "Newest first"),
)
MAX_WORDS = 200


def whole(told: object) -> int | None:
    """A number of a form or an address; None for anything else, figures of other scripts and endless ones included."""
    text = str(told)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


@dataclass(frozen=True, slots=True)
class Filters:
    """One view of the inbox."""

    tab: str = TABS[0][0]
    whose: Whose = "all"
    kind: str = ""
    about: str = ""
    words: str = ""
    sort: Sort | None = None
    """None: the order that the tab has by itself."""

    @classmethod
    def read(cls, told: Mapping[str, str]) -> Self:
        """From an address or a form; what is unknown there counts as not said."""
        whose, sort = told.get("whose", ""), told.get("sort", "")
        return cls(
            tab=next((key for key, _, _ in TABS if key == told.get("tab")), TABS[0][0]),
            whose=next((each for each in get_args(Whose) if each == whose), "all"),
            kind=told.get("kind", "")[:64],
            about=told.get("field", "")[:140],
            words=" ".join(told.get("q", "").split())[:MAX_WORDS],
            sort=next((each for each in get_args(Sort) if each == sort), None),
        )

    @property
    def statuses(self) -> tuple[Status, ...]:
        return next(states for key, _, states in TABS if key == self.tab)

    @property
    def order(self) -> Sort:
        """What waits is sorted by urgency, what is settled by time."""
        return self.sort or ("newest" if self.tab in ("done", "closed") else "urgent")

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the tab and the order is chosen."""
        return bool(self.kind or self.about or self.words or self.whose != "all")

    @property
    def told(self) -> dict[str, str]:
        """Name and value of everything that is not as it comes."""
        values = {
            "tab": self.tab if self.tab != TABS[0][0] else "",
            "whose": self.whose if self.whose != "all" else "",
            "kind": self.kind,
            "field": self.about,
            "q": self.words,
            "sort": self.sort or "",
        }
        return {name: value for name, value in values.items() if value}

    @property
    def query(self) -> str:
        """As the end of an address, with its question mark; empty for the inbox as it comes."""
        return f"?{urlencode(self.told)}" if self.told else ""

    def on(self, tab: str) -> Self:
        """The same on another tab, in the order which that tab has by itself."""
        return replace(self, tab=tab, sort=None)

    def wish(self, me: tuple[str, ...], press: Mapping[str, Press], until: datetime | None = None) -> Wish:
        """For the ledger; `me` is whose changes are mine: my login, and those I stand in for."""
        return Wish(
            self.statuses,
            self.order,
            owners=me if self.whose == "mine" else (),
            unowned=self.whose == "nobody",
            kind=self.kind,
            about=self.about,
            words=self.words,
            until=until,
            boosts={conversation: each.points for conversation, each in press.items()},
        )
