"""Contacts, companies and deals made, changed and put aside by people, with what is wrong beside the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from uuid_utils import uuid7

from crm_sync.by_hand import browsing, tracing
from crm_sync.by_hand import editing as by_hand
from crm_sync.documents.canonical import Json
from crm_sync.documents.catalogue import value_schemas
from crm_sync.documents.validation import problem_of_value
from crm_sync.tables import CompanyRow, ContactRow, DealRow
from server.errors import NotFound
from server.review.crm_shared import AnyRequest, crm_page, elsewhere
from server.review.deps import Seat
from server.review.knowledge_desk import Problems, form_of
from server.review.pages import go
from server.review.roles import Role, needs

FIELDS: dict[str, tuple[str, ...]] = {
    "contact": ("name", "email", "phone", "job_title", "lifecycle", "owner", "country", "language", "time_zone"),
    "company": ("name", "domain", "industry", "team_size", "country", "owner"),
    "deal": ("name", "stage", "plan", "seats", "period", "amount", "currency", "owner", "timeline",
             "current_tool", "budget", "use_case"),
}  # fmt: skip
"""What people may type, in the order of the form; scores and consent are the assistant's account of what it saw."""
PLACES = {"contact": "crm", "company": "crm/companies", "deal": "crm/deals"}
WRONG = {
    "email": "This is no e-mail address.",
    "phone": "A phone number has 3 to 40 characters.",
    "domain": "A domain in small letters, such as example.com.",
    "country": "Two capital letters, such as DE.",
    "currency": "Three capital letters, such as EUR.",
    "team_size": "A whole number from 1.",
    "seats": "A whole number from 1.",
    "amount": "A number from 0.",
}
HINTS = {
    "country": "Two letters, such as DE.",
    "currency": "Three letters, such as EUR.",
    "time_zone": "Such as Europe/Berlin.",
    "language": "Such as en or pt-BR.",
    "owner": "The login of whoever has it.",
}


