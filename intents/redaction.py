"""Replace personal details by placeholders that stay the same through a conversation. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from intents.details import FINDERS, Detail
from intents.values import Redacted, Sealed

PLACEHOLDER = re.compile(r"\[([a-z]+)_(\d+)\]")


def redact(text: str, known_seals: Mapping[str, str] | None = None) -> Redacted:
    """The text with every detail sealed; the same value gets the placeholder it has in `known_seals`."""
    known = dict(known_seals or {})
    found = [detail for finder in FINDERS for detail in finder(text)]
    return _seal(text, _without_overlaps([*_told_before(text, known), *found]), known)


def seal_more(redacted: Redacted, details: Sequence[Detail], known_seals: Mapping[str, str]) -> Redacted:
    """Seal further details, found in the redacted text itself; earlier seals keep their placeholder."""
    known = {**known_seals, **{seal.placeholder: seal.value for seal in redacted.sealed}}
    taken = [(seal.start, seal.end) for seal in redacted.sealed]
    free = [d for d in details if all(d.end <= start or d.start >= end for start, end in taken)]
    if not free:
        return redacted
    held = [Detail("", seal.start, seal.end, seal.placeholder) for seal in redacted.sealed]
    return _seal(redacted.text, _without_overlaps([*held, *free]), known)


def _told_before(text: str, known: Mapping[str, str]) -> Iterable[Detail]:
    """A name sealed earlier is sealed wherever it returns, though nothing around it says that it is one."""
    for placeholder, value in known.items():
        kind = PLACEHOLDER.fullmatch(placeholder)
        if kind and kind.group(1) == "person" and len(value) > 1:
            for found in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE):
                yield Detail("person", found.start(), found.end(), value)


def _without_overlaps(details: Sequence[Detail]) -> list[Detail]:
    kept: list[Detail] = []
    for detail in details:
        clash = [other for other in kept if detail.start < other.end and other.start < detail.end]
        if not clash:
            kept.append(detail)
        elif detail.kind == "link" and all(detail.start <= o.start and o.end <= detail.end for o in clash):
            # A link that opens something is sealed whole, not only the token inside it.
            kept = [other for other in kept if other not in clash] + [detail]
    return sorted(kept, key=lambda detail: detail.start)


def _seal(text: str, details: Sequence[Detail], known: dict[str, str]) -> Redacted:
    pieces: list[str] = []
    sealed: list[Sealed] = []
    length = copied = 0
    for detail in details:
        kind = detail.kind
        if kind:
            placeholder, value = _placeholder(detail, known, text), detail.value
            known.setdefault(placeholder, value)
        else:
            placeholder, value = detail.value, known[detail.value]
            kind = placeholder.strip("[]").rsplit("_", 1)[0]
        between = text[copied : detail.start]
        start = length + len(between)
        pieces += [between, placeholder]
        length = start + len(placeholder)
        copied = detail.end
        sealed.append(Sealed(placeholder, kind, value, start, length))
    return Redacted("".join(pieces) + text[copied:], tuple(sealed))


def _placeholder(detail: Detail, known: Mapping[str, str], text: str) -> str:
    wanted = _same_thing(detail.kind, detail.value)
    highest = 0
    for placeholder, value in known.items():
        named = PLACEHOLDER.fullmatch(placeholder)
        if named and named.group(1) == detail.kind:
            if _same_thing(detail.kind, value) == wanted:
                return placeholder
            highest = max(highest, int(named.group(2)))
    # A visitor may type "[email_1]" themselves; numbering past it keeps placeholders unambiguous.
    typed = [int(number[:9]) for kind, number in PLACEHOLDER.findall(text) if kind == detail.kind]
    return f"[{detail.kind}_{max([highest, *typed]) + 1}]"


def _same_thing(kind: str, value: str) -> str:
    """Two ways of writing one value compare equal."""
    if kind in {"phone", "card", "id"}:
        return re.sub(r"\D", "", value)
    return value.casefold().strip() if kind in {"email", "person", "iban", "ip"} else value
