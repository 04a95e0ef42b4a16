"""Addresses that are thrown away, and those that were mistyped."""

from __future__ import annotations

from functools import cache

from rapidfuzz.distance import OSA

_LARGE = (
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es hotmail.com hotmail.co.uk hotmail.fr "
    "hotmail.de hotmail.es outlook.com outlook.de outlook.fr live.com icloud.com aol.com msn.com gmx.de gmx.net gmx.at "
    "web.de t-online.de freenet.de proton.me protonmail.com orange.fr free.fr laposte.net wanadoo.fr mail.com me.com"
)
LARGE = frozenset(_LARGE.split())
"""Where so many have their mail that one letter beside it is more likely a slip than another provider."""
_SLIPS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "vom": "com",
    "comm": "com",
    "ed": "de",
    "nte": "net",
    "ogr": "org",
}
_SHORT = 6
"""Names shorter than this are one letter from too many others: gmx.de and gmv.de."""


@cache
def _listed() -> frozenset[str]:
    # Read when it is first needed: ten thousand domains, kept by a project that checks each.
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def is_disposable(domain: str) -> bool:
    """Whether mail to `domain`, or to the domain it is part of, is thrown away."""
    parts = domain.lower().split(".")
    return any(".".join(parts[start:]) in _listed() for start in range(len(parts) - 1))


def meant(domain: str) -> str:
    """The large provider that was probably meant ("gmial.com"); empty when the domain may well be right."""
    typed = domain.lower()
    if typed in LARGE:
        return ""
    head, _, ending = typed.rpartition(".")
    mended = f"{head}.{_SLIPS[ending]}" if ending in _SLIPS else typed
    if mended in LARGE:
        return mended
    if typed.endswith(".co") and f"{typed}m" in LARGE and len(typed) > _SHORT + 1:
        return f"{typed}m"
    near = [
        known for known in LARGE if len(known) > _SHORT and OSA.distance(mended, known, score_cutoff=1) <= 1
    ]
    if len(near) == 1 and mended.rpartition(".")[2] == near[0].rpartition(".")[2]:
        return near[0]
    return mended if mended != typed and ending not in {"ed", "vom", "comm"} and head else ""
