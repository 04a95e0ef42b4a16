"""Replace personal details by placeholders that stay the same through a conversation. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from intents.addresses import addresses
from intents.details import Detail, Finder, cards, emails, ibans, ips, links, phones, secrets
from intents.folding import fold
from intents.ids import national_ids
from intents.people import find_people
from intents.same import Essence, are_same, in_essence, same_thing
from intents.spelled import spelled_emails, spoken_phones
from intents.values import PLACEHOLDER, Redacted, Sealed

_OURS = re.compile(r"\[(?:email|phone|person|address|card|iban|id|ip|secret|link|typed)_\d+\]")


_CONTACTS = frozenset({"email", "phone"})


COLLEAGUE = "colleague"
"""The kind of a name that somebody of the company wrote."""


def _typed(text: str) -> Iterator[Detail]:
    """What looks like a placeholder of ours and was typed: sealed too, else it would be filled in as if it were one."""
    for found in _OURS.finditer(text):
        yield Detail("typed", found.start(), found.end(), found.group())


# In order of precedence: where two overlap, the earlier finder's reading stands.
_FINDERS: tuple[Finder, ...] = (
    _typed, emails, spelled_emails, secrets, links, ibans, national_ids, cards, ips, phones, spoken_phones, addresses,
)  # fmt: skip


def seal(
    text: str,
    known_seals: Mapping[str, str] | None = None,
    never: Collection[str] = (),
    contacts: Collection[str] = (),
) -> Redacted:
    """The text with every detail sealed, names of people included.

    `never` are words that nobody is called, `contacts` the site's own addresses and numbers, which are nobody's secret.
    """
    known = known_seals or {}
    shaped = redact(text, known, contacts)
    return seal_more(shaped, find_people(shaped.text, never), known)


def seal_again(text: str, never: Collection[str] = (), contacts: Collection[str] = ()) -> Redacted:
    """The same for words that were sealed before: their placeholders are ours, and typed by nobody."""
    return seal(text, {found.group(): found.group() for found in _OURS.finditer(text)}, never, contacts)


def contacts_in(text: str) -> tuple[str, ...]:
    """The addresses and numbers that a company's own words give."""
    return tuple(one.value for one in redact(text).sealed if one.kind in _CONTACTS)


def redact(
    text: str, known_seals: Mapping[str, str] | None = None, contacts: Collection[str] = ()
) -> Redacted:
    """The text with what is told by its shape sealed; one value keeps the placeholder it has in `known_seals`."""
    known = dict(known_seals or {})
    folded = fold(text)
    found = [
        Detail(detail.kind, *folded.span(detail.start, detail.end), detail.value)
        for finder in _FINDERS
        for detail in finder(folded.text)
    ]
    details = _without_overlaps([*_told_before(text, known), *found])
    return _seal(text, [detail for detail in details if not _is_contact(detail, contacts)], known)


def seal_more(redacted: Redacted, details: Sequence[Detail], known_seals: Mapping[str, str]) -> Redacted:
    """Seal further details, found in the redacted text itself; earlier seals keep their placeholder."""
    known = {**known_seals, **{seal.placeholder: seal.value for seal in redacted.sealed}}
    taken = [(seal.start, seal.end) for seal in redacted.sealed]
    free = [d for d in details if all(d.end <= start or d.start >= end for start, end in taken)]
    if not free:
        return redacted
    held = [Detail("", seal.start, seal.end, seal.placeholder) for seal in redacted.sealed]
    return _seal(redacted.text, _without_overlaps([*held, *free]), known)


def seal_beside(redacted: Redacted, kind: str, value: str, known_seals: Mapping[str, str]) -> Redacted:
    """The text with a further detail after it that was told in a field of its own, whatever it looks like."""
    known = {**known_seals, **{seal.placeholder: seal.value for seal in redacted.sealed}}
    placeholder = _Names(known).of(Detail(kind, 0, 0, value))
    start = len(redacted.text) + 2
    detail = Sealed(placeholder, kind, value, start, start + len(placeholder))
    return Redacted(f"{redacted.text}, {placeholder}", (*redacted.sealed, detail))


