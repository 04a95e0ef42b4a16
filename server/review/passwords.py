"""Which passwords are too easily guessed. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from server.errors import FrontdeskError

MIN_CHARS = 12
MAX_CHARS = 200
_COMMON = re.compile(
    r"password|passwort|passw0rd|p@ssword|p@ssw0rd|frontdesk|administrator|welcome|letmein|iloveyou|changeme|qwertyuiop|"
    r"qwertzuiop|qwerty|qwertz|asdfghjkl|asdfgh|zxcvbnm|azerty|secret|monkey|dragon|football|baseball|sunshine|princess|"
    r"superman|trustno1|master|admin|login|hello|abc|123|"
    r"(?:19|20)\d\d"
)
_LEFT = 4
"""So many different characters must remain when all that everybody tries is taken away."""


class WeakPassword(FrontdeskError):
    """The password can not be used."""

    code = "weak_password"


def check_strength(password: str, login: str) -> None:
    """Raises `WeakPassword` for what is short, holds the login, or is what everybody tries first."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise WeakPassword(
            f"the password has {len(password)} characters; "
            f"use {MIN_CHARS} to {MAX_CHARS}, a few unrelated words for example"
        )
    plain = password.casefold()
    if len(login) > 2 and login.casefold() in plain:
        raise WeakPassword("the password holds the login; use a few unrelated words instead")
    if len(set(_without_runs(_COMMON.sub("", plain)))) < _LEFT:
        raise WeakPassword(
            "this password is among the first that are tried; use a few unrelated words, or let a password manager "
            "make one"
        )


def _without_runs(text: str) -> str:
    """What is left without characters that only repeat or continue the one before: `aaaa`, `4567`, `9876`."""
    kept = [text[:1]]
    for before, here in pairwise(text):
        if abs(ord(here) - ord(before)) > 1:
            kept.append(here)
    return "".join(kept)
