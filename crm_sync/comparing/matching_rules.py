"""The rules of matching, one by one, with their points; each says in words what it saw, and never a value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from crm_sync.comparing import normalising as spelled
from crm_sync.comparing.mailboxes import is_mailbox_host
from crm_sync.comparing.values import How, Identity, MatchedObject, Reason

COARSE = frozenset({"initial", "start", "name", "local"})
"""Keys that many may share: a crowd under one of them is passed over."""
_ROLES_SPELLED = """
    admin accounting billing booking buchhaltung contact contacto direction dispatch einkauf empfang facturation finance
    hello help hr info invoice invoices it jobs kontakt mail marketing noreply office orders post purchasing rechnung
    reception sales sekretariat service support team ventas verkauf vertrieb webmaster welcome zentrale
"""
_ROLES = frozenset(_ROLES_SPELLED.split())
"""Mailboxes of an office, which say nothing of who writes."""
_LONG = 6
"""Shorter local parts and domains are one letter from too many others."""
_NAMES_APART = 75.0
_COMPANIES_ALIKE, _COMPANIES_APART = 92.0, 55.0


@dataclass(frozen=True, slots=True)
class Face:
    """A record made ready for comparing."""

    object: MatchedObject
    id: str
    email: str
    mailbox: str
    domain: str
    """Where somebody works; empty for a host of mailboxes."""
    host: str
    phone: str
    names: frozenset[tuple[str, ...]]
    company: frozenset[str]
    label: str
    country: str

    @property
    def local(self) -> str:
        """What stands before the @, without dots and dashes; empty for an office's mailbox."""
        local = re.sub(r"[._-]", "", self.mailbox.rpartition("@")[0])
        return "" if local in _ROLES else local


def face(record: Identity) -> Face:
    """Made ready once, compared often."""
    mailbox = spelled.email_form(record.email)
    host = mailbox.rpartition("@")[2]
    own = spelled.domain_form(record.domain)
    # A company's site at a host of mailboxes is nobody's; so is a person's.
    work = next((each for each in (own, host) if each and not is_mailbox_host(each)), "")
    is_person = record.object == "contact"
    return Face(
        object=record.object,
        id=record.id,
        email=record.email.strip().casefold(),
        mailbox=mailbox,
        domain=work,
        host=host,
        phone=spelled.phone_form(record.phone, record.country) if record.phone else "",
        names=spelled.name_keys(record.name) if is_person and record.name.strip() else frozenset(),
        company=spelled.company_forms(record.company if is_person else record.name) - {""},
        label=spelled.domain_label(work) if work else "",
        country=record.country.strip().upper(),
    )


def keys(one: Face) -> Iterator[tuple[str, ...]]:
    """What two records must share to be compared at all."""
    if one.object == "company":
        if one.domain:
            yield ("domain", one.domain)
            yield ("label", one.label)
        for name in one.company:
            yield ("company", name)
            yield ("start", name.replace(" ", "")[:4])
        return
    if one.mailbox:
        yield ("mailbox", one.mailbox)
    if one.phone:
        yield ("phone", one.phone)
    if len(one.local) >= _LONG:
        yield ("local", one.local)
    for words in one.names:
        if len(words) > 1:
            yield ("name", *words)
        for place in (*((one.domain,) if one.domain else ()), *one.company):
            # In a crowd of one company the full initials still part it.
            yield ("initials", place, "".join(word[0] for word in words))
            for word in words:
                yield ("initial", place, word[0])
    if one.local and one.host and not one.names:
        yield ("initial", one.host, one.local[0])


# -- people ----------------------------------------------------------------------------------------------------


def contact_reasons(one: Face, other: Face) -> Iterator[Reason]:
    """Every rule that speaks of two people."""
    if one.mailbox and one.email == other.email:
        yield _reason("email", "exact", 1.0, "The same e-mail address")
        return
    same_place = bool(one.domain) and one.domain == other.domain
    if one.mailbox and one.mailbox == other.mailbox:
        yield _reason("email", "normalised", 0.8, "The same e-mail address, spelled differently")
    elif found := _alike_addresses(one, other):
        yield found
    if one.phone and one.phone == other.phone:
        yield _phone(one, same_place=same_place)
    yield from _names(one, other)
    if same_place:
        yield _reason("domain", "exact", 0.25, "Both work at the same domain")
    elif one.company & other.company:
        yield _reason("company", "normalised", 0.2, "Both work at a company of the same name")
    elif one.domain and other.domain and one.label != other.label:
        yield _reason("domain", "against", -0.1, "They work at different domains")


def _phone(one: Face, *, same_place: bool) -> Reason:
    if spelled.is_mobile(one.phone):
        return _reason("phone", "normalised", 0.65, "The same mobile number")
    if same_place:
        return _reason("phone", "normalised", 0.3, "The same number, which may be their office's")
    return _reason("phone", "normalised", 0.45, "The same phone number")


