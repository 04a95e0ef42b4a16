"""Where they are and what they speak: `country` (ISO 3166 code) and `language` (ISO 639 code), one fact each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found

_COUNTRIES = {
    "germany": "DE", "deutschland": "DE", "austria": "AT",
    "österreich": "AT", "switzerland": "CH", "schweiz": "CH",
    "france": "FR", "spain": "ES", "españa": "ES",
    "portugal": "PT", "italy": "IT", "italia": "IT", "belgium": "BE",
    "netherlands": "NL", "the netherlands": "NL", "holland": "NL", "luxembourg": "LU", "ireland": "IE",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB",
    "england": "GB", "scotland": "GB", "wales": "GB",
    "denmark": "DK", "sweden": "SE", "norway": "NO",
    "finland": "FI", "iceland": "IS", "poland": "PL", "czechia": "CZ",
    "czech republic": "CZ", "slovakia": "SK", "hungary": "HU",
    "romania": "RO", "bulgaria": "BG", "greece": "GR",
    "croatia": "HR", "slovenia": "SI", "serbia": "RS", "estonia": "EE", "latvia": "LV", "lithuania": "LT",
    "ukraine": "UA", "turkey": "TR", "türkiye": "TR",
    "cyprus": "CY", "malta": "MT", "israel": "IL", "egypt": "EG",
    "uae": "AE", "united arab emirates": "AE", "saudi arabia": "SA",
    "qatar": "QA", "kuwait": "KW", "bahrain": "BH",
    "oman": "OM", "jordan": "JO", "lebanon": "LB", "morocco": "MA", "tunisia": "TN", "south africa": "ZA",
    "nigeria": "NG", "kenya": "KE", "ghana": "GH",
    "usa": "US", "united states": "US", "the states": "US", "us": "US",
    "america": "US", "canada": "CA", "mexico": "MX",
    "brazil": "BR", "argentina": "AR", "chile": "CL", "colombia": "CO",
    "peru": "PE", "india": "IN", "pakistan": "PK",
    "bangladesh": "BD", "sri lanka": "LK", "china": "CN", "japan": "JP",
    "south korea": "KR", "korea": "KR", "taiwan": "TW",
    "hong kong": "HK", "singapore": "SG", "malaysia": "MY",
    "indonesia": "ID", "philippines": "PH", "the philippines": "PH", "thailand": "TH", "vietnam": "VN",
    "australia": "AU", "new zealand": "NZ",
}  # fmt: skip
_CITIES = {
    "berlin": "DE", "munich": "DE", "münchen": "DE",
    "hamburg": "DE", "frankfurt": "DE", "cologne": "DE", "köln": "DE",
    "stuttgart": "DE", "bavaria": "DE", "vienna": "AT",
    "wien": "AT", "zurich": "CH", "zürich": "CH", "geneva": "CH",
    "paris": "FR", "lyon": "FR", "marseille": "FR",
    "madrid": "ES", "barcelona": "ES", "lisbon": "PT", "rome": "IT",
    "milan": "IT", "brussels": "BE", "amsterdam": "NL", "rotterdam": "NL", "dublin": "IE", "london": "GB",
    "manchester": "GB", "copenhagen": "DK", "stockholm": "SE", "oslo": "NO", "helsinki": "FI", "warsaw": "PL",
    "prague": "CZ", "budapest": "HU", "athens": "GR",
    "istanbul": "TR", "dubai": "AE", "abu dhabi": "AE", "riyadh": "SA",
    "doha": "QA", "cairo": "EG", "new york": "US",
    "chicago": "US", "texas": "US", "california": "US", "boston": "US",
    "san francisco": "US", "toronto": "CA", "vancouver": "CA",
    "sydney": "AU", "melbourne": "AU", "mumbai": "IN",
    "bangalore": "IN", "delhi": "IN", "tokyo": "JP", "sao paulo": "BR", "são paulo": "BR",
}  # fmt: skip
_PEOPLES = {
    "german": "DE", "austrian": "AT", "swiss": "CH", "french": "FR", "spanish": "ES", "portuguese": "PT",
    "italian": "IT", "belgian": "BE", "dutch": "NL",
    "irish": "IE", "british": "GB", "danish": "DK", "swedish": "SE",
    "norwegian": "NO", "finnish": "FI", "polish": "PL",
    "czech": "CZ", "greek": "GR", "turkish": "TR", "american": "US",
    "canadian": "CA", "mexican": "MX", "brazilian": "BR",
    "indian": "IN", "japanese": "JP", "australian": "AU",
    "emirati": "AE", "saudi": "SA",
}  # fmt: skip
_LANGUAGES = {
    "german": "de", "deutsch": "de", "english": "en",
    "french": "fr", "français": "fr", "spanish": "es", "español": "es",
    "italian": "it", "dutch": "nl", "portuguese": "pt",
    "polish": "pl", "swedish": "sv", "danish": "da", "turkish": "tr",
    "arabic": "ar", "russian": "ru", "ukrainian": "uk",
    "japanese": "ja", "chinese": "zh", "korean": "ko", "czech": "cs",
    "hungarian": "hu", "romanian": "ro", "greek": "el",
    "hebrew": "he", "finnish": "fi", "norwegian": "no", "hindi": "hi",
}  # fmt: skip


def _any(names: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


# "us" is a word; as a land it is written in capitals.
_PLACE = rf"(?P<place>(?!us\b)(?:{_any(_COUNTRIES)}|{_any(_CITIES)})|(?-i:US))\b"
_BASED = re.compile(
    r"\b(?:we(?:['’]re|['’]m| are| operate| work| sit| live)|i(?:['’]m| am| live| work)|"
    r"(?:company|team|business|firm|office|offices|headquarters|hq|crews?|branches"
    r"|customers|technicians|people)"
    r"(?: is| are| sits| sit)?|based|located|headquartered|operating|operate|here|writing"
    r"|calling|hello|hi)\s(?:all |only |mostly |also |currently |a \w+ (?:company |firm )?)?"
    r"(?:based |located |headquartered |active )?(?:in|from|out of|over in|across"
    rf"|throughout)\s(?:the\s)?{_PLACE}",
    re.IGNORECASE,
)
_FROM = re.compile(rf"^\W*(?:from|in)\s(?:the\s)?{_PLACE}", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\b(?:we(?:['’]re| are)|i (?:run|own)|it['’]?s|as) an?\s(?:\w+\s)?"
    rf"(?P<people>{_any(_PEOPLES)})\s(?:\w+\s)?(?:company|firm|business|startup|start-up"
    r"|team|group|charity|contractor|subsidiary|manufacturer|provider)\b",
    re.IGNORECASE,
)
_SPEAK = re.compile(
    r"\b(?:speak|speaks|talk|write|answer|support|help|docs?|documentation|interface|app|ui"
    r"|onboarding|demo|call|training|available|translate\w*|need (?:it|this|everything)"
    r"|have (?:it|this))\s"
    rf"(?:\w+\s){{0,2}}?(?:in\s)?(?P<tongue>{_any(_LANGUAGES)})\b"
    rf"|\b(?P<tongue2>{_any(_LANGUAGES)})[- ](?:speaking|language|version|interface|support"
    r"|docs|documentation|invoices?|translation|demo|speakers?)\b"
    rf"|\b(?:in|auf|en)\s(?P<tongue3>{_any(_LANGUAGES)})(?=\s*(?:$|[?.!,]|please|bitte|too"
    r"|as well|only|possible))",
    re.IGNORECASE,
)


def find_country(text: str) -> Iterator[Found]:
    """Where they say they are; a land that is merely asked about is not theirs."""
    seen: set[str] = set()
    for pattern in (_BASED, _FROM):
        for match in pattern.finditer(text):
            place = match["place"].lower()
            code = _COUNTRIES.get(place) or _CITIES[place]
            if code not in seen and not _ASKS.search(text[max(0, match.start() - 20) : match.end()]):
                seen.add(code)
                yield Found("country", code, match.start("place"), match.end("place"), 0.85, "rule:based_in")
    for match in _PEOPLE.finditer(text):
        code = _PEOPLES[match["people"].lower()]
        if code not in seen:
            seen.add(code)
            yield Found("country", code, match.start("people"), match.end("people"), 0.75, "rule:people")


_ASKS = re.compile(
    r"\b(?:are you|do you|does it|is it|your|you have|data|hosted|hosting|servers?|other)\b", re.IGNORECASE
)


def find_language(text: str) -> Iterator[Found]:
    """Which language they want to be served in, when they name one."""
    for match in _SPEAK.finditer(text):
        group = next(name for name in ("tongue", "tongue2", "tongue3") if match[name])
        yield Found(
            "language",
            _LANGUAGES[match[group].lower()],
            match.start(group),
            match.end(group),
            0.75,
            "rule:speaks",
        )
        return
