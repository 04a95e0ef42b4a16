"""Addresses and numbers in words: `ada at example dot com`, `six four six …`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.details import Detail

_OPEN, _SHUT = r"[\[({<]\s?", r"\s?[\])}>]"
_AT_WORD = r"(?:at|ät|aet|arroba|arobase|chiocciola|apenstaartje|snabel-?a|@)"
_DOT_WORD = r"(?:dot|d0t|punkt|punto|point|ponto|\.)"
_BRACKETED_AT = rf"\s{{0,3}}{_OPEN}{_AT_WORD}{_SHUT}\s{{0,3}}"
_SPACED_AT = rf"(?:\s{{1,3}}{_AT_WORD}\s{{1,3}}|\s{{0,3}}@\s{{0,3}}|[-_]+at[-_]+)"
_DOT = rf"(?:\s{{0,3}}{_OPEN}{_DOT_WORD}{_SHUT}\s{{0,3}}|\s{{1,3}}{_DOT_WORD}\s{{1,3}}|\.|[-_]+dot[-_]+)"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_LOCAL = r"[\w+%-]{1,64}"
_SPELLED = re.compile(
    rf"(?<![\w.+-])(?P<local>{_LOCAL}(?:{_DOT}{_LOCAL}){{0,3}}?)(?P<at>{_BRACKETED_AT}|{_SPACED_AT})"
    rf"(?P<domain>{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}{_DOT}[a-z]{{2,24}})\b(?![-.]?\w)",
    re.IGNORECASE,
)
_A_DOT = re.compile(_DOT, re.IGNORECASE)
_A_DOT_WORD = re.compile(
    rf"{_OPEN}{_DOT_WORD}{_SHUT}|\s(?:dot|d0t|punkt|punto|point|ponto)\s|[-_]dot[-_]", re.IGNORECASE
)
_HINT = re.compile(rf"@|[\s\[({{<_-]{_AT_WORD}[\s\])}}>_-]", re.IGNORECASE)
# Words before the local part that the pattern takes along: "mail ada dot l at …" is no address of "mail".
_LEAD = re.compile(
    r"(?:.*\s)?(?:is|are|to|me|us|at|mail|email|e-mail|address|reach|write|contact|ist|lautet|an|unter|es|est|a|à)\s+",
    re.IGNORECASE,
)


def spelled_emails(text: str) -> Iterator[Detail]:
    """Addresses whose at or dot is a word, stands in brackets, or has blanks or a line's end beside it."""
    if not _HINT.search(text):
        return
    for found in _SPELLED.finditer(text):
        local, at, domain = found["local"], found["at"], found["domain"]
        # "look at example.com" names a site: an address has a dot in words, a bracketed at, or the sign itself.
        if not (_A_DOT_WORD.search(domain) or "@" in at or re.match(rf"\s*{_OPEN}", at)):
            continue
        # Without a sign, only one dot of a sentence may stand between; "at 5. Then" is no domain.
        if "@" in at and re.search(r"\s", domain) and not _A_DOT_WORD.search(domain):
            domain = re.split(r"\s", domain, maxsplit=1)[0].rstrip(".")
            if "." not in domain:
                continue
        lead = _LEAD.match(local)
        start = found.start() + (lead.end() if lead else 0)
        end = found.start("domain") + len(domain)
        value = f"{_A_DOT.sub('.', local[lead.end() if lead else 0 :])}@{_A_DOT.sub('.', domain)}"
        yield Detail("email", start, end, re.sub(r"\s", "", value))


_DIGITS = {
    word: digit
    for digit, words in {
        "0": "zero oh null zéro cero",
        "1": "one eins ein un une uno",
        "2": "two zwei zwo deux dos",
        "3": "three drei trois tres",
        "4": "four vier quatre cuatro",
        "5": "five fünf fuenf cinq cinco",
        "6": "six sechs seis",
        "7": "seven sieben sept siete",
        "8": "eight acht huit ocho",
        "9": "nine neun neuf nueve",
    }.items()
    for word in words.split()
}
_TIMES = {"double": 2, "triple": 3, "doppel": 2, "doble": 2}
_ONE_WORD = "|".join(sorted({*_DIGITS, *_TIMES}, key=len, reverse=True))
_SPOKEN = re.compile(rf"\b(?:{_ONE_WORD}|\d)(?:[\s,.-]{{1,3}}(?:{_ONE_WORD}|\d)){{6,24}}\b", re.IGNORECASE)
_IN_ORDER = "01234567890"


def spoken_phones(text: str) -> Iterator[Detail]:
    """Seven digits and more in words; not somebody who counts."""
    for found in _SPOKEN.finditer(text):
        digits, times = "", 1
        for word in re.findall(r"\w+", found.group().lower()):
            times = _TIMES.get(word, 1) if word in _TIMES else times
            if word not in _TIMES:
                digits += _DIGITS.get(word, word) * times
                times = 1
        in_words = not re.fullmatch(r"[\d\s,.-]+", found.group())
        if in_words and len(digits) >= 7 and digits not in _IN_ORDER:
            yield Detail("phone", found.start(), found.end(), digits)
