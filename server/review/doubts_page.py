"""Understanding: messages to review, the examples that they become, and what a visitor was read to mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import FrontdeskError, NotFound
from server.review.alike import together
from server.review.deps import Seat
from server.review.knowledge_desk import form_of
from server.review.pages import HEADERS, go, page
from server.review.roles import Role, needs
from server.review.visit import is_part
from server.store import doubts
from server.store.doubts import NONE_OF_THESE
from server.store.tables import Doubt

AnyRequest = Request[Any, Any, Any]
SHOWN = 40
"""Groups on a page; what is settled makes room."""
MOST_SHOWN = 200
"""Candidates on the page; all of them are exported and join the training."""
MAX_CHARS = 400
TABS = (("", "Messages to review"), ("candidates", "Candidates"), ("training", "Training"))
_DONE = {
    "label": "Labelled. It joins the next training.",
    "dismiss": "Dismissed.",
    "reopen": "Back in the list.",
    "edit": "Saved.",
    "remove": "Removed. It joins no training.",
    "switched": "Switched. Messages are read with it from now on.",
    "back": "The model before reads again.",
    "discarded": "Discarded.",
    "started": "Training.",
}
WHY = {
    "unsure": "close call",
    "rated": "thumbs down",
    "misread": "a rep: misread",
    "chosen": "visitor chose",
    "corrected": "corrected",
}


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing that a message may mean, under a number key."""

    name: str
    chance: float | None
    said_by: str
    """Who says so; empty for a guess of the model."""


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that say the same."""

    rows: Sequence[Doubt]

    @property
    def head(self) -> Doubt:
        """The one that stands for all."""
        return self.rows[0]

    @property
    def ids(self) -> str:
        """For the form."""
        return ",".join(row.id for row in self.rows)

    @property
    def others(self) -> Sequence[str]:
        """How else it was said, each wording once."""
        return tuple(dict.fromkeys(row.text for row in self.rows[1:] if row.text != self.head.text))

    @property
    def picks(self) -> Sequence[Pick]:
        """What somebody said that it means comes first, then what the model thought likeliest."""
        told = [row for row in self.rows if row.label]
        picks = {str(row.label): Pick(str(row.label), None, row.by or "somebody") for row in told}
        for name, chance in sorted(self.head.guesses.items(), key=lambda guess: -guess[1]):
            said = picks.get(name)
            picks[name] = Pick(name, float(chance), said.said_by if said else "")
        return tuple(pick for pick in picks.values() if pick.name != NONE_OF_THESE)[:5]


async def understanding_page(
    request: AnyRequest, seat: Seat, template: str, tab: str, **values: Any
) -> Response[str]:
    """A page under the tabs of Understanding."""
    said = _DONE.get(request.query_params.get("done", ""), "")
    return page(seat, template, nav="understanding", tabs=TABS, tab=tab, said=said, **values)


def choices(seat: Seat) -> Mapping[str, str]:
    """Every intent with what it means."""
    intents = seat.desk.models.catalogue.intents
    return {name: intents[name].description for name in sorted(intents)}


@get("/understanding", opt=needs(Role.VIEWER))
async def messages(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """What waits for a person, alike ones together."""
    async with seat.desk.readers() as session:
        rows = await doubts.waiting(session, seat.site)
    # Hundreds of long messages take the processor for a while; nobody else shall wait for that.
    groups = [Group(alike) for alike in await seat.desk.in_thread(together, rows)]
    return await understanding_page(
        request, seat, "doubts.html", "", groups=groups[:SHOWN], total=len(groups), messages=len(rows),
        intents=choices(seat), why=WHY,
    )  # fmt: skip


@post("/understanding/settle", opt=needs(Role.MANAGER), status_code=200)
async def settle(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Label the messages of one row, or dismiss them."""
    fields = await form_of(request)
    label = _label(seat, fields)
    async with seat.desk.writers() as session:
        rows = await _rows(session, seat, fields)
        doubts.settle(rows, label, by=seat.person.login, now=seat.now)
        await session.commit()
    if not is_part(request):
        return go(f"{seat.url}/understanding?done={'label' if label else 'dismiss'}")
    return page(seat, "doubt_done.html", group=Group(rows), label=label)


