"""Holds every sentence of a follow-up against the documents, the catalogue and the rules; also after an edit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from intents.redaction import redact
from knowledge.writing.facts import facts_of
from server.actions.follow_ups.figures import amounts, dates, numbers, percentages
from server.actions.follow_ups.promises import Promise, promises_in
from server.actions.follow_ups.sentences import Quotation, Sentence, plain, quotations, sentences
from server.actions.follow_ups.supporting import stands_in
from server.actions.follow_ups.values import Evidence, Finding, Grounds
from server.placeholders import PLACEHOLDER

MOST_CHARS = 6_000
_LINK = re.compile(r"https?://[^\s<>\"'“”„«»]+[^\s<>\"'“”„«».,;:!?)\]]|\bwww\.[^\s<>\"']+")
_TALKS = re.compile(
    r"\b(?:we|our|it|you|your|wir|unser\w*|sie|ihr\w*|nous|notre|nos|vous|votre|nosotros|nuestr\w+|usted|su|sus)\b",
    re.IGNORECASE,
)
_SHORT = 4
"""Words up to which a sentence is a greeting or a remark."""


def lint(text: str, grounds: Grounds) -> tuple[Finding, ...]:
    """What is wrong with a draft, in the order of its places; nothing when it may go out by itself."""
    found: list[Finding] = []
    if len(text) > MOST_CHARS:
        found.append(
            _block("too_long", 0, len(text), "", f"Shorten it to {MOST_CHARS:,} characters at most.")
        )
    quoted = quotations(text)
    for one in quoted:
        found += _quotation(one, grounds)
    ours = _own(grounds.ours)
    for sentence in sentences(text):
        if plain(sentence.text) in ours or _is_link(sentence.text):
            continue
        found += _sentence(sentence, grounds)
    found += _banned(text, grounds)
    found += _details(text, grounds)
    found += _links(text, grounds)
    return _each_once(found)


def _quotation(one: Quotation, grounds: Grounds) -> Iterator[Finding]:
    said = plain(one.text)
    if not said or (_within(said, grounds.asked) and not one.cites):
        return
    named = [each for each in grounds.evidence if each.n in one.cites]
    for n in one.cites:
        if not any(each.n == n for each in grounds.evidence):
            yield _finding("no_such_source", one, f"There is no source [{n}]; name one of the list below.")
    if any(said in plain(each.text) for each in named):
        yield from _price_in_quote(one, grounds)
        return
    elsewhere = next((each for each in grounds.evidence if said in plain(each.text)), None)
    if elsewhere is not None:
        if one.cites:
            yield _finding(
                "wrong_source", one, f"These words stand in [{elsewhere.n}], “{elsewhere.title}”; cite it."
            )
        elif len(said.split()) > _SHORT:
            yield _warning("uncited_quote", one, f"Say where the words stand: [{elsewhere.n}].")
        yield from _price_in_quote(one, grounds)
        return
    if not one.cites and any(said == plain(each.title) for each in grounds.evidence):
        return
    if named and not any(each.text for each in named):
        yield _finding("source_gone", one, "The page is gone or no longer holds; take the words out.")
        return
    near = _nearest(said, named or grounds.evidence)
    fix = f"The page says: “{near}”" if near else "No cited page says so; take it out or quote what one says."
    yield _finding("quote_not_in_source", one, fix)


def _sentence(one: Sentence, grounds: Grounds) -> Iterator[Finding]:
    cited = [each for each in grounds.evidence if each.n in one.cites and each.text]
    for n in one.cites:
        if not any(each.n == n for each in grounds.evidence):
            yield _finding("no_such_source", one, f"There is no source [{n}]; name one of the list below.")
    supported = ""
    if cited:
        supported = next(
            (why for each in cited if not (why := stands_in(one.text, each, grounds.company))), ""
        )
        reasons = [stands_in(one.text, each, grounds.company) for each in cited]
        supported = "" if "" in reasons else reasons[0]
        if supported == "other_language":
            yield _warning(
                "not_checked",
                one,
                "The source is in another language, so only figures were checked. Quote it instead.",
            )
        elif supported:
            yield _finding(
                "not_in_source", one, f"The source does not say this ({supported}). Quote its own words."
            )
            return
    yield from _figures(one, grounds, cited)
    for promise in promises_in(one.text, grounds.language):
        if not _carried(promise, cited):
            yield Finding(
                promise.code,
                promise.blocks,
                one.start + promise.start,
                one.start + promise.end,
                promise.said,
                promise.fix,
            )
    if not cited and _claims(one, grounds):
        yield _warning(
            "uncited_claim", one, "No source is named for this. Cite one, or let it be a question."
        )


def _figures(one: Sentence, grounds: Grounds, cited: Sequence[Evidence]) -> Iterator[Finding]:
    """Prices are the catalogue's; every other figure needs a source that has it."""
    taken: list[tuple[int, int]] = []
    for amount in amounts(one.text):
        taken.append((amount.start, amount.end))
        if not _is_price(one.text, amount.value, amount.currency, grounds):
            names = "; ".join(
                f"{plan.name}: {', '.join(str(each) for each in sorted(plan.amounts))} {grounds.currency}"
                for plan in grounds.plans
                if plan.amounts
            )
            fix = f"The catalogue has {names}." if names else "The site has no catalogue; leave prices out."
            yield _at(one, amount.start, amount.end, "price_not_in_catalogue", fix)
    for code, spans, what in (
        ("percent_without_source", percentages(one.text), "share"),
        ("date_without_source", dates(one.text), "date"),
        ("number_without_source", numbers(one.text), "number"),
    ):
        for start, end in spans:
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            said = one.text[start:end]
            if code == "number_without_source" and one.is_question:
                continue
            if any(_has_figure(said, each.text) for each in cited):
                continue
            yield _at(one, start, end, code, f"Name the source that has this {what}, or take it out.")


