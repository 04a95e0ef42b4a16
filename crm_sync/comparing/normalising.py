"""Spells what tells who somebody is in one way: addresses, domains, phone numbers, names. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import idna
import phonenumbers

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_ODD = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "'": "",
        "’": "",
    }
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_DIGITS = 6
_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){1,}[^\W\d_]\b\.?")
"""Letters with dots between them, such as S.A.R.L. or B. V."""
_TITLES_SPELLED = (
    "dr prof professor mr mrs ms miss mx sir herr frau hr fr ing dipl mag mba phd msc bsc mme mlle sr sra"
)
_TITLES = frozenset(_TITLES_SPELLED.split())
_LEGAL_SPELLED = """
    gmbh mbh ggmbh gesmbh ag se kg kgaa ohg gbr ug ev eg ek inc incorporated llc llp lp ltd limited plc corp corporation
    co company sarl sàrl rl sas sasu sa eurl sci snc bv nv vof cv srl spa sapa sl slu slp ab as asa aps oy oyj kft zrt
    nyrt sro doo dd spzoo spk pty pte kk gk bhd sdn lda ltda oü sia uab ood eood haftungsbeschränkt haftungsbeschraenkt
"""
_LEGAL_PLAIN = frozenset({"u", "und", "and", "et", "y", "e"})
"""Words that join two legal forms: GmbH und Co. KG."""


def plain(text: str) -> str:
    """Lower case without marks: what two spellings of one word share. The same again when it is plain already."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().translate(_ODD))
    return "".join(char for char in folded if not unicodedata.combining(char)).translate(_ODD)


def spellings(text: str) -> frozenset[str]:
    """The word without marks, and as Germans and Danes write it where there are none: muller and mueller."""
    lowered = unicodedata.normalize("NFKC", text).casefold()
    return frozenset({plain(lowered), plain(lowered.translate(_GERMAN))})


def domain_form(text: str) -> str:
    """A domain out of an address or a link: lower case, ASCII, without scheme, path, port and www."""
    host = unicodedata.normalize("NFKC", text).strip().casefold()
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", host)
    host = re.split(r"[/?#\s]", host, maxsplit=1)[0].rpartition("@")[2]
    host = host.partition(":")[0].strip(".")
    while host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    return _ascii(host)


def email_form(text: str) -> str:
    """An address as its host reads it: case, sub-addresses (+tag) and Gmail's dots make no difference. Empty for what
    is no address."""
    local, at, host = unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")
    domain = _ascii(host.strip("."))
    local = local.strip().strip('"')
    if not at or not local or not domain:
        return ""
    bare = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{bare.replace('.', '') or bare}@gmail.com"
    return f"{bare}@{domain}"


@cache
def _region(country: str) -> str | None:
    code = country.strip().upper()
    return code if code in phonenumbers.SUPPORTED_REGIONS else None


def phone_form(text: str, country: str = "") -> str:
    """A phone number in E.164; empty when it is none, or national without a country to read it by."""
    try:
        number = phonenumbers.parse(text, _region(country))
    except phonenumbers.NumberParseException:
        return ""
    # Short ones, such as extensions, are the same in many places.
    if not phonenumbers.is_possible_number(number) or len(str(number.national_number)) < _DIGITS:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def is_mobile(e164: str) -> bool:
    """Whether it is somebody's own phone; where a country does not tell, it is not."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return False
    return bool(kind == phonenumbers.PhoneNumberType.MOBILE)


def name_words(text: str) -> tuple[str, ...]:
    """The words of a person's name, sorted, without titles; "Lovelace, Dr. Ada" is "Ada Lovelace"."""
    return _words(plain(text))


def name_keys(text: str) -> frozenset[tuple[str, ...]]:
    """The same for every spelling of it."""
    return frozenset(_words(each) for each in spellings(text))


def _words(spelled: str) -> tuple[str, ...]:
    words = [word for word in _WORD.findall(spelled) if word not in _TITLES]
    return tuple(sorted(words or _WORD.findall(spelled)))


def company_form(text: str) -> str:
    """A company's name without its legal form, marks and punctuation; never empty for a name that has a word."""
    return _without_form(plain(text))


def company_forms(text: str) -> frozenset[str]:
    """The same for every spelling of it."""
    return frozenset(_without_form(each) for each in spellings(text))


def domain_label(domain: str) -> str:
    """What a company chose of its domain, without hyphens: acmelifts of acme-lifts.co.uk."""
    parts = domain_form(domain).split(".")
    if len(parts) < 2:
        return ""
    # Two short endings in a row are a country's: co.uk, com.au.
    is_two = len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3
    label = parts[-3] if is_two else parts[-2]
    return label.replace("-", "")


def _without_form(spelled: str) -> str:
    spelled = re.sub(r"\b([a-z])/([a-z])\b", r"\1\2", spelled)
    joined = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found.group()), spelled)
    joined = re.sub(r"\bsp\.?\s*z\s*\.?\s*o\.?\s*o\b\.?", "spzoo", joined)
    words = _WORD.findall(joined.replace("&", " und "))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    kept = list(words)
    while len(kept) > 1 and (kept[-1] in _LEGAL_FOLDED or kept[-1] in _LEGAL_PLAIN):
        kept.pop()
    return " ".join("und" if word in {"and", "et", "y"} else word for word in kept)


def _ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii") if host else ""
    except idna.IDNAError:
        return host


_LEGAL_FOLDED = frozenset(map(plain, _LEGAL_SPELLED.split()))