@get("/crm/new/{record:str}", opt=needs(Role.REP))
async def new(request: AnyRequest, record: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """An empty form; a deal's says whose it will be."""
    _known(record)
    given = {"contact": request.query_params.get("contact", ""), "owner": seat.person.login}
    return elsewhere(seat) or await _form(seat, record, given, None)


@post("/crm/new/{record:str}", opt=needs(Role.REP), status_code=200)
async def create(request: AnyRequest, record: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Make it, and open it."""
    _known(record)
    given, problems, made = await form_of(request), Problems(), str(uuid7())
    values = _values(record, given, problems)
    if not any(value is not None for name, value in values.items() if name != "owner"):
        problems.setdefault(FIELDS[record][0], "Nothing is filled in yet.")
    if not problems:
        async with seat.desk.writers() as session:
            try:
                await by_hand.create(
                    session, seat.site, record, values, id=made, by=seat.person.login, now=seat.now,
                    contact=given.get("contact", ""),
                )  # fmt: skip
                if record == "contact":
                    await _tie(session, seat, made, given)
                await session.commit()
                return go(f"{seat.url}/{PLACES[record]}/{made}")
            except by_hand.AlreadyThere as error:
                _same(problems, error)
    return await _form(seat, record, given, None, problems=problems, status=422)


@get("/crm/edit/{record:str}/{record_id:str}", opt=needs(Role.REP))
async def editor(
    record: FromPath[str], record_id: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """The form with what stands there."""
    _known(record)
    if away := elsewhere(seat):
        return away
    async with seat.desk.readers() as session:
        row = await by_hand.find(session, seat.site, record, record_id)
    return await _form(seat, record, _texts(record, row), row)


@post("/crm/edit/{record:str}/{record_id:str}", opt=needs(Role.REP), status_code=200)
async def save(
    request: AnyRequest, record: FromPath[str], record_id: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """Write what differs; what somebody else wrote meanwhile is shown first."""
    _known(record)
    given, problems, status = await form_of(request), Problems(), 422
    values = _values(record, given, problems)
    if not problems:
        async with seat.desk.writers() as session:
            try:
                await by_hand.edit(
                    session, seat.site, record, record_id, values, by=seat.person.login, now=seat.now,
                    seen=_moment(given.get("seen", "")),
                )  # fmt: skip
                if record == "contact":
                    await _tie(session, seat, record_id, given)
                await session.commit()
                return go(f"{seat.url}/{PLACES[record]}/{record_id}")
            except by_hand.AlreadyThere as error:
                _same(problems, error)
            except by_hand.ChangedMeanwhile:
                problems["seen"], status = "changed", 409
    async with seat.desk.readers() as session:
        row = await by_hand.find(session, seat.site, record, record_id)
    return await _form(seat, record, given, row, problems=problems, status=status)


@post("/crm/archive/{record:str}/{record_id:str}", opt=needs(Role.REP), status_code=200)
async def put_aside(
    request: AnyRequest, record: FromPath[str], record_id: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """Out of the lists, or back into them."""
    _known(record)
    aside = (await form_of(request)).get("back") != "yes"
    async with seat.desk.writers() as session:
        await by_hand.put_aside(
            session, seat.site, record, record_id, by=seat.person.login, now=seat.now, aside=aside
        )
        await session.commit()
    return go(f"{seat.url}/{PLACES[record]}/{record_id}")


async def _tie(session: Any, seat: Seat, contact: str, given: Mapping[str, str]) -> None:
    if "company" in given:
        await by_hand.works_at(
            session, seat.site, contact, given["company"][:300], id=str(uuid7()), by=seat.person.login,
            now=seat.now,
        )  # fmt: skip


async def _form(
    seat: Seat,
    record: str,
    given: Mapping[str, str],
    row: ContactRow | CompanyRow | DealRow | None,
    *,
    problems: Problems | None = None,
    status: int = 200,
) -> Response[Any]:
    async with seat.desk.readers() as session:
        owners = sorted({*await browsing.owners(session, seat.site), seat.person.login})
        tied = row.company_id if isinstance(row, ContactRow) else None
        company = (await browsing.companies_by_id(session, seat.site, [tied])).get(tied or "")
        whose = await browsing.contacts_by_id(session, seat.site, [given.get("contact", "")])
    shown = dict(given)
    shown.setdefault("company", (company.name or company.domain or "") if company else "")
    return crm_page(
        seat, "crm_edit.html", PLACES[record], status=status, record=record, row=row, fields=shown,
        names=FIELDS[record], schemas=value_schemas()[record], hints=HINTS, problems=problems or Problems(),
        owners=owners, whose=whose.get(given.get("contact", "")), place=PLACES[record],
        stands=_texts(record, row) if row else {},
    )  # fmt: skip


def _known(record: str) -> None:
    if record not in FIELDS:
        raise NotFound(f"there are no records called {record!r}; use contact, company or deal")


def _texts(record: str, row: ContactRow | CompanyRow | DealRow) -> dict[str, str]:
    values = {name: tracing.value_of(row, name) for name in FIELDS[record]}
    return {
        name: f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)
        for name, value in values.items()
        if value is not None
    }


def _values(record: str, given: Mapping[str, str], problems: Problems) -> dict[str, Json]:
    """What the form says, by field; an emptied field is None, one that the form does not have is left out."""
    found: dict[str, Json] = {}
    for name in FIELDS[record]:
        if name not in given:
            continue
        text = given[name].strip()
        try:
            value = _read(value_schemas()[record][name].get("type", ""), name, text)
        except ValueError:
            problems[name] = WRONG.get(name, f"“{text[:40]}” is no number.")
            continue
        if value is not None and (wrong := problem_of_value(record, name, value)):
            problems[name] = WRONG.get(name) or f"This {wrong.reason}."
        found[name] = value
    return found


def _read(kind: str, name: str, text: str) -> Json:
    if not text:
        return None
    if kind == "integer":
        return int(text.replace(",", "").replace(" ", ""))
    if kind == "number":
        return float(text.replace(",", "").replace(" ", ""))
    if name in ("country", "currency"):
        return text.upper()
    return text.lower() if name in ("domain", "stage") else text


def _moment(given: str) -> datetime | None:
    try:
        return datetime.fromisoformat(given) if given else None
    except ValueError:
        return None


def _same(problems: Problems, error: by_hand.AlreadyThere) -> None:
    problems["domain" if error.name == "domain" else "email"] = (
        f"Another record has this {error.name} already."
    )
    problems["other"] = error.other