def _alike_addresses(one: Face, other: Face) -> Reason | None:
    if not one.local or not other.local or _digits(one.local) != _digits(other.local):
        return None
    hosts = one.host, other.host
    if one.host == other.host and min(len(one.local), len(other.local)) >= _LONG:
        if OSA.distance(one.local, other.local, score_cutoff=1) <= 1:
            return _reason("email", "fuzzy", 0.25, "E-mail addresses one letter apart")
        return None
    if one.local != other.local or one.host == other.host:
        return None
    if min(map(len, hosts)) >= _LONG and OSA.distance(*hosts, score_cutoff=1) <= 1:
        return _reason("email", "fuzzy", 0.35, "The same address at domains one letter apart")
    if len(one.local) >= _LONG and not (one.domain and other.domain):
        return _reason("email", "fuzzy", 0.2, "The same words before the @ at another host")
    return None


def _names(one: Face, other: Face) -> Iterator[Reason]:
    if not one.names or not other.names:
        return
    if one.names & other.names:
        # A first name alone is shared by many.
        full = max(map(len, one.names & other.names)) > 1
        yield _reason("name", "normalised", 0.45 if full else 0.15, "The same name")
        return
    best = max(
        (_name_points(mine, theirs) for mine in sorted(one.names) for theirs in sorted(other.names)),
        key=lambda found: (found[0], found[1]),
    )
    points, said = best
    yield _reason("name", "fuzzy" if points > 0 else "against", points, said)


def _name_points(mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[float, str]:
    few, many = sorted((mine, theirs), key=lambda words: (len(words), words))
    if set(few) < set(many):
        return (0.4, "One name holds the other") if len(few) > 1 else (0.15, "The same first or last name")
    if len(few) > 1 and _is_short_for(few, many):
        return 0.3, "Names that agree where one is shortened"
    if len(few) > 1 and len(few) == len(many) and all(map(_is_slip, few, many)):
        return 0.3, "Names a letter apart"
    if set(few) & set(many) and len(few) > 1:
        return -0.4, "Different first or last names"
    if fuzz.ratio(" ".join(few), " ".join(many)) < _NAMES_APART:
        return -0.5, "Different names"
    return -0.2, "Names that are not the same"


def _is_slip(word: str, other: str) -> bool:
    """The same word, or one letter apart where that is a slip: Tim and Tom are two people, Karin and Karina too."""
    if word == other:
        return True
    short, long = sorted((word, other), key=len)
    is_form = long[:-1] == short and long[-1] in "aeo"
    return len(long) > 4 and not is_form and OSA.distance(word, other, score_cutoff=1) <= 1


def _is_short_for(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Every word is one of the other name's, whole or shortened (A., Alex), at least one of them whole."""
    left, whole = list(many), 0
    for word in sorted(few, key=len, reverse=True):
        found = next((each for each in left if each == word), None)
        whole += found is not None and len(word) > 2
        found = found or next((each for each in left if _shortens(word, each) or _shortens(each, word)), None)
        if found is None:
            return False
        left.remove(found)
    return whole > 0


def _shortens(short: str, long: str) -> bool:
    return long.startswith(short) and (len(short) == 1 or (len(short) > 2 and len(long) - len(short) > 1))


# -- companies -------------------------------------------------------------------------------------------------


def company_reasons(one: Face, other: Face) -> Iterator[Reason]:
    """Every rule that speaks of two companies."""
    if one.domain and one.domain == other.domain:
        yield _reason("domain", "normalised", 0.85, "The same domain")
    elif one.label and one.label == other.label:
        yield _reason("domain", "fuzzy", 0.2, "The same domain but for its ending")
    elif one.domain and other.domain:
        yield _reason("domain", "against", -0.3, "Different domains")
    yield from _company_names(one, other)
    if one.country and other.country:
        if one.country != other.country:
            yield _reason("country", "against", -0.3, "In different countries")
        elif one.company & other.company:
            yield _reason("country", "exact", 0.1, "In the same country")


def _company_names(one: Face, other: Face) -> Iterator[Reason]:
    if not one.company or not other.company:
        return
    if shared := one.company & other.company:
        # Nova and Delta are the names of many.
        is_own = max(map(len, shared)) > _LONG
        yield _reason("name", "normalised", 0.7 if is_own else 0.55, "The same name but for its legal form")
        return
    pairs = [(mine, theirs) for mine in sorted(one.company) for theirs in sorted(other.company)]
    alike = max(fuzz.token_sort_ratio(mine, theirs) for mine, theirs in pairs)
    if all(_digits(mine) != _digits(theirs) for mine, theirs in pairs):
        yield _reason("name", "against", -0.5, "Names with different numbers")
    elif any(mine.replace(" ", "") == theirs.replace(" ", "") for mine, theirs in pairs):
        yield _reason("name", "normalised", 0.65, "The same name but for its spaces")
    elif alike >= _COMPANIES_ALIKE:
        yield _reason("name", "fuzzy", 0.5, "Names a letter or two apart")
    elif alike < _COMPANIES_APART and not _holds(pairs):
        yield _reason("name", "against", -0.3, "Different names")


def _holds(pairs: list[tuple[str, str]]) -> bool:
    """Whether one name begins with the other: Acme and Acme Lifts."""
    return any(mine.startswith(theirs + " ") or theirs.startswith(mine + " ") for mine, theirs in pairs)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _reason(rule: str, how: How, points: float, said: str) -> Reason:
    return Reason(rule, how, points, said)
