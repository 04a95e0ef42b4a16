"""Checks one identity token against keys that are at hand. Pure: a token, keys and a moment in, claims out."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from server.frames import MAX_IDENTITY_CHARS
from server.members.keys import TrustedKey
from server.members.values import IdentityRefused

SKEW = timedelta(seconds=60)
"""How far clocks of host applications may be off ours."""
LONGEST = timedelta(hours=1)
"""A token that holds longer could not be taken back."""
_LISTED = 50
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,63}")
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says that was signed as it should be."""

    subject: str = field(repr=False)
    expires_at: datetime
    """With the allowance for clocks."""
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    plan: str = ""
    company: str = ""
    features: frozenset[str] = frozenset()
    audience: tuple[str, ...] = ()


def header_of(token: str) -> dict[str, Any]:
    """The header, before anything of it is believed."""
    if len(token) > MAX_IDENTITY_CHARS:
        raise IdentityRefused(f"it has more than {MAX_IDENTITY_CHARS} characters")
    if not _SHAPE.fullmatch(token):
        raise IdentityRefused("it is no signed JWT: three parts of base64url, joined by dots")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError):
        raise IdentityRefused("its header can not be read") from None
    # Nothing that changes how the rest is to be read.
    if "crit" in header or "b64" in header:
        raise IdentityRefused("its header names extensions (`crit`), which are not read")
    return header


def kid_of(header: dict[str, Any]) -> str:
    kid = header.get("kid", "")
    if not isinstance(kid, str) or len(kid) > 200:
        raise IdentityRefused("its `kid` is no text of at most 200 characters")
    return kid


def picked(keys: Sequence[TrustedKey], kid: str) -> list[TrustedKey]:
    """The keys that a token may be signed with: the one that it names, and those without a name."""
    return [key for key in keys if not kid or key.kid in {kid, ""}]


def claims_of(token: str, keys: Sequence[TrustedKey], site: str, now: datetime) -> Claims:
    """What the token says; raises `IdentityRefused` unless one of the keys signed it, for this site, for now."""
    algorithm = header_of(token).get("alg")
    for key in keys:
        # The key says how it signs: a public key is never taken for a secret, and `none` is nobody's.
        if key.algorithm == algorithm and (payload := _opened(token, key)) is not None:
            return _read(payload, site, now)
    if keys and not any(key.algorithm == algorithm for key in keys):
        known = ", ".join(sorted({key.algorithm for key in keys}))
        raise IdentityRefused(f"it is not signed the way of its key ({known})")
    raise IdentityRefused("no key of the site signed it" if keys else "the site has no such key")


def _opened(token: str, key: TrustedKey) -> bytes | None:
    try:
        with warnings.catch_warnings():
            # EdDSA is what libraries of host applications write; its successor's name is known to few of them.
            warnings.simplefilter("ignore")
            return jws.deserialize_compact(token.encode(), key.key, algorithms=[key.algorithm]).payload
    except (JoseError, ValueError):
        return None


def _read(payload: bytes, site: str, now: datetime) -> Claims:
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise IdentityRefused("what it says is no JSON object")
    meant = told.get("aud")
    if not {site, f"frontdesk:{site}"} & set(_texts(meant if isinstance(meant, list) else [meant])):
        raise IdentityRefused(f"its `aud` does not name this site: {site}")
    subject = told.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise IdentityRefused("its `sub` is no text of 1 to 255 characters")
    return Claims(
        subject,
        _end(told, now),
        name=_text(told, "name", 120),
        email=_email(told),
        plan=_text(told, "plan", 64),
        company=_text(told, "company", 120),
        features=frozenset(_labels(told, "features")),
        audience=tuple(dict.fromkeys(_labels(told, "audience"))),
    )


def _end(told: dict[str, Any], now: datetime) -> datetime:
    """Until when it holds."""
    end = _moment(told, "exp")
    if end is None:
        raise IdentityRefused("it has no `exp`")
    if end > now + LONGEST + SKEW:
        raise IdentityRefused(
            "its `exp` is more than an hour ahead; sign a fresh one whenever it is asked for"
        )
    for name in ("nbf", "iat"):
        begin = _moment(told, name)
        if begin is not None and begin > now + SKEW:
            raise IdentityRefused(f"its `{name}` is in the future; compare the clocks of both machines")
    if end + SKEW <= now:
        raise IdentityRefused("it has expired", expired=True)
    return end + SKEW


def _moment(told: dict[str, Any], name: str) -> datetime | None:
    given = told.get(name)
    if given is None:
        return None
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(given, int | float) and not isinstance(given, bool):
            return datetime.fromtimestamp(given, UTC)
    raise IdentityRefused(f"its `{name}` is no moment in seconds since 1970")


def _text(told: dict[str, Any], name: str, longest: int) -> str:
    """What is told of somebody, as one line that can be shown."""
    given = told.get(name)
    line = "".join(mark if mark.isprintable() else " " for mark in given) if isinstance(given, str) else ""
    return " ".join(line.split())[:longest].strip()


def _email(told: dict[str, Any]) -> str:
    address = _text(told, "email", 254)
    return address if address.count("@") == 1 and " " not in address else ""


def _labels(told: dict[str, Any], name: str) -> list[str]:
    given = told.get(name)
    found = [label for label in _texts(given) if _LABEL.fullmatch(label)] if isinstance(given, list) else []
    return found[:_LISTED]


def _texts(given: list[Any]) -> list[str]:
    return [one for one in given if isinstance(one, str)]
