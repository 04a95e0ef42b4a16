"""Conversations, live: the list, one of them with what is known, taking over, and unsealing details."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server import briefing
from server.errors import FrontdeskError
from server.review import presence_page as people
from server.review import talks, why
from server.review.changes import sheet
from server.review.deps import Seat
from server.review.pages import go, nothing, page
from server.review.readings import readings
from server.review.roles import Role, needs, polled
from server.review.signs_page import note_seen
from server.review.transcripts import ratings, sealed, transcript
from server.review.visit import is_part

AnyRequest = Request[Any, Any, Any]
MAX_REPLY_CHARS = 4_000
MAX_NOTE_CHARS = 500


@get("/conversations", opt=needs(Role.VIEWER))
async def conversations(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The list; for htmx nothing when nothing changed since the list that it has."""
    async with seat.desk.readers() as session:
        listed = await talks.latest(session, seat.site)
        more = await talks.beyond(session, seat.site)
    mark = _mark(listed)
    if is_part(request):
        if request.query_params.get("have") == mark:
            return nothing()
        opened = request.query_params.get("open", "")
        return page(seat, "talk_list.html", talks=listed, mark=mark, open_id=opened, more=more)
    return page(
        seat, "conversations.html", nav="conversations", talks=listed, mark=mark, open_id="", talk=None,
        more=more,
    )  # fmt: skip


