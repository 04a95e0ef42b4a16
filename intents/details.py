"""Where personal details and secrets stand in a text: one finder a kind. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import phonenumbers


@dataclass(frozen=True, slots=True)
class Detail:
    """A personal detail at `start:end` of the text; `value` is what an action would use."""

    kind: str
    start: int
    end: int
    value: str = field(repr=False)


Finder = Callable[[str], Iterator[Detail]]

# RFC 5321 atext, letters beyond ASCII included; the scan to the left of an @ runs over these.
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,62}(?<![-_])")
_QUOTED_LOCAL = re.compile(r'"[^"\n]{1,64}"\Z')
_AT = re.compile(r"@|%40|&#0*64;|&#x0*40;|&commat;", re.IGNORECASE)
_LABELLED = re.compile(r"^(?:(?:e-?mail|mailto|mail|to|from|cc)[=:/]+|[*'`/=?&{|]+)(?=[\w])", re.IGNORECASE)


def emails(text: str) -> Iterator[Detail]:
    """Addresses with an @, also as URLs and HTML write it."""
    for sign in _AT.finditer(text):
        at = sign.start()
        before = text[max(0, at - 320) : at]
        local = _LOCAL.search(before) or _QUOTED_LOCAL.search(before)
        domain = _DOMAIN.match(text, sign.end())
        if local and domain:
            start = at - len(local.group())
            # "a=1&mail=ada@…" in an address, "mailto:ada@…" in a link: the address begins behind.
            label = _LABELLED.match(text[start:at])
            start += label.end() if label else 0
            yield Detail("email", start, domain.end(), f"{text[start:at]}@{domain.group()}")


_DIGIT_RUN = re.compile(r"\d(?:[\s\-./_|*]{0,3}\d){11,40}")


def cards(text: str) -> Iterator[Detail]:
    """Card numbers (ISO/IEC 7812): 13 to 19 digits that pass the Luhn check, or sixteen in groups of four."""
    for run in _DIGIT_RUN.finditer(text):
        at = [run.start() + i for i, char in enumerate(run.group()) if char.isdigit()]
        found = _card_in(text, at)
        if found:
            first, last = found
            digits = "".join(text[i] for i in at[first : last + 1])
            yield Detail("card", at[first], at[last] + 1, digits)


def _card_in(text: str, at: list[int]) -> tuple[int, int] | None:
    """The longest card that starts and ends where a group of digits does."""
    starts = [i for i in range(len(at)) if i == 0 or at[i] - at[i - 1] > 1]
    ends = [i for i in range(len(at)) if i == len(at) - 1 or at[i + 1] - at[i] > 1]
    for first in starts:
        for last in reversed(ends):
            digits = "".join(text[i] for i in at[first : last + 1])
            if (
                13 <= len(digits) <= 19
                and digits[0] in "23456"
                and (passes_luhn(digits) or _by_fours(at, first, last))
            ):
                return first, last
    return None


def _by_fours(at: list[int], first: int, last: int) -> bool:
    """Sixteen digits written four by four are a card even with a typo in it."""
    gaps = [i - first + 1 for i in range(first, last) if at[i + 1] - at[i] > 1]
    return last - first == 15 and gaps == [4, 8, 12]


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the rest."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        doubled = int(char) * 2 if place % 2 else int(char)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


# ISO 13616 lengths of the countries whose accounts European and Gulf customers have.
_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "QA": 29,
    "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip
_IBAN_HEAD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9]{2})")


def ibans(text: str) -> Iterator[Detail]:
    """Account numbers that pass the mod-97 check (ISO 13616)."""
    for head in _IBAN_HEAD.finditer(text):
        wanted = _IBAN_LENGTH.get(head.group()[:2].upper())
        if not wanted:
            continue
        body = re.match(rf"(?:[A-Za-z0-9][ -]?){{{wanted - 1}}}[A-Za-z0-9]", text[head.start() :])
        if not body:
            continue
        plain = re.sub(r"[ -]", "", body.group()).upper()
        number = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
        if int(number) % 97 == 1:
            yield Detail("iban", head.start(), head.start() + body.end(), plain)


_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_VERSION_BEFORE = re.compile(r"(?:\bversion|\bv|\brelease|\bbuild)\.? ?\Z", re.IGNORECASE)


def ips(text: str) -> Iterator[Detail]:
    """IPv4 and IPv6 addresses, but not version numbers."""
    for found in (*_IPV4.finditer(text), *_IPV6.finditer(text)):
        if _VERSION_BEFORE.search(text[max(0, found.start() - 9) : found.start()]):
            continue
        try:
            address = ipaddress.ip_address(found.group())
        except ValueError:
            continue
        # Everybody's own machine is nobody's in particular.
        if len(found.group()) > 3 and not (address.is_loopback or address.is_unspecified):
            yield Detail("ip", found.start(), found.end(), found.group())


_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(
        r"\b(?:sk|pk|rk|whsec|key|api|tok|pat|fd)[-_](?:live|test|prod|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}"
    ),
    re.compile(r"\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|npm|shpat|hf|dop_v1)[-_][A-Za-z0-9_-]{16,}"),
    re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{8,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\bAIza[\w-]{30,}"),
    re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
)
_SAID_SECRET = re.compile(
    r"(?:\b(?:pass ?word|passwd|pwd|pw|passphrase|passcode|api[ _-]?key|secret(?:[ _-]key)?|access[ _-]?token"
    r"|auth[ _-]?token|token|bearer|pin(?: code)?|cvv|cvc|passwort|kennwort|mot de passe|mdp|contraseña|clave|senha)"
    r"|كلمة (?:السر|المرور))"
    r"(?:\s*(?:\b(?:is|was|now|ist|lautet|war|est|es|era)\b|هي|:|=|->)+\s*|\s+(?=[^\s]*\d))"
    r"[\"'`]?([^\s\"'`,;]{3,})",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"(?<![\w-])[\w-]{0,40}?(?:key|token|secret|credential|signature|hash)s?\b[\"']?\s?(?:=|:"
    r"|is)\s?[\"'`]?([A-Za-z0-9_+/.-]{12,}={0,2})",
    re.IGNORECASE,
)
# What names a version of something, or a row of it, opens nothing.
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX_SUM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}", re.IGNORECASE)
_SUM_BEFORE = re.compile(
    r"\b(?:commit|sha-?\d*|md5|checksum|digest|revision|rev|blob|etag|build|tree)\W{1,3}(?:sum|hash|id)?\W{0,3}\Z",
    re.IGNORECASE,
)
_LONG_TOKEN = re.compile(r"(?<![\w/+-])[A-Za-z0-9_+/-]{32,}={0,2}(?![\w])")


def secrets(text: str) -> Iterator[Detail]:
    """Keys and tokens by their shape, and passwords by what stands before them."""
    for pattern in _SECRETS:
        for found in pattern.finditer(text):
            yield Detail("secret", found.start(), found.end(), found.group())
    for found in _SAID_SECRET.finditer(text):
        value = found.group(1).rstrip(".!?)")
        # "my password is wrong" says nothing secret: one has a digit or a sign in it.
        if re.search(r"[\d@#$%^&*!_+=]", value):
            yield Detail("secret", found.start(1), found.start(1) + len(value), value)
    for found in _KEYED.finditer(text):
        if _looks_random(found.group(1)) or _mixes_cases(found.group(1)):
            yield Detail("secret", found.start(1), found.end(1), found.group(1))
    for found in _LONG_TOKEN.finditer(text):
        before = text[max(0, found.start() - 24) : found.start()]
        is_sum = _HEX_SUM.fullmatch(found.group()) and _SUM_BEFORE.search(before)
        if _looks_random(found.group()) and not is_sum and not _UUID.fullmatch(found.group()):
            yield Detail("secret", found.start(), found.end(), found.group())


def _mixes_cases(token: str) -> bool:
    """Small letters, capitals and a figure or a sign in one long word: beside "key" that is one."""
    changes = len(re.findall(r"[a-z][A-Z0-9]|[A-Z0-9][a-z]", token))
    return len(token) >= 16 and changes >= 6 and bool(re.search(r"[\d/+]", token))


def _looks_random(token: str) -> bool:
    digits = sum(char.isdigit() for char in token)
    letters = sum(char.isalpha() for char in token)
    return digits >= 5 and letters >= 5 and token.count("/") < 3 and token.count("-") < 6


_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,12}://[^\s<>\"')\]]+", re.IGNORECASE)
_TOKEN_PARAMETER = re.compile(
    r"[?&#;](?:[\w.-]*(?:token|secret|signature|password|passwd|apikey|api_key|session|auth|credential"
    r"|invite|otp)[\w.-]*"
    r"|key|sig|code|jwt|sid|pwd|pass|reset|magic|t|k)=[^&\s]{4,}",
    re.IGNORECASE,
)
_TOKEN_PATH = re.compile(r"/([A-Za-z0-9_-]{20,})(?=[/?#]|\Z)")


def links(text: str) -> Iterator[Detail]:
    """Links that open something by themselves: with a token, a login, or a long random path."""
    for found in _URL.finditer(text):
        url = found.group().rstrip(".,;:!?")
        has_login = "@" in url.split("://", 1)[1].split("/", 1)[0]
        random_path = any(_looks_random(part) for part in _TOKEN_PATH.findall(url))
        if has_login or random_path or _TOKEN_PARAMETER.search(url):
            yield Detail("link", found.start(), found.start() + len(url), url)


_PHONE = re.compile(
    r"(?<![\w.,:/@#€$£-])(?:\+|00|\()?\(?\d(?:[ \t.\-/()\u00a0\u2009\u202f\u2010-\u2015]{0,3}\d){6,16}"
    r"(?:\s?(?:ext\.?|x|extension)\s?\d{1,6})?(?![\w]|[.,:]\d)",
    re.IGNORECASE,
)
_PHONE_BEFORE = re.compile(
    r"(?:phone|call(?: me)?|tel|telephone|mobile|cell|whatsapp|ring(?: me)?|text me|sms|fax|handy"
    r"|reach me|my number"
    r"|number is|telefon\w*|rufnummer|mobil\w*|anrufen|rufen sie mich|portable|tél\w*|appele[rz](?:-moi)?|móvil"
    r"|teléfono|celular|llám\w*|telefoon|cellulare|dial)\b[\w\s:.,'()-]{0,18}\Z"
    r"|(?:رقمي|رقم (?:الهاتف|الجوال|جوالي|هاتفي)|هاتفي|جوالي|اتصل بي|الاتصال بي)[\w\s:.,'()-]{0,12}\Z",
    re.IGNORECASE,
)
_NO_PHONE_BEFORE = re.compile(
    r"(?:order|ticket|invoice|account|case|reference|ref|id|iso|rfc|customer|contract|po|request|serial"
    r"|version|sku"
    r"|article|build|error|code|ean|gtin|isbn|barcode|part|tracking|imei|lot|batch|vat|siret|siren|auftrag|bestell\w*"
    r"|rechnung\w*|kunden\w*|vorgang\w*|commande|facture|pedido|factura)\b"
    r"[\s.:#]*(?:number|no|nr|id)?[\s.:#]*(?:(?:is|was)\s)?\Z",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(
    r"(?:\d{4}([-/.])(?:0?\d|1[0-2])\1(?:[0-2]?\d|3[01])|(?:[0-2]?\d|3[01])([-/.])(?:[0-2]?\d|3[01])\2(?:\d{4}|\d\d))"
    r"(?![-/.]?\d)"
)
_COUNTING = re.compile(r"\d{1,3}(?:[., \u00a0\u202f]\d{3})+|(?:19|20)\d\d ?[-/–] ?(?:19|20)\d\d")
_REGIONS = ("US", "GB", "DE", "FR", "ES", "NL", "IN", "AU", "IT", "CH", "AE")


def phones(text: str) -> Iterator[Detail]:
    """Telephone numbers: international ones, ones that some country would dial, ones introduced as such."""
    if sum(char.isdigit() for char in text) < 7:
        return
    for found in _PHONE.finditer(text):
        if _is_phone(found.group(), text[max(0, found.start() - 40) : found.start()]):
            yield Detail("phone", found.start(), found.end(), _dialable(found.group()))


def _is_phone(written: str, before: str) -> bool:
    if _DATE_LIKE.match(written) or _NO_PHONE_BEFORE.search(before):
        return False
    if written.startswith(("+", "00")) or _PHONE_BEFORE.search(before):
        return True
    if _COUNTING.fullmatch(written) or _in_order(written):
        return False
    return any(_would_dial(written, region) for region in _REGIONS) or _looks_grouped(written)


def _in_order(written: str) -> bool:
    """`1 2 3 4 5 6 7 8`: somebody counts."""
    numbers = [int(number) for number in re.findall(r"\d+", written)]
    return len(numbers) > 3 and all(later - earlier == 1 for earlier, later in pairwise(numbers))


def _looks_grouped(written: str) -> bool:
    """`555-0123` and `(555) 010-4477`: written like a number to dial, though nobody has it."""
    return bool(re.fullmatch(r"\(?\d{2,5}\)?(?:[ .\-/]{1,3}\d{2,4}){2,4}|\d{3}[-.]\d{4}", written.strip()))


def _would_dial(written: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False


def _dialable(written: str) -> str:
    """E.164 where the country is said; as written otherwise."""
    try:
        number = phonenumbers.parse(re.sub(r"^00", "+", written), None)
    except phonenumbers.NumberParseException:
        return written.strip()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
