"""Turn an answer of the knowledge room into blocks: the words, then each source once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never

from babel.lists import format_list

from knowledge import listing
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
from server.dialogue.languages import locale_of, name_of
from server.dialogue.phrases import phrase
from server.dialogue.prompts import OpenOffer
from server.dialogue.reading import is_request
from server.dialogue.values import Case, State
from server.moves.asking import offer_of_a_person, text
from server.moves.scene import Played, Scene
from server.placeholders import harmless

_PAGES = 3
_WEB = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?|/(?![/\\])\S*", re.IGNORECASE)
NOWHERE = "about:blank"
"""An address that no page of ours makes a link of."""


async def give(scene: Scene, state: State) -> Played:
    """The answer and its sources; before them an honest line when they are in another language than the visitor's."""
    answer = scene.case.answer
    if answer is None or answer.abstained:
        return Played((), state)
    documents = tuple(dict.fromkeys(cited.document_id for cited in answer.citations))
    written = await _languages(scene, documents)
    lang = written[0] if len(written) == 1 else ""
    quoted = tuple(
        block if block.lang else block.model_copy(update={"lang": lang})
        for block in (
            *blocks(answer),
            *remarks(_without_wishes(scene.case, answer), scene.language),
            sources(answer),
        )
    )
    if not written or scene.language in written:
        return Played(quoted, state)
    held = await _held(scene)
    name = "quoted_again" if state.told_language or scene.language in held else "quoted"
    # What is said of all documents names all their languages, what is said of these passages theirs.
    named = _named(held if name == "quoted" else written, scene.language)
    line = text(scene.phrase(name, {"languages": named}))
    return Played((line, *quoted), replace(state, told_language=True))


async def abstain(scene: Scene, state: State) -> Played:
    """That the documents do not hold it, the nearest pages, and the offer that the state holds open."""
    said: list[Block] = [text(await _unknown(scene))]
    pages = list(dict.fromkeys(scene.case.answer.nearest))[:_PAGES] if scene.case.answer else []
    if pages:
        links = [PageLink(title=page.title, url=web_address(page.url)) for page in pages]
        written = await _languages(scene, tuple(page.document_id for page in pages if page.document_id))
        said.append(PagesBlock(pages=links, lang=written[0] if len(written) == 1 else ""))
    if isinstance(state.open, OpenOffer) and state.open.id == scene.prompt:
        said.append(offer_of_a_person(scene, scene.phrase("offer_person")))
    return Played(tuple(said), state)


async def _unknown(scene: Scene) -> str:
    """That it is not there; to somebody whose language the documents do not have, where it was looked for."""
    held = await _held(scene) if scene.language != scene.case.policy.language else ()
    if not held or scene.language in held:
        return scene.phrase("unknown")
    return scene.phrase("unknown_foreign", {"languages": _named(held, scene.language)})


async def _languages(scene: Scene, documents: Sequence[str]) -> tuple[str, ...]:
    """The languages of these documents; one that names none is taken to be in the site's."""
    if not documents:
        return ()
    found = await listing.languages_of(scene.session, scene.site, documents)
    return _plain(found, scene.case.policy.language)


async def _held(scene: Scene) -> tuple[str, ...]:
    """The languages that the site's documents are in."""
    found = await listing.languages(scene.session, scene.site)
    return _plain(found, scene.case.policy.language)


def _plain(found: Sequence[str], otherwise: str) -> tuple[str, ...]:
    """`en` of `en-GB`, each once."""
    return tuple(dict.fromkeys(each.partition("-")[0].lower() or otherwise for each in found))


def _named(languages: Sequence[str], among: str) -> str:
    """ "English and German", in the visitor's language."""
    return format_list([name_of(each, among) for each in languages], locale=locale_of(among))


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


def remarks(answer: Answer, language: str = "en") -> tuple[Block, ...]:
    """What has to be said about an answer's sources, and which part of the question has no answer."""
    return tuple(TextBlock(lines=_remark(note, language), lang=language) for note in answer.notes)


def _remark(note: Note, language: str) -> list[Line]:
    cites = list(note.cites)
    values = dict(note.values)
    match note.kind:
        case "unanswered":
            return [Line(text=phrase("unanswered", values, language))]
        case "superseded":
            values["of_date"] = _dated(values["date"], language)
            return [Line(text=phrase("superseded", values, language), cites=cites)]
        case "conflict":
            values["of_newer"] = _dated(values["newer_date"], language)
            values["of_older"] = _dated(values["older_date"], language)
            # The newer page first; then the older one's own words.
            said = Line(text=phrase("conflict", values, language), cites=cites[:1])
            return [said, Line(text=values["quote"], cites=cites[1:])]
        case _:
            assert_never(note.kind)


def _without_wishes(case: Case, answer: Answer) -> Answer:
    """A wish that this very turn serves ("... and can I book a demo?") is no question without an answer."""
    is_served = case.reading is not None and any(
        case.opened_by(name) != "answer" for name in case.reading.asked_for
    )
    if not is_served:
        return answer
    kept = (
        note for note in answer.notes if note.kind != "unanswered" or not is_request(note.values["question"])
    )
    return replace(answer, notes=tuple(kept))


def _dated(iso: str, language: str) -> str:
    """ " of 16 November 2026", and nothing for a page without a date."""
    return phrase("of_date", {"date": date.fromisoformat(iso)}, language) if iso else ""


def sources(answer: Answer) -> SourcesBlock:
    """The citations with the passages around them."""
    return SourcesBlock(citations=[_citation(cited) for cited in answer.citations])


def web_address(url: str) -> str:
    """The address when it is on the web or on this server; where a document says it stands is untrusted too."""
    return url if _WEB.fullmatch(url) else NOWHERE


def _line(line: Words) -> Line:
    # Cited words stand as they are and are never filled in; others could be taken for our own.
    return Line(text=line.text if line.cites else harmless(line.text), cites=list(line.cites))


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
