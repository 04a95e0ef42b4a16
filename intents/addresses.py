"""Where a text holds a postal address: street and number, flat, postal code, and the town between them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.details import Detail

_U = r"[A-ZÀ-ÖØ-ÞŁŠŽČŘĐİŐŰ]"
_W = r"[^\W\d_][^\W\d_.'’-]*(?:['’-][^\W\d_]+)*\.?"
_CAP = rf"(?:{_U}[^\W\d_]*(?:['’-][^\W\d_]+)*\.?)"
_NUM = r"\d{1,5}[a-zA-Z]?(?:[-/]\d{1,4}[a-zA-Z]?)?"
# Said in full, these are streets in small letters too; the others only beside a capital.
_SURE = r"(?:[Rr]oad|[Ss]treet|[Aa]venue|[Bb]oulevard|ROAD|STREET|AVENUE)"
_ENGLISH = (
    r"(?:Rd|St|Str|Ave|Av|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Tce|Way"
    r"|Crescent|Cres|Close|Parkway|Pkwy|Highway|Hwy|Row|Hill|Gardens"
    r"|Grove|Mews|Wharf|Quay|Circle|Cir|Trail|Trl|Alley|Loop|Esplanade|Parade|Pde|Walk|Rise|View)\b\.?"
)
_BEFORE = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|[Aa]llée|[Qq]uai|[Pp]lace"
    r"|[Cc]ours|[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Aa]v\.|[Rr]onda|[Gg]lorieta|[Pp]asaje|[Rr]oute|[Pp]assage"
    r"|[Ss]quare|[Ff]aubourg|[Bb]d\.?|[Pp]laza|[Pp]aseo|[Cc]arrera|[Cc]amino"
    r"|[Rr]ua|[Tt]ravessa|[Ll]argo|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Vv]icolo|[Ss]trada"
    r"|[Uu]lica|[Uu]l\.|[Aa]leja|[Aa]l\.|[Cc]esta|[Nn]áměstí|[Oo]dos|[Ss]tr\.)"
)
_COMPOUND = (
    rf"(?:{_U}[^\W\d_-]{{0,60}}(?:-[^\W\d_]+){{0,6}}?(?:straße|strasse|gasse|weg|platz|allee|damm|ufer"
    r"|gürtel|chaussee|steig|ring|straat|laan|plein|gracht|kade|dijk|gatan|gata|gate"
    r"|vej|veien|vägen|väg|vegen|tie|katu|gränd|stræde|gade|plass|straat|steeg|hof|markt"
    rf"|tér)\b|{_U}[^\W\d_-]{{0,60}}str\.)"
)
_AFTER = (
    r"(?:utca|út|útja|tér|tere|rkp\.?|körút|sokak|sokağı|caddesi|cad\.|mahallesi|katu|tie"
    r"|Gürtel|Straße|Strasse|Weg|Platz|Allee|Ring|Ufer|gatan|väg|vej|ulica|cesta|třída)"
)
_UNIT = (
    r"(?:(?:[Aa]pt|[Aa]partment|[Ss]uite|[Ss]te|[Uu]nit|[Ff]lat|[Rr]oom|APT|SUITE"
    r"|[Bb]uilding|[Bb]ldg)\.?\s?#?\d{1,5}[A-Za-z]?\b|#\d{1,5}\b"
    r"|\d{1,2}\s?[º°ª](?:\s?(?:[A-Z]|[Dd]cha|[Ii]zq)\b\.?)?"
    r"|\d{1,2}(?:er|e|è|ème)?\.?\s?(?:[éÉ]tage|OG|Stock|Etage|[Pp]iso|[Pp]lanta)\b)"
)
_STREETS = (
    # 23 8 Wressle Road; 1755 Nelson Mandela Drive
    re.compile(rf"(?<![\w.,€$£#-]){_NUM},?\s(?:{_NUM}\s)?(?:{_W}\s){{1,4}}{_SURE}\b\.?"),
    re.compile(
        rf"(?<![\w.,€$£#-]){_NUM},?\s(?:{_NUM}\s)?(?:(?:{_CAP}|of|the|de|la|del|von|van)\s){{1,4}}{_ENGLISH}"
    ),
    # 107 rue Descartes, Calle Mayor 12
    re.compile(
        rf"(?<![\w.,€$£#-]){_NUM},?\s(?:bis\s|ter\s)?(?:{_NUM}\s)?{_BEFORE}\s(?:{_W}[ ]?){{1,5}}(?<=\w|\.)"
    ),
    re.compile(rf"\b{_BEFORE}\s(?:{_W}\s){{0,4}}{_CAP},?\s(?:n[º°o]\.?\s?)?{_NUM}\b"),
    # 90 Kingsway, Apt 4B
    re.compile(rf"(?<![\w.,€$£#-]){_NUM}\s{_CAP}(?:\s{_CAP})?(?=,\s{_UNIT})"),
    # Am Alten Markt 3a, 20095 Hamburg
    re.compile(
        rf"\b(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Hinter der|Vor dem|Beim)\s"
        rf"(?:{_CAP}\s){{1,3}}{_NUM}(?=,?\s(?:D-)?\d{{5}}\s{_U})"
    ),
    # Ziegelgasse 26, 05 Weblinger Gürtel 92, árpád fejedelem útja 45
    re.compile(rf"(?:(?<![\w.,€$£#-]){_NUM}\s)?(?:{_CAP}\s){{0,2}}{_COMPOUND}\s{_NUM}\b"),
    re.compile(rf"(?:(?<![\w.,€$£#-]){_NUM}\s)?(?<![^\W\d_])(?:{_W}\s){{1,3}}{_AFTER}\s{_NUM}\b\.?"),
)
_CUE = (
    r"(?:\baddress(?:es)?\b[^.?!\d\n]{0,40}[:\s]|\b(?:lives?|lived|living|located|resides?"
    r"|staying|based|is|are|was|moved|move)\s(?:at|on|in)\s|\b(?:return|deliver|send|ship"
    r"|post|mail|come|go|moved?|change)"
    r"(?:\s(?:it|them|this))?\sto\s|\bcorner of\s)"
)
# Behind such words, or on a line of its own, a name between two numbers is a street.
_CUED = re.compile(
    rf"{_CUE}\s*(?P<at>{_NUM}\s(?:{_NUM}\s)?(?:{_W}\s){{1,4}}(?:{_NUM}|\d{{1,5}})\b\.?)", re.IGNORECASE
)
_CUED_NAME = re.compile(rf"{_CUE}\s*(?P<at>{_NUM}\s{_NUM}\s(?:{_CAP}[ ]?){{1,3}})")
_LINE = re.compile(
    rf"^[ \t?]*(?P<at>{_NUM}\s(?:{_NUM}\s)?{_W}(?:(?:[ ]|(?<=\.)){_W}){{0,3}}[ ]?(?:\s{_NUM})?)(?:[ ,.]|$)*"
    rf"(?=\n[^\n]*(?:\n[^\n]*){{0,3}}?\d{{4,6}}\b|\n|$)",
    re.MULTILINE,
)
_CORNER = re.compile(
    rf"\bcorner of\s(?P<at>{_CAP}(?:\s{_CAP}){{0,3}}(?:\s{_NUM})?\sand\s{_CAP}(?:\s{_CAP}){{0,3}}(?:\s{_NUM})?)"
)
_POSTBOX = re.compile(r"\b(?:P\.?\s?O\.?\s?Box|Postfach|Apartado|BP)\s\d{1,6}\b", re.IGNORECASE)
_ZIP_SAID = re.compile(
    r"\b(?:zip(?: ?code)?|post(?:al)? ?code|plz|postleitzahl|code postal)\b\W{0,3}(?:is\s"
    r"|was\s|:)?\s?(?P<at>\d{4,6}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
    r"|\d{4} ?[A-Z]{2})(?!\w)",
    re.IGNORECASE,
)
_UK_CODE = re.compile(r"(?<![\w-])(?:[A-PR-UWYZ]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})(?![\w-])")
_UNIT_ALONE = re.compile(rf"(?:(?<=\n)|(?<=\n )|(?<=\? )|(?<=, )){_UNIT}")
_CODE = (
    r"(?:\d{4,6}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d|[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}"
    r"|\d{2}-\d{3}|\d{3} \d{2})(?!\d|\s?(?:people|users|technicians"
    r"|seats|jobs|%|am|pm))"
)
# What may follow a street: flat, town, land, each after a comma or on its line, up to the postal code.
_PIECE = (
    rf"[ \t]*(?:\n[ \t?]*,?|,|\s(?=(?:{_UNIT}|[A-Z]{{2}}\s\d)))[ \t\n?]*(?:{_UNIT}|(?:{_W}"
    rf"|\({_W}(?:\s{_W})*\)|\d{{1,2}}(?=\n))(?:[ ](?:{_W}|\({_W}(?:\s{_W})*\)|\d{{1,2}}"
    r"(?=[,\n])))*)"
)
_TO_CODE = re.compile(rf"(?:{_PIECE}){{0,5}}?(?:[ \t]*(?:,|\n)[ \t\n?]*|[ ]){_CODE}(?:[ ]{_CAP}){{0,2}}")
_TO_UNIT = re.compile(rf"[ ,\n][ ,\n\t?]*{_UNIT}(?:[ ](?:{_U}{{3,}}|{_CAP})(?=[ ]|$|\.|\n)){{0,3}}")
_TO_TOWN = re.compile(
    rf",[ ]?(?:{_CAP})(?:[ ](?:{_CAP}|and|of|nad|la|de|del|sur))*(?:,[ ]{_CAP}"
    rf"(?:[ ]{_CAP}){{0,2}})?(?=$|[ .,\n)])"
)


def addresses(text: str) -> Iterator[Detail]:
    """Each address from its number or street on, as far as it goes on; and flats and postal codes that stand alone."""
    if not any(char.isdigit() for char in text):
        return
    taken: list[tuple[int, int]] = []
    for start, end in sorted(_beginnings(text), key=lambda span: (span[0], -span[1])):
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        stop = _end(text, end)
        taken.append((start, stop))
        yield Detail("address", start, stop, " ".join(text[start:stop].split()))


def _beginnings(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _STREETS:
        for match in pattern.finditer(text):
            if not _ON_THE_WAY.search(match.group()):
                yield match.start(), match.start() + len(match.group().rstrip())
    for pattern in (_CUED, _CUED_NAME, _CORNER):
        for match in pattern.finditer(text):
            if pattern is _CORNER or not _QUANTITY.search(match["at"]):
                yield match.start("at"), match.start("at") + len(match["at"].rstrip())
    if "\n" in text:
        yield from _lines(text)
    for match in _ZIP_SAID.finditer(text):
        yield match.span("at")
    for pattern in (_POSTBOX, _UK_CODE, _UNIT_ALONE):
        for match in pattern.finditer(text):
            yield match.span()


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are a street when a postal code stands near below them."""
    for match in _LINE.finditer(text):
        near = text[match.end() : match.end() + 90]
        if not _QUANTITY.search(match["at"]) and _CODE_NEAR.search(near):
            yield match.start("at"), match.start("at") + len(match["at"].rstrip())


_ON_THE_WAY = re.compile(
    r"\b(?:on|in|at|for|with|from|by|off|vans?|people|users?|crews?|technicians?|jobs?)\b"
)
_CODE_NEAR = re.compile(rf"(?<!\w){_CODE}")
_QUANTITY = re.compile(
    r"\b(?:people|users?|seats?|days?|weeks?|months?|years?|hours?|minutes?|mins?|percent"
    r"|euros?|dollars?|technicians?|employees|am|pm|o'?clock|jan\w*|feb\w*|mar|march|apr\w*"
    r"|may|jun\w*"
    r"|jul\w*|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|to|and|or|vans?|crews?|jobs?|locations?"
    r"|licen[cs]es?|per|of|errors?|requests?|times?)\b",
    re.IGNORECASE,
)


def _end(text: str, end: int) -> int:
    """As far as the address goes on: to its postal code, else to its flat and its town."""
    code = _TO_CODE.match(text, end)
    if code and len(code.group()) <= 110:
        return code.end()
    unit = _TO_UNIT.match(text, end)
    if unit:
        return _end(text, unit.end())
    town = _TO_TOWN.match(text, end)
    return town.end() if town else end