def _is_price(text: str, value: object, currency: str, grounds: Grounds) -> bool:
    if currency and grounds.currency and currency != grounds.currency:
        return False
    named = [plan for plan in grounds.plans if re.search(rf"\b{re.escape(plan.name)}\b", text, re.IGNORECASE)]
    return any(value in plan.amounts for plan in (named or grounds.plans))


def _price_in_quote(one: Quotation, grounds: Grounds) -> Iterator[Finding]:
    """A page that names another price than the catalogue: somebody has to put one of them right."""
    named = [plan for plan in grounds.plans if re.search(rf"\b{re.escape(plan.name)}\b", one.line)]
    found = amounts(one.text)
    if named and found and not any(_is_price(one.line, each.value, each.currency, grounds) for each in found):
        yield _finding(
            "price_not_in_catalogue", one, "The page and the catalogue differ; put one of them right first."
        )


def _has_figure(said: str, text: str) -> bool:
    wanted = set(facts_of(said).numbers)
    return plain(said) in plain(text) or (bool(wanted) and wanted <= set(facts_of(text).numbers))


def _carried(promise: Promise, cited: Sequence[Evidence]) -> bool:
    return any(plain(promise.said).casefold() in plain(each.text).casefold() for each in cited)


def _claims(one: Sentence, grounds: Grounds) -> bool:
    """Whether it states something about the product, rather than greeting, asking or thanking."""
    if one.is_question or len(one.text.split()) <= _SHORT:
        return False
    names = (grounds.company, *(plan.name for plan in grounds.plans))
    return bool(_TALKS.search(one.text)) or any(name and name in one.text for name in names)


def _banned(text: str, grounds: Grounds) -> Iterator[Finding]:
    for claim in grounds.banned:
        for found in re.finditer(re.escape(claim), text, re.IGNORECASE):
            fix = "The playbook bans these words; take them out."
            yield _block("banned_claim", found.start(), found.end(), found.group(), fix)


def _details(text: str, grounds: Grounds) -> Iterator[Finding]:
    fix = "This is somebody's personal detail; take it out."
    for found in PLACEHOLDER.finditer(text):
        if found.group() not in grounds.own:
            yield _block("personal_detail", found.start(), found.end(), found.group(), fix)
    own = {each.casefold() for each in grounds.own}
    # What the company publishes, its telephone number or figures that look like one, is nobody's secret.
    published = " ".join(each.text for each in grounds.evidence).casefold()
    for seal in redact(text).sealed:
        value = seal.value.casefold()
        if value not in own and value not in published and (at := text.find(seal.value)) >= 0:
            yield _block("personal_detail", at, at + len(seal.value), seal.value, fix)
    for stranger in grounds.strangers:
        if len(stranger) > 2 and (
            seen := re.search(rf"(?<!\w){re.escape(stranger)}(?!\w)", text, re.IGNORECASE)
        ):
            yield _block("personal_detail", seen.start(), seen.end(), seen.group(), fix)


def _links(text: str, grounds: Grounds) -> Iterator[Finding]:
    known = {_bare(each.url) for each in grounds.evidence} | {_bare(each) for each in grounds.links}
    for found in _LINK.finditer(text):
        if _bare(found.group()) not in known:
            fix = "The link leads to none of the sources and none of the site's pages; take it out."
            yield _block("foreign_link", found.start(), found.end(), found.group(), fix)


def _bare(url: str) -> str:
    return url.partition("#")[0].rstrip("/").casefold()


def _is_link(text: str) -> bool:
    return bool(_LINK.fullmatch(text.strip()))


def _own(ours: Iterable[str]) -> frozenset[str]:
    return frozenset(plain(one.text) for sentence in ours for one in sentences(sentence))


def _within(said: str, asked: Sequence[str]) -> bool:
    return any(said in plain(each) for each in asked)


def _nearest(said: str, evidence: Sequence[Evidence]) -> str:
    """The line of a page that comes closest, when one does."""
    lines = (" ".join(line.split()) for each in evidence for line in each.text.split("\n") if line.strip())
    scored = [(SequenceMatcher(None, said[:300], plain(line)[:300]).ratio(), line) for line in lines]
    best = max(scored, default=(0.0, ""))
    return best[1][:300] if best[0] >= 0.6 else ""


def _block(code: str, start: int, end: int, said: str, fix: str) -> Finding:
    return Finding(code, blocks=True, start=start, end=end, said=said, fix=fix)


def _finding(code: str, one: Quotation | Sentence, fix: str) -> Finding:
    return _block(code, one.start, one.end, one.text.strip(), fix)


def _warning(code: str, one: Quotation | Sentence, fix: str) -> Finding:
    return Finding(code, blocks=False, start=one.start, end=one.end, said=one.text.strip(), fix=fix)


def _at(one: Sentence, start: int, end: int, code: str, fix: str) -> Finding:
    return _block(code, one.start + start, one.start + end, one.text[start:end], fix)


def _each_once(found: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = {(each.code, each.start, each.end): each for each in found}
    return tuple(sorted(unique.values(), key=lambda each: (each.start, each.end, each.code)))
