"""Articles as the panel lists and reads them: only those of the reader's audience, and only while they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter

from knowledge import listing
from knowledge.indexes.pile import Card
from knowledge.suggesting import Suggested
from knowledge.values import PUBLIC, Document
from server.desk import Desk
from server.help.bodies import Article, ArticleInfo, FoundArticle, Group, SearchResult, SnippetInfo, Vote
from server.help.drawing import article_body
from server.help.links import leads_from
from server.help.readers import Reader, nothing_there
from server.playbook.help import HelpRules

MOST_FOUND = 8
LONGEST_QUERY = 200
_IN_A_GROUP = 30
_FEATURED = 6
_FOR_PAGE = 2


def rules_of(desk: Desk, reader: Reader) -> HelpRules:
    """The section of the playbook, in the reader's language."""
    return desk.playbooks.of(reader.site).spoken(reader.language).help


def visible(desk: Desk, reader: Reader) -> list[Card]:
    """What this reader may open now, by path."""
    return desk.library.cards(reader.site, audience=reader.audience, now=reader.now)


def info(card: Card, rules: HelpRules) -> ArticleInfo:
    return ArticleInfo(
        id=card.id,
        title=card.title,
        section=section_of(card.path, rules),
        updated=card.updated,
        url=_address(card),
    )


def _address(card: Card) -> str | None:
    """Where anybody can open it: pages that are not public stand at no address of ours."""
    is_elsewhere = card.url.startswith(("https://", "http://")) and "/kb/" not in card.url
    return card.url if card.url and (PUBLIC in card.audience or is_elsewhere) else None


def section_of(path: str, rules: HelpRules) -> str:
    """By the folder that the article stands in."""
    folder = path.rpartition("/")[0]
    named = next((rules.sections[name] for name in _upwards(folder) if name in rules.sections), None)
    return named or folder.rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()


def _upwards(folder: str) -> list[str]:
    parts = folder.split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)] if folder else []


def groups(cards: Sequence[Card], rules: HelpRules) -> list[Group]:
    """By section: those that the playbook names in its order, then the others by name."""
    order = {title: place for place, title in enumerate(rules.sections.values())}
    told = sorted(
        ((section_of(card.path, rules), card) for card in cards),
        key=lambda pair: (order.get(pair[0], len(order)), pair[0], pair[1].title),
    )
    return [
        Group(title=title, articles=[info(card, rules) for _, card in list(members)[:_IN_A_GROUP]])
        for title, members in groupby(told, key=itemgetter(0))
    ]


async def featured(desk: Desk, reader: Reader, cards: Sequence[Card], page: str) -> list[ArticleInfo]:
    """What fits the page that somebody looks at, then what the playbook puts first."""
    rules = rules_of(desk, reader)
    by_id = {card.id: card for card in cards}
    words = " ".join(part for part in page.replace("-", " ").replace("_", " ").split("/") if part.isascii())
    chosen: dict[str, Card] = {}
    if words.strip():
        search = partial(desk.library.suggest, k=_FOR_PAGE, audience=reader.audience, now=reader.now)
        found = await desk.in_thread(search, reader.site, f"{words[:LONGEST_QUERY]} ")
        chosen |= {hit.id: by_id[hit.id] for hit in found.hits if hit.id in by_id}
    for wanted in rules.featured:
        chosen |= {card.id: card for card in cards if _is_meant(card.path, wanted)}
    return [info(card, rules) for card in list(chosen.values())[:_FEATURED]]


def _is_meant(path: str, wanted: str) -> bool:
    return path.startswith(wanted) if wanted.endswith("/") else path == wanted


