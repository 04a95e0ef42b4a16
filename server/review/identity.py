"""What somebody may do here by what the OpenID Connect provider says of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.errors import BadSetting
from server.review.roles import Role

_PLACE = re.compile(r"(viewer|rep|manager|admin)@([\w*][\w-]*)")


@dataclass(frozen=True, slots=True)
class Place:
    """A role at a site; `*` is all sites."""

    role: Role
    site: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is, after everything about its word was checked."""

    issuer: str
    subject: str
    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(default="", repr=False)

    @property
    def email(self) -> str:
        return str(self.claims.get("email") or "").strip().casefold()

    @property
    def has_verified_email(self) -> bool:
        # Some providers write it as a word.
        return self.email != "" and str(self.claims.get("email_verified")).lower() == "true"

    @property
    def name(self) -> str:
        """What they call themselves, for their login here."""
        told = self.email or str(self.claims.get("preferred_username") or "") or self.subject
        return " ".join(told.split()).casefold()


@dataclass(frozen=True, slots=True)
class Admission:
    """Which value of which claim gives which role where, and who may come in at all."""

    claim: str = "groups"
    places: tuple[tuple[str, Place], ...] = ()
    otherwise: Place | None = None
    domains: tuple[str, ...] = ()

    def place_of(self, who: Identity) -> Place | None:
        """The highest role that their values give; nothing for somebody who has none.

        Values that give roles at different sites give the highest one only: an account sees one site, or all. Where
        people are named by their addresses, one that was not verified names nobody.
        """
        is_proven = self.claim != "email" or who.has_verified_email
        held = values_of(who.claims, self.claim) if is_proven else frozenset[str]()
        given = [place for value, place in self.places if value in held]
        if not given:
            return self.otherwise
        return max(given, key=lambda place: (place.role, place.site == "*"))

    def lets_in(self, who: Identity) -> bool:
        """Whether their address is of a domain that may come in; one that was not verified proves nothing."""
        if not self.domains:
            return True
        return who.has_verified_email and who.email.rpartition("@")[2] in self.domains


def values_of(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """The values of a claim, one or a list; a claim whose own name has dots is found as well."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(str(each) for each in found) if isinstance(found, list | tuple) else frozenset()


def admission_of(*, claim: str, roles: str, otherwise: str, domains: str) -> Admission:
    """The mapping as the settings write it; raises `BadSetting`."""
    places = []
    for entry in filter(None, (part.strip() for part in roles.split(","))):
        value, _, place = entry.rpartition("=")
        if not value.strip():
            raise BadSetting(
                f"setting 'FRONTDESK_OIDC_ROLES' can not be read at {entry!r}: write VALUE=ROLE@SITE, "
                "several parted by commas, for example sales=rep@demo, it=admin@*"
            )
        places.append((value.strip(), _place(place.strip(), "FRONTDESK_OIDC_ROLES")))
    default = _place(otherwise, "FRONTDESK_OIDC_DEFAULT") if otherwise else None
    wanted = tuple(part.casefold().lstrip("@") for part in re.split(r"[\s,]+", domains) if part)
    return Admission(claim, tuple(places), default, wanted)


def _place(text: str, setting: str) -> Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise BadSetting(
            f"setting {setting!r} can not use {text!r}: write ROLE@SITE with one of viewer, rep, manager, admin, "
            "and * for all sites"
        )
    return Place(Role.named(found.group(1)), found.group(2))
