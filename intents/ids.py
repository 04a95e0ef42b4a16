"""Numbers by which states know people, told by their check digits or by the words before them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from intents.details import Detail

_SEP = r"[ .\-/]?"
_END = r"(?![\w-]|\.\d)"
_START = r"(?<![\w.-])"


def _germany(found: str) -> bool:
    """Steuer-ID: ISO 7064 MOD 11,10; one digit stands two or three times in the first ten."""
    digits = _digits(found)
    if digits[0] == "0" or max(map(digits[:10].count, "0123456789")) not in {2, 3}:
        return False
    product = 10
    for char in digits[:10]:
        total = (int(char) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def _france(found: str) -> bool:
    """NIR: the key is 97 minus the number modulo 97; Corsica's departments count as 19 and 18."""
    plain = re.sub(r"\W", "", found).upper()
    number = plain[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(plain[13:])


def _spain(found: str) -> bool:
    """DNI and NIE: the letter is the number modulo 23; X, Y, Z stand for 0, 1, 2."""
    plain = re.sub(r"\W", "", found).upper()
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _italy(found: str) -> bool:
    """Codice fiscale: odd places by a table, even ones by their rank, modulo 26."""
    plain = re.sub(r"\W", "", found).upper()
    total = sum(_ODD[char] for char in plain[:15:2])
    total += sum(int(char) if char.isdigit() else ord(char) - 65 for char in plain[1:15:2])
    return chr(65 + total % 26) == plain[15]


def _netherlands(found: str) -> bool:
    """BSN: the eleven test."""
    digits = _digits(found).zfill(9)
    total = sum((9 - place) * int(char) for place, char in enumerate(digits[:8])) - int(digits[8])
    return total % 11 == 0 and int(digits) > 0


def _always(_: str) -> bool:
    return True


def _digits(found: str) -> str:
    return re.sub(r"\D", "", found)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    # United States: social security and taxpayer numbers as they are written.
    (re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\d-])"), _always),
    (re.compile(r"(?<![\d-])9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}(?![\d-])"), _always),
    # United Kingdom: national insurance.
    (
        re.compile(
            rf"{_START}(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{{2}} ?\d{{2}} "
            rf"?\d{{2}} ?[A-D]{_END}",
            re.IGNORECASE,
        ),
        _always,
    ),
    (re.compile(rf"{_START}\d{{2}} \d{{3}} \d{{3}} \d{{3}}{_END}"), _germany),
    (
        re.compile(
            rf"{_START}[12]{_SEP}\d{{2}}{_SEP}(?:0[1-9]|1[0-2]|[2-9]\d){_SEP}(?:\d{{2}}"
            rf"|2[AB]){_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{2}}{_END}",
            re.IGNORECASE,
        ),
        _france,
    ),
    (re.compile(rf"{_START}(?:\d{{8}}|[XYZ]-?\d{{7}})-?[A-Z]{_END}", re.IGNORECASE), _spain),
    (
        re.compile(
            rf"{_START}[A-Z]{{3}} ?[A-Z]{{3}} ?[0-9LMNP-V]{{2}}[ABCDEHLMPRST][0-9LMNP-V]{{2}} ?[A-Z]["
            rf"0-9LMNP-V]{{3}}[A-Z]{_END}",
            re.IGNORECASE,
        ),
        _italy,
    ),
)
_SAID: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        re.compile(
            r"\b(?:ssn|social security(?: number| no\.?)?)\W+(?:\w+\W+){0,2}?(\d{9})(?!\d)", re.IGNORECASE
        ),
        _always,
    ),
    (
        re.compile(
            r"\b(?:steuer-?(?:id|nummer|identifikationsnummer)|idnr\.?|tax id)\W+(?:\w+\W+){0,2}?"
            r"(\d{11})(?!\d)",
            re.IGNORECASE,
        ),
        _germany,
    ),
    (
        re.compile(
            r"\b(?:bsn|burgerservicenummer|sofinummer)\W+(?:\w+\W+){0,2}?(\d{8,9})(?!\d)", re.IGNORECASE
        ),
        _netherlands,
    ),
    (
        re.compile(
            r"\bnhs (?:number|no\.?)\W+(?:\w+\W+){0,2}?(\d{3}[ -]?\d{3}[ -]?\d{4})(?!\d)", re.IGNORECASE
        ),
        _always,
    ),
    (
        re.compile(
            r"\b(?:passport|driv(?:er['’]?s?|ing) licen[cs]e|id card|identity card|national id"
            r"|personalausweis|reisepass|führerschein)\W{0,2}"
            r"(?:(?:number|no|nr|nummer|id)\b\.?)?\W{0,3}(?:is|was|:|=)?\W{0,2}((?="
            r"(?:[A-Z0-9-]*\d){3})[A-Z0-9][A-Z0-9-]{5,15})(?![\w-])",
            re.IGNORECASE,
        ),
        _always,
    ),
)


def national_ids(text: str) -> Iterator[Detail]:
    """Of the US, Germany, France, Spain, the UK, Italy and the Netherlands; and what is called such a number."""
    if sum(char.isdigit() for char in text) < 5:
        return
    for pattern, holds in _FORMS:
        for match in pattern.finditer(text):
            if holds(match.group()):
                yield Detail("id", match.start(), match.end(), match.group())
    for pattern, holds in _SAID:
        for match in pattern.finditer(text):
            if holds(match.group(1)):
                yield Detail("id", match.start(1), match.end(1), match.group(1))
