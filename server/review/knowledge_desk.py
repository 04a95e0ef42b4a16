"""What the knowledge pages share: their tabs, trying a question as a visitor would ask it, and reading their forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from litestar import Request, Response

from knowledge import listing
from knowledge.ports import Also
from knowledge.values import PUBLIC, Answer
from server.moves.answering import blocks, sources
from server.review.deps import Seat
from server.review.pages import page
from server.review.roles import Role
from server.store.deeds import Act, deed

AnyRequest = Request[Any, Any, Any]
A_PAGE = 50
TABS = (
    ("gaps", "Gaps"),
    ("documents", "Documents"),
    ("sources", "Sources"),
    ("answers", "Approved answers"),
    ("outdated", "Outdated answers"),
    ("tokens", "API tokens"),
)
_DONE = {
    "dismissed": "Dismissed. It comes back when somebody asks again.",
    "closed": "Closed.",
    "saved": "Saved. Visitors get it from now on.",
    "unchanged": "Saved; nothing had changed.",
    "left_out": "Saved, but sentences that give orders to machines were left out; the text below is what visitors get.",
    "deleted": "Deleted. Nothing of it is cited any more.",
    "approved": "Approved. It is given from now on.",
    "retired": "Retired. The documents answer again.",
    "source": "Saved.",
    "removed": "Removed, with its documents.",
    "reading": "Reading.",
    "revoked": "Revoked. It is worth nothing any more.",
}
"""What is said after an action; the page is asked for by a word, so that no link can make it say something else."""


class Problems(dict[str, str]):
    """What is wrong, by field; a template may ask for any."""

    def __missing__(self, _field: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A question as it was just asked, with all that the answer rests on."""

    question: str
    audience: str
    answer: Answer

    @property
    def blocks(self) -> Sequence[Any]:
        """The answer as the conversation would show it."""
        if self.answer.abstained:
            return ()
        return (*blocks(self.answer), sources(self.answer))

    @property
    def cited(self) -> frozenset[str]:
        """Ids of the passages that it quotes."""
        return frozenset(each.passage_id for each in self.answer.citations)


async def knowledge_page(
    request: AnyRequest, seat: Seat, template: str, tab: str, *, status: int = 200, **values: Any
) -> Response[str]:
    """A page under the tabs."""
    shown = [each for each in TABS if each[0] != "tokens" or is_manager(seat)]
    said = _DONE.get(request.query_params.get("done", ""), "")
    return page(seat, template, nav="knowledge", status=status, tabs=shown, tab=tab, said=said, **values)


def is_manager(seat: Seat) -> bool:
    """Managers change what the assistant knows; everybody else looks."""
    return seat.person.role >= Role.MANAGER


async def try_it(seat: Seat, question: str, audience: str = PUBLIC) -> Tried:
    """Ask as a visitor of this audience; nothing is kept."""
    ask = partial(seat.desk.library.answer, seat.site, question, audience=(PUBLIC, audience), now=seat.now)
    return Tried(question, audience, await seat.desk.in_thread(ask))


async def audiences(seat: Seat) -> Sequence[str]:
    """Whom a question may be asked as."""
    async with seat.desk.readers() as session:
        return await listing.audiences(session, seat.site)


def did(seat: Seat, act: Act, thing: str) -> Also:
    """What writes down who changed what, in the transaction of the change."""
    return deed(seat.site, by=seat.person.login, act=act, thing=thing, now=seat.now)


async def form_of(request: AnyRequest) -> dict[str, str]:
    """The form's fields, with a browser's line ends as ours."""
    form = await request.form()
    return {name: str(value).replace("\r\n", "\n") for name, value in form.items()}


def listed(text: str) -> tuple[str, ...]:
    """Names that stand between commas or on lines of their own."""
    return tuple(name.strip() for name in text.replace("\n", ",").split(",") if name.strip())


def day(fields: Mapping[str, str], name: str, problems: Problems) -> date | None:
    """A date field; one that is none is noted as a problem."""
    given = fields.get(name, "").strip()
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        problems[name] = f"“{given}” is no date; write it like 2027-01-31."
        return None


def end_of(chosen: date | None) -> datetime | None:
    """The first moment behind a day, in UTC: what ends on the 31st still holds on the 31st."""
    if chosen is None:
        return None
    return datetime.fromordinal(chosen.toordinal() + 1).replace(tzinfo=UTC)


def last_day(moment: datetime | None) -> str:
    """The day that `end_of` made this moment of."""
    return date.fromordinal(moment.astimezone(UTC).toordinal() - 1).isoformat() if moment else ""
