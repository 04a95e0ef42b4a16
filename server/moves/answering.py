"""Turn an answer of the knowledge room into blocks: the words, then each source once."""

from __future__ import annotations

import re
from datetime import date
from typing import assert_never

from knowledge.values import Answer, Code, Note, Points, Sentences, TableRows
from knowledge.values import Citation as Cited
from knowledge.values import Line as Words
from server.dialogue.blocks import (
    Block,
    Citation,
    CodeBlock,
    Line,
    ListBlock,
    PageLink,
    PagesBlock,
    SourcesBlock,
    TableBlock,
    TextBlock,
)
from server.dialogue.phrases import phrase
from server.dialogue.prompts import OpenOffer
from server.dialogue.values import State
from server.moves.asking import offer_of_a_person, text
from server.moves.scene import Played, Scene

_PAGES = 3
_WEB = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?|/(?![/\\])\S*", re.IGNORECASE)
NOWHERE = "about:blank"
"""An address that no page of ours makes a link of."""


def give(scene: Scene, state: State) -> Played:
    """The answer and its sources."""
    answer = scene.case.answer
    if answer is None or answer.abstained:
        return Played((), state)
    return Played((*blocks(answer), *remarks(answer), sources(answer)), state)


def abstain(scene: Scene, state: State) -> Played:
    """That the documents do not hold it, the nearest pages, and the offer that the state holds open."""
    said: list[Block] = [text(phrase("unknown"))]
    pages = list(dict.fromkeys(scene.case.answer.nearest))[:_PAGES] if scene.case.answer else []
    if pages:
        said.append(
            PagesBlock(pages=[PageLink(title=page.title, url=web_address(page.url)) for page in pages])
        )
    if isinstance(state.open, OpenOffer) and state.open.id == scene.prompt:
        said.append(offer_of_a_person(scene, phrase("offer_person")))
    return Played(tuple(said), state)


def blocks(answer: Answer) -> tuple[Block, ...]:
    """The parts of an answer as blocks."""
    made: list[Block] = []
    for part in answer.parts:
        match part:
            case Sentences(lines=lines):
                made.append(TextBlock(lines=[_line(line) for line in lines]))
            case Points(ordered=ordered, start=start, items=items):
                made.append(ListBlock(ordered=ordered, start=start, items=[_line(item) for item in items]))
            case TableRows(header=header, rows=rows, cites=cites):
                made.append(
                    TableBlock(header=list(header), rows=[list(row) for row in rows], cites=list(cites))
                )
            case Code(language=language, text=code, cites=cites):
                made.append(CodeBlock(language=language, text=code, cites=list(cites)))
            case _:
                assert_never(part)
    return tuple(made)


def remarks(answer: Answer) -> tuple[Block, ...]:
    """What has to be said about an answer's sources, and which part of the question has no answer."""
    return tuple(TextBlock(lines=_remark(note)) for note in answer.notes)


def _remark(note: Note) -> list[Line]:
    cites = list(note.cites)
    values = dict(note.values)
    match note.kind:
        case "unanswered":
            return [Line(text=phrase("unanswered", values))]
        case "superseded":
            return [
                Line(text=phrase("superseded", values | {"of_date": _dated(values["date"])}), cites=cites)
            ]
        case "conflict":
            dated = {"of_newer": _dated(values["newer_date"]), "of_older": _dated(values["older_date"])}
            # The newer page first; then the older one's own words.
            said = Line(text=phrase("conflict", values | dated), cites=cites[:1])
            return [said, Line(text=values["quote"], cites=cites[1:])]
        case _:
            assert_never(note.kind)


def _dated(iso: str) -> str:
    """ " of 16 November 2026", and nothing for a page without a date."""
    if not iso:
        return ""
    day = date.fromisoformat(iso)
    return phrase("of_date", {"date": f"{day.day} {day:%B %Y}"})


def sources(answer: Answer) -> SourcesBlock:
    """The citations with the passages around them."""
    return SourcesBlock(citations=[_citation(cited) for cited in answer.citations])


def web_address(url: str) -> str:
    """The address when it is on the web or on this server; where a document says it stands is untrusted too."""
    return url if _WEB.fullmatch(url) else NOWHERE


def _line(line: Words) -> Line:
    return Line(text=line.text, cites=list(line.cites))


def _citation(cited: Cited) -> Citation:
    return Citation(
        n=cited.n,
        url=web_address(cited.url),
        title=cited.title,
        heading=cited.heading,
        quote=cited.quote,
        passage=cited.passage,
        start=cited.start,
        end=cited.end,
        score=round(cited.score, 4),
        document_version=cited.document_version,
        updated=cited.updated,
    )