async def search(
    desk: Desk, reader: Reader, query: str, *, paused: bool = False, most: int = MOST_FOUND
) -> SearchResult:
    """Articles for what was typed so far; in other languages also by the English words for it."""
    typed = query[:LONGEST_QUERY]
    rules = rules_of(desk, reader)
    found = await desk.in_thread(_look_up, desk, reader, typed, paused, most)
    shown = [
        FoundArticle(
            id=hit.id,
            title=hit.title,
            section=section_of(hit.path, rules),
            updated=hit.updated,
            url=_address_of(desk, reader, hit.id),
            heading=hit.heading,
            anchor=hit.anchor,
            snippet=SnippetInfo(
                text=hit.snippet.text, marks=_as_script_counts(hit.snippet.text, hit.snippet.marks)
            ),
        )
        for hit in found.hits
    ]
    return SearchResult(query=typed, articles=shown, total=found.total)


def _look_up(desk: Desk, reader: Reader, typed: str, paused: bool, most: int) -> Suggested:  # noqa: FBT001
    suggest = partial(
        desk.library.suggest,
        reader.site,
        audience=reader.audience,
        now=reader.now,
        k=most,
        whole=paused,
    )
    found = suggest(typed)
    if found.total or reader.language == "en":
        return found
    gloss = desk.reader.in_english(typed, reader.language)
    return suggest(gloss) if gloss != typed else found


def _address_of(desk: Desk, reader: Reader, article: str) -> str | None:
    card = desk.library.card(reader.site, article, audience=reader.audience, now=reader.now)
    return _address(card) if card else None


def _as_script_counts(text: str, marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Characters beyond the first plane are two units in JavaScript."""
    if all(letter <= "\uffff" for letter in text):
        return list(marks)

    def units(place: int) -> int:
        return len(text[:place].encode("utf-16-le")) // 2

    return [(units(start), units(end)) for start, end in marks]


def card_of(desk: Desk, reader: Reader, article: str) -> Card:
    """The article's card; raises the one `NotFound` for whatever this reader may not open."""
    card = desk.library.card(reader.site, article, audience=reader.audience, now=reader.now)
    if card is None:
        raise nothing_there()
    return card


def at_address(desk: Desk, reader: Reader, url: str) -> str:
    """The id of the article that stands at an address, as citations give it; one that leads elsewhere is nowhere."""
    leads = leads_from("", "", addresses(visible(desk, reader)), ())
    # Pages of our own server have paths for addresses, and what cites them has a whole one.
    path = "/" + url.partition("://")[2].partition("/")[2] if "://" in url else url
    article = leads(url).article or leads(path).article
    if not article:
        raise nothing_there()
    return article


async def read(desk: Desk, reader: Reader, article: str, vote: Vote | None) -> Article:
    """The article, drawn from what is stored of it."""
    card = card_of(desk, reader, article)
    document = await desk.library.document(reader.site, card.path, audience=reader.audience)
    if document is None or (document.expires is not None and document.expires <= reader.now):
        raise nothing_there()  # it went since the index was made
    async with desk.readers() as session:
        passages = await listing.stretches(session, reader.site, document.id)
    headings = list(dict.fromkeys((one.heading_path[-1], one.anchor) for one in passages if one.heading_path))
    body = await desk.in_thread(_drawn, desk, reader, document, headings)
    told = info(card, rules_of(desk, reader))
    return Article(**told.model_dump(), body=body, vote=vote)


async def language_of(desk: Desk, reader: Reader, article: str) -> str:
    """In which an article is written; empty when nobody knows."""
    async with desk.readers() as session:
        spoken = await listing.languages_of(session, reader.site, [article])
    return spoken[0] if spoken else ""


def _drawn(
    desk: Desk, reader: Reader, document: Document, headings: Sequence[tuple[str, str]]
) -> list[object]:
    leads = leads_from(
        document.url, document.id, addresses(visible(desk, reader)), desk.library.addresses(reader.site)
    )
    return list(article_body(document, leads, headings))


def addresses(cards: Sequence[Card]) -> Mapping[str, str]:
    """Ids by address."""
    return {card.url: card.id for card in cards if card.url}
