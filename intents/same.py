"""Whether two ways of writing a detail mean the same one. Pure, and nothing of a detail is kept in memory."""

from __future__ import annotations

import ipaddress
import re

import phonenumbers

_SHORTEST_NATIONAL = 7

Essence = tuple[str, str]
"""A telephone number's country and the rest; of other kinds only the rest."""


def same_thing(kind: str, one: str, other: str) -> bool:
    """Whether both are one e-mail address, one telephone number and so on; a doubt makes them two."""
    return are_same(kind, in_essence(kind, one), in_essence(kind, other))


def in_essence(kind: str, value: str) -> Essence:
    """What of a value counts when it is compared, for callers that compare one value with many."""
    if kind == "phone":
        return _phone(value)
    return "", _plain(kind, value) if kind in _PLAIN else value


def are_same(kind: str, one: Essence, other: Essence) -> bool:
    """The same, or a national number beside the same one with its country before it."""
    if one == other:
        return True
    if kind != "phone" or bool(one[0]) == bool(other[0]):
        return False
    (_, shorter), (_, longer) = (one, other) if not one[0] else (other, one)
    return len(shorter) >= _SHORTEST_NATIONAL and shorter == longer


_PLAIN = frozenset({"email", "person", "iban", "ip", "card", "id", "address"})


def _plain(kind: str, value: str) -> str:
    if kind == "card":
        return _digits(value)
    if kind in {"id", "address", "iban"}:
        return re.sub(r"[\W_]", "", value).casefold()
    if kind == "ip":
        try:
            return ipaddress.ip_address(value).compressed
        except ValueError:
            return value.casefold()
    return " ".join(value.casefold().split())


def _phone(value: str) -> Essence:
    """The country's code, empty where none is said, and the number as it is dialled inside, without its first 0."""
    written = re.sub(r"\(0\)", "", value.strip())
    written = re.sub(r"^00", "+", re.sub(r"(?:ext\.?|x|extension)\s?\d+$", "", written, flags=re.IGNORECASE))
    if written.startswith("+"):
        try:
            number = phonenumbers.parse(written, None)
        except phonenumbers.NumberParseException:
            return "?", _digits(written)
        return str(number.country_code), str(number.national_number)
    return "", _digits(written).lstrip("0")


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)
