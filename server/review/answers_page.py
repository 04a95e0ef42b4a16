"""Approved answers, which a person wrote and signed, and answers given earlier whose pages changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from knowledge import listing
from knowledge.errors import ApprovalError
from knowledge.values import PUBLIC, Approval, Approved, CitedSpan, Found
from knowledge.writing.facts import facts_of, tokens_of
from server.errors import NotFound
from server.review.deps import Seat
from server.review.gaps_page import close, gap_of, page_number
from server.review.knowledge_desk import (
    A_PAGE,
    Problems,
    Tried,
    audiences,
    day,
    did,
    end_of,
    knowledge_page,
    last_day,
    listed,
    try_it,
)
from server.review.pages import go
from server.review.roles import Role, needs

AnyRequest = Request[Any, Any, Any]
_NEAREST = 6
_SEPARATOR = "\n"
_OUTDATED = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Words that an answer may rest on, to be ticked."""

    path: str
    quote: str
    title: str
    heading: str
    is_chosen: bool

    @property
    def value(self) -> str:
        """What the form sends: path and words."""
        return f"{self.path}{_SEPARATOR}{self.quote}"


@get("/knowledge/answers", opt=needs(Role.VIEWER))
async def answers(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The approved answers: those that need somebody first."""
    rows = await seat.desk.library.approved(seat.site, now=seat.now)
    number = page_number(request)
    return await knowledge_page(
        request, seat, "answers.html", "answers", rows=rows[(number - 1) * A_PAGE : number * A_PAGE],
        total=len(rows), number=number, last=max(1, -(-len(rows) // A_PAGE)),
    )  # fmt: skip


@get("/knowledge/approve", opt=needs(Role.MANAGER))
async def editor(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The editor: empty, for a gap or a question, or with an approved answer in it."""
    asked = request.query_params
    if asked.get("id"):
        found = await _approved(seat, asked["id"])
        return await _editor(request, seat, _fields(found), found.approval.cited)
    fields = {"gap": asked.get("gap", ""), "question": asked.get("q", "")[:400], "audience": PUBLIC}
    if fields["gap"]:
        gap = await gap_of(seat, fields["gap"])
        others = dict.fromkeys(each.question for each in gap.members if each.question != gap.question)
        fields |= {"question": gap.question, "phrasings": "\n".join(others)}
    return await _editor(request, seat, fields, None)


@post("/knowledge/approve", opt=needs(Role.MANAGER), status_code=200)
async def approve(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Check that the words stand where they are said to stand, and let the answer serve."""
    form = await request.form()
    fields = {name: str(value).replace("\r\n", "\n") for name, value in form.items()}
    ticked = [str(value).replace("\r\n", "\n") for value in form.getall("cite", [])]
    cited = [_span(value) for value in ticked]
    if fields.get("quote", "").strip():
        cited.append(CitedSpan(fields.get("quote_path", "").strip().strip("/"), fields["quote"].strip()))
    problems, kept = Problems(), ""
    wanted = _read(fields, tuple(dict.fromkeys(cited)), problems)
    doubtful = unquoted(wanted.text, [span.quote for span in wanted.cited])
    if doubtful and fields.get("do") != "look" and fields.get("unquoted") != ", ".join(doubtful):
        problems["text"] = (
            f"{', '.join(doubtful)}: in none of the words that it rests on. Tick where it stands, or approve once more "
            "if you are sure."
        )
    if not problems and fields.get("do") != "look":
        try:
            made = await seat.desk.library.approve(
                seat.site,
                wanted,
                by=seat.person.login,
                now=seat.now,
                instead_of=fields.get("id", ""),
                also=did(seat, "answer_approved", wanted.question),
            )
            kept = made.id
        except ApprovalError as error:
            problems["cite"] = str(error)
    if problems or fields.get("do") == "look":
        return await _editor(
            request, seat, fields, wanted.cited, problems=problems, status=422 if problems else 200
        )
    if fields.get("gap"):
        await close(seat, fields["gap"], how="approved", by_what=kept)
    return go(f"{seat.url}/knowledge/answers?done=approved")


@post("/knowledge/answers/{approved:str}/retire", opt=needs(Role.MANAGER), status_code=303)
async def retire(approved: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """It is not given any more."""
    found = await _approved(seat, approved)
    also = did(seat, "answer_retired", found.approval.question)
    await seat.desk.library.retire(seat.site, found.id, by=seat.person.login, now=seat.now, also=also)
    return go(f"{seat.url}/knowledge/answers?done=retired")


@get("/knowledge/outdated", opt=needs(Role.VIEWER))
async def outdated(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Answers given to visitors that cite what is no longer so."""
    found = await seat.desk.library.outdated(seat.site, now=seat.now, limit=_OUTDATED)
    number = page_number(request)
    return await knowledge_page(
        request, seat, "outdated.html", "outdated", rows=found[(number - 1) * A_PAGE : number * A_PAGE],
        total=len(found), number=number, last=max(1, -(-len(found) // A_PAGE)),
    )  # fmt: skip


async def _editor(
    request: AnyRequest,
    seat: Seat,
    fields: Mapping[str, str],
    chosen: Sequence[CitedSpan] | None,
    *,
    problems: Problems | None = None,
    status: int = 200,
) -> Response[Any]:
    """`chosen` is None when nobody chose yet: then the words of an answer are offered, if the documents give one."""
    question = fields.get("question", "").strip()
    tried = await try_it(seat, question, fields.get("audience") or PUBLIC) if question else None
    choices = await _choices(seat, tried, chosen)
    shown = dict(fields)
    if chosen is None and "text" not in shown:
        shown["text"] = " ".join(each.quote for each in choices if each.is_chosen)
    tab = "gaps" if fields.get("gap") else "answers"
    return await knowledge_page(
        request, seat, "answer_edit.html", tab, status=status, fields=shown, choices=choices,
        problems=problems or Problems(), audiences=await audiences(seat), unquoted=unquoted(shown.get("text", ""), [
            each.quote for each in choices if each.is_chosen
        ]), nearest=tried.answer.nearest if tried else (),
    )  # fmt: skip


async def _choices(seat: Seat, tried: Tried | None, chosen: Sequence[CitedSpan] | None) -> list[Choice]:
    found = tried.answer.found[:_NEAREST] if tried else ()
    async with seat.desk.readers() as session:
        paths = await listing.paths(session, seat.site, [each.passage.document_id for each in found])
    offered = [
        Choice(path, quote, each.page.title, each.passage.heading, is_chosen=False)
        for each in found
        if (path := paths.get(each.passage.document_id)) is not None
        for quote in _quotes(each)
    ]
    wanted = set(chosen) if chosen is not None else _answering(tried, offered)
    ticked = [
        Choice(each.path, each.quote, each.title, each.heading, CitedSpan(each.path, each.quote) in wanted)
        for each in offered
    ]
    known = {CitedSpan(each.path, each.quote) for each in offered}
    others = [
        Choice(each.path, each.quote, each.path, "", is_chosen=True)
        for each in chosen or ()
        if each not in known
    ]
    return others + ticked


def _answering(tried: Tried | None, offered: Sequence[Choice]) -> set[CitedSpan]:
    """The words that answer the question today: words that are only near would be approved by a slip."""
    if tried is None or tried.answer.abstained:
        return set()
    quoted = [each.quote for each in tried.answer.citations]
    return {
        CitedSpan(each.path, each.quote) for each in offered if any(each.quote in quote for quote in quoted)
    }


def unquoted(text: str, quotes: Sequence[str]) -> tuple[str, ...]:
    """Figures of an answer that stand in none of the words it rests on, as they were written."""
    held = {number for quote in quotes for number in facts_of(quote).numbers}
    written = (token for token in tokens_of(text) if token.kind == "number" and token.key not in held)
    return tuple(dict.fromkeys(token.word for token in written))


def _quotes(found: Found) -> list[str]:
    """What can be quoted of a passage: its sentences, points and rows."""
    passage = found.passage
    pieces = (
        passage.text[unit.start : unit.end].strip()
        for unit in passage.units
        if unit.kind not in {"code", "header"}
    )
    return [piece for piece in dict.fromkeys(pieces) if len(piece) >= 12][:12]


def _read(fields: Mapping[str, str], cited: tuple[CitedSpan, ...], problems: Problems) -> Approval:
    question, text = fields.get("question", "").strip(), fields.get("text", "").strip()
    if not question:
        problems["question"] = "Write the question as a visitor would ask it."
    if not text and fields.get("do") != "look":
        problems["text"] = "Write what the visitor should be told."
    if not cited and fields.get("do") != "look":
        problems["cite"] = "Tick the words that it rests on; an answer without a source is not given."
    expires = day(fields, "expires", problems)
    return Approval(
        question=question[:400],
        text=text,
        cited=cited,
        phrasings=tuple(line.strip() for line in fields.get("phrasings", "").split("\n") if line.strip()),
        audience=listed(fields.get("audience", "")) or (PUBLIC,),
        expires=end_of(expires),
    )


def _span(value: str) -> CitedSpan:
    path, _, quote = value.partition(_SEPARATOR)
    return CitedSpan(path, quote)


def _fields(found: Approved) -> dict[str, str]:
    approval = found.approval
    return {
        "id": found.id,
        "question": approval.question,
        "phrasings": "\n".join(approval.phrasings),
        "text": approval.text,
        "audience": ", ".join(approval.audience),
        "expires": last_day(approval.expires),
    }


async def _approved(seat: Seat, approved: str) -> Approved:
    for each in await seat.desk.library.approved(seat.site, now=seat.now):
        if each.id == approved:
            return each
    raise NotFound(f"there is no approved answer {approved!r} at this site; go back to the list")