@get("/conversations/{conversation:str}", opt=needs(Role.VIEWER))
async def conversation(
    request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """One conversation with what is known in it."""
    values = await _opened(seat, conversation)
    if is_part(request):
        return page(seat, "talk.html", **values)
    async with seat.desk.readers() as session:
        listed = await talks.latest(session, seat.site)
        more = await talks.beyond(session, seat.site)
    return page(
        seat, "conversations.html", nav="conversations", talks=listed, mark=_mark(listed),
        open_id=conversation, more=more, **values,
    )  # fmt: skip


@get("/conversations/{conversation:str}/after/{seq:int}", opt=needs(Role.VIEWER) | polled())
async def news(
    request: AnyRequest, conversation: FromPath[str], seq: FromPath[int], seat: NamedDependency[Seat]
) -> Response[Any]:
    """What was said since `seq`, and the top anew when somebody else answers by now; nothing when that was nothing."""
    async with seat.desk.readers() as session:
        talk = await talks.one(session, seat.site, conversation)
        # What the browser shows: a field half written is not swapped away without need.
        is_swapped = request.query_params.get("as", talk.standing) != talk.standing
        if talk.head <= seq and not is_swapped:
            return nothing()
        words = await transcript(session, seat.site, conversation, after=seq, vault=seat.desk.vault)
        thumbs = await ratings(session, seat.site, conversation)
        read = await readings(session, seat.site, conversation)
        colleagues = await people.colleagues(session, seat) if is_swapped else ()
    note_seen(seat, talk, words.head)
    return page(
        seat, "talk_news.html", talk=talk, is_swapped=is_swapped, colleagues=colleagues, words=words,
        thumbs=thumbs, conversation=conversation, read=read, intents=seat.desk.models.catalogue.intents,
    )  # fmt: skip


@post("/conversations/{conversation:str}/take-over", opt=needs(Role.REP), status_code=200)
async def take_over(
    request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """A person answers from now on."""
    await _must_exist(seat, conversation)
    await seat.desk.floor.take_over(seat.site, conversation, seat.person.login)
    return await again(request, seat, conversation)


@post("/conversations/{conversation:str}/hand-back", opt=needs(Role.REP), status_code=200)
async def hand_back(
    request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """The assistant answers again; a colleague's conversation is handed back by them or by a manager."""
    talk = await _must_exist(seat, conversation)
    if talk.person not in {None, seat.person.login} and seat.person.role < Role.MANAGER:
        raise FrontdeskError(
            f"{talk.person!r} has this conversation; ask them to pass it on, or a manager to hand it back",
            code="taken",
            status=409,
        )
    await seat.desk.floor.hand_back(seat.site, conversation, seat.person.login)
    return await again(request, seat, conversation)


@post("/conversations/{conversation:str}/say", opt=needs(Role.REP), status_code=200)
async def say(request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Answer the visitor in the name of the company; only after taking over, so that two do not talk at once."""
    text = str((await request.form()).get("text", "")).strip()
    if not text or len(text) > MAX_REPLY_CHARS:
        raise FrontdeskError(
            f"a reply has 1 to {MAX_REPLY_CHARS:,} characters, this one {len(text):,}; change it and send again",
            code="bad_reply",
        )
    talk = await _must_exist(seat, conversation)
    if not talk.with_person:
        raise FrontdeskError(
            "take the conversation over first, then reply", code="not_taken_over", status=409
        )
    await seat.desk.floor.say_as_person(seat.site, conversation, seat.person.login, text)
    return await again(request, seat, conversation)


@post("/conversations/{conversation:str}/transfer", opt=needs(Role.REP), status_code=200)
async def transfer(
    request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """Pass it on to a colleague, with a word for them."""
    await _must_exist(seat, conversation)
    form = await request.form()
    to, note = str(form.get("to", "")), str(form.get("note", "")).strip()
    async with seat.desk.readers() as session:
        colleagues = await people.colleagues(session, seat)
    if to not in {each.login for each in colleagues}:
        raise FrontdeskError(
            f"{to!r} can not answer at this site; choose a colleague of the list", code="bad_rep"
        )
    if len(note) > MAX_NOTE_CHARS:
        raise FrontdeskError(f"a note has up to {MAX_NOTE_CHARS} characters; shorten it", code="bad_note")
    await seat.desk.floor.transfer(seat.site, conversation, seat.person.login, to, note)
    return await again(request, seat, conversation)


@post("/conversations/{conversation:str}/reveal", opt=needs(Role.REP), status_code=200)
async def reveal(
    request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """Open the personal details; the vault writes down who did."""
    await _must_exist(seat, conversation)
    async with seat.desk.readers() as session:
        names = await sealed(session, seat.site, conversation)
    if of := str((await request.form()).get("update", "")):
        # Asked from an item of the inbox: no more is opened than it writes.
        asked = sheet(await seat.desk.ledger.update(seat.site, of))
        names = [name for name in names if name in asked.sealed and asked.row.conversation == conversation]
    opened = {
        name: await seat.desk.vault.unseal(seat.site, conversation, name, by=seat.person.login, now=seat.now)
        for name in names
    }
    if is_part(request):
        return page(seat, "details.html", conversation=conversation, sealed=names, opened=opened)
    values = await _opened(seat, conversation)
    return page(
        seat, "conversations.html", nav="conversations", talks=[], mark="", open_id=conversation,
        **{**values, "opened": opened},
    )  # fmt: skip


async def _opened(seat: Seat, conversation: str) -> dict[str, Any]:
    async with seat.desk.readers() as session:
        talk = await talks.one(session, seat.site, conversation)
        words = await transcript(session, seat.site, conversation, vault=seat.desk.vault)
        thumbs = await ratings(session, seat.site, conversation)
        names = await sealed(session, seat.site, conversation)
        read = await readings(session, seat.site, conversation)
        reasons = await why.of_talk(session, seat, conversation, words)
        marks = await why.marks(session, seat, conversation)
        brief = await briefing.brief_of(session, seat.desk.policy(seat.site), seat.site, conversation)
        colleagues = await people.colleagues(session, seat)
    rows = await seat.desk.ledger.updates(seat.site, conversation=conversation, limit=20)
    note_seen(seat, talk, words.head)
    return {
        "talk": talk,
        "words": words,
        "thumbs": thumbs,
        "read": read,
        "intents": seat.desk.models.catalogue.intents,
        "sealed": names,
        "opened": {},
        "conversation": conversation,
        "updates": [sheet(row) for row in rows],
        "why": reasons,
        "brief": brief,
        "colleagues": colleagues,
        **marks,
    }


async def _must_exist(seat: Seat, conversation: str) -> talks.Talk:
    async with seat.desk.readers() as session:
        return await talks.one(session, seat.site, conversation)


async def again(request: AnyRequest, seat: Seat, conversation: str) -> Response[Any]:
    """The conversation after something was done in it."""
    if not is_part(request):
        return go(f"{seat.url}/conversations/{conversation}")
    return page(seat, "talk.html", **await _opened(seat, conversation))


def _mark(listed: Any) -> str:
    """Changes whenever the list does."""
    if not listed:
        return "none"
    waiting = sum(talk.waits is not None for talk in listed)
    return f"{max(talk.updated_at for talk in listed).isoformat()}~{len(listed)}~{waiting}"