@post("/understanding/reopen", opt=needs(Role.MANAGER), status_code=200)
async def reopen(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """As if nobody had looked at them."""
    fields = await form_of(request)
    async with seat.desk.writers() as session:
        rows = await _rows(session, seat, fields)
        doubts.reopen(rows)
        await session.commit()
    if not is_part(request):
        return go(f"{seat.url}/understanding?done=reopen")
    return page(seat, "doubt_row.html", group=Group(rows), intents=choices(seat), why=WHY)


@get("/understanding/candidates", opt=needs(Role.VIEWER))
async def candidates(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """What joins the next training."""
    async with seat.desk.readers() as session:
        rows = await doubts.candidates(session, [seat.site])
    known = choices(seat)
    return await understanding_page(
        request, seat, "candidates.html", "candidates", rows=rows[:MOST_SHOWN], total=len(rows), intents=known, why=WHY,
        lost=[row for row in rows if row.label != NONE_OF_THESE and row.label not in known],
    )  # fmt: skip


@get("/understanding/candidates/export", opt=needs(Role.MANAGER))
async def export(seat: NamedDependency[Seat]) -> Response[str]:
    """The candidates as a file of the operator's own catalogue."""
    async with seat.desk.readers() as session:
        rows = await doubts.candidates(session, [seat.site])
    return Response(
        as_catalogue(rows),
        media_type="application/yaml; charset=utf-8",
        headers={**HEADERS, "content-disposition": f'attachment; filename="reviewed-{seat.site}.yaml"'},
    )


@post("/understanding/candidates/{doubt:str}", opt=needs(Role.MANAGER), status_code=303)
async def edit(request: AnyRequest, doubt: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Change the words of a candidate, or what it means."""
    fields = await form_of(request)
    label = _label(seat, {**fields, "do": "label"})
    text = " ".join(fields.get("text", "").split())
    if not text or len(text) > MAX_CHARS:
        raise FrontdeskError(
            f"an example has 1 to {MAX_CHARS} characters; change it, or remove the candidate",
            code="bad_example",
        )
    redacted = await seat.desk.in_thread(seat.desk.models.redact, text)
    async with seat.desk.writers() as session:
        [row] = await _rows(session, seat, {"ids": doubt})
        row.text = redacted
        if row.label != label:
            row.label, row.by = label, seat.person.login
        await session.commit()
    return go(f"{seat.url}/understanding/candidates?done=edit")


@post("/understanding/candidates/{doubt:str}/remove", opt=needs(Role.MANAGER), status_code=303)
async def remove(doubt: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """It shall teach nothing."""
    async with seat.desk.writers() as session:
        doubts.settle(await _rows(session, seat, {"ids": doubt}), None, by=seat.person.login, now=seat.now)
        await session.commit()
    return go(f"{seat.url}/understanding/candidates?done=remove")


def as_catalogue(rows: Sequence[Doubt]) -> str:
    """Examples under their intents, each wording once, as a file for the catalogue folder."""
    by_label: dict[str, dict[str, None]] = {}
    for row in rows:
        by_label.setdefault(row.label or NONE_OF_THESE, {})[row.text] = None
    strangers = list(by_label.pop(NONE_OF_THESE, {}))
    intents = [{"name": name, "examples": list(by_label[name])} for name in sorted(by_label)]
    value: dict[str, Any] = {"version": 1, "intents": intents}
    if strangers:
        value["out_of_scope"] = strangers
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000)


def _label(seat: Seat, fields: Mapping[str, str]) -> str | None:
    """What the form says: an intent, none of these, or nothing when it dismisses."""
    if fields.get("do") == "dismiss":
        return None
    label = fields.get("label", "").strip()
    if label == NONE_OF_THESE or label in seat.desk.models.catalogue.intents:
        return label
    raise FrontdeskError(f"there is no intent {label!r}; choose one of the list", code="no_such_intent")


async def _rows(session: AsyncSession, seat: Seat, fields: Mapping[str, str]) -> Sequence[Doubt]:
    """The messages of the form, in the order of the form; raises `NotFound` when one is gone."""
    ids = [part for part in fields.get("ids", "").split(",") if part]
    if len(ids) > doubts.MOST_WAITING:
        raise FrontdeskError(
            f"{len(ids)} messages at once are too many; no more than {doubts.MOST_WAITING} wait",
            code="too_many",
        )
    found = {row.id: row for row in await doubts.some(session, seat.site, ids)}
    if not found:
        raise NotFound("there is no such message here; it was taken back with its conversation, or made room")
    return [found[each] for each in ids if each in found]
