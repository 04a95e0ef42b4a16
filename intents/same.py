"""Whether two ways of writing a detail mean the same one. Pure."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import phonenumbers

_SHORTEST_NATIONAL = 7


def same_thing(kind: str, one: str, other: str) -> bool:
    """Whether both are one e-mail address, one telephone number and so on; a doubt makes them two."""
    if one == other:
        return True
    if kind == "phone":
        return _same_phone(one, other)
    return kind in _PLAIN and _plain(kind, one) == _plain(kind, other)


_PLAIN = frozenset({"email", "person", "iban", "ip", "card", "id", "address"})


@lru_cache(maxsize=4096)
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


def _same_phone(one: str, other: str) -> bool:
    """The same digits, or a national number beside the same one with its country before it."""
    left, right = _phone(one), _phone(other)
    if left == right:
        return True
    if bool(left[0]) == bool(right[0]):
        return False
    shorter = (left if not left[0] else right)[1]
    longer = (left if left[0] else right)[1]
    return len(shorter) >= _SHORTEST_NATIONAL and shorter == longer


@lru_cache(maxsize=4096)
def _phone(value: str) -> tuple[str, str]:
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