def as_colleagues(redacted: Redacted, known_seals: Mapping[str, str]) -> Redacted:
    """Words of somebody of the company: names that were not told before are theirs, and never the visitor's."""
    text, sealed, known = redacted.text, [], dict(known_seals)
    for one in redacted.sealed:
        if one.kind != "person" or one.placeholder in known_seals:
            sealed.append(one)
            continue
        mark = _Names(known).of(Detail(COLLEAGUE, 0, 0, one.value))
        text, known[mark] = text.replace(one.placeholder, mark), one.value
        # Whoever asks for offsets reads visitors' words; of these only the values are kept.
        sealed.append(Sealed(mark, COLLEAGUE, one.value, one.start, one.end))
    return Redacted(text, tuple(sealed))


def _told_before(text: str, known: Mapping[str, str]) -> Iterable[Detail]:
    """A name sealed earlier is sealed wherever it returns, though nothing around it says that it is one.

    A placeholder that is its own value stands where it was put when the words were sealed before.
    """
    for placeholder, value in known.items():
        if placeholder == value:
            for start in (found.start() for found in re.finditer(re.escape(value), text)):
                yield Detail("", start, start + len(value), placeholder)
            continue
        kind = PLACEHOLDER.fullmatch(placeholder)
        if kind and kind.group(1) in {"person", COLLEAGUE} and len(value) > 1:
            for found in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE):
                yield Detail(kind.group(1), found.start(), found.end(), value)


def _is_contact(detail: Detail, contacts: Collection[str]) -> bool:
    return detail.kind in _CONTACTS and any(same_thing(detail.kind, own, detail.value) for own in contacts)


def _without_overlaps(details: Sequence[Detail]) -> list[Detail]:
    """Earlier details win; a link that opens something is sealed whole, not only the token inside it."""
    kept: list[Detail] = []
    taken = bytearray(max((detail.end for detail in details), default=0))
    for detail in details:
        span = slice(detail.start, detail.end)
        if any(taken[span]):
            clash = [other for other in kept if detail.start < other.end and other.start < detail.end]
            inside = all(detail.start <= other.start and other.end <= detail.end for other in clash)
            if detail.kind != "link" or not inside:
                continue
            kept = [other for other in kept if other not in clash]
        taken[span] = b"\x01" * (detail.end - detail.start)
        kept.append(detail)
    return sorted(kept, key=lambda detail: detail.start)


class _Names:
    """Which placeholder a value has, and the next free number of a kind."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known: dict[str, list[tuple[str, Essence]]] = {}
        self._highest: dict[str, int] = {}
        for placeholder, value in known.items():
            named = PLACEHOLDER.fullmatch(placeholder)
            if named:
                self._hold(named.group(1), int(named.group(2)), placeholder, value)

    def of(self, detail: Detail) -> str:
        kind, essence = detail.kind, in_essence(detail.kind, detail.value)
        for placeholder, held in self._known.get(kind, ()):
            if are_same(kind, held, essence):
                return placeholder
        number = self._highest.get(kind, 0) + 1
        placeholder = f"[{kind}_{number}]"
        self._hold(kind, number, placeholder, detail.value)
        return placeholder

    def _hold(self, kind: str, number: int, placeholder: str, value: str) -> None:
        self._known.setdefault(kind, []).append((placeholder, in_essence(kind, value)))
        self._highest[kind] = max(number, self._highest.get(kind, 0))


def _seal(text: str, details: Sequence[Detail], known: Mapping[str, str]) -> Redacted:
    names = _Names(known)
    pieces: list[str] = []
    sealed: list[Sealed] = []
    length = copied = 0
    for detail in details:
        kind, value = detail.kind, detail.value
        if kind:
            placeholder = names.of(detail)
        else:
            # Sealed before: what stands there is its placeholder.
            placeholder, value = detail.value, known[detail.value]
            kind = placeholder.strip("[]").rsplit("_", 1)[0]
        between = text[copied : detail.start]
        start = length + len(between)
        pieces += [between, placeholder]
        length = start + len(placeholder)
        copied = detail.end
        sealed.append(Sealed(placeholder, kind, value, start, length))
    return Redacted("".join(pieces) + text[copied:], tuple(sealed))
