"""The ways into the console of this installation, and how long one stays in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from server.errors import BadSetting
from server.review.identity import Admission, admission_of
from server.review.provider import Client, Provider
from server.review.sign_ins import IDLE, LASTS
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Doors:
    """Passwords, a provider, or both."""

    url: str = ""
    """How people reach this server."""
    provider: Provider | None = None
    name: str = ""
    """What the provider is called on its button."""
    admission: Admission = field(default_factory=Admission)
    link_by_email: bool = False
    passwords: bool = True
    break_glass: str = ""
    """Login of the one account that may use its password where passwords are off."""
    lasts: timedelta = LASTS
    idle: timedelta = IDLE

    def takes_password_of(self, login: str) -> bool:
        return self.passwords or (self.break_glass != "" and login == self.break_glass)


def doors_of(settings: Settings) -> Doors:
    """The doors that the settings describe; raises `BadSetting` for those nobody could come in through."""
    issuer, passwords = settings.oidc_issuer, settings.sign_in_by_password
    if issuer and not settings.oidc_client_id:
        raise BadSetting("setting 'FRONTDESK_OIDC_ISSUER' is set: give FRONTDESK_OIDC_CLIENT_ID as well")
    if not issuer and not passwords:
        raise BadSetting(
            "setting 'FRONTDESK_SIGN_IN_BY_PASSWORD' is off and there is no provider: set FRONTDESK_OIDC_ISSUER, "
            "or nobody could sign in"
        )
    admission = admission_of(
        claim=settings.oidc_claim,
        roles=settings.oidc_roles,
        otherwise=settings.oidc_default,
        domains=settings.oidc_domains,
    )
    secret = settings.oidc_client_secret.get_secret_value()
    client = Client(issuer, settings.oidc_client_id, secret, settings.oidc_scopes, settings.oidc_claim)
    return Doors(
        url=settings.url,
        provider=Provider(client) if issuer else None,
        name=settings.oidc_name,
        admission=admission,
        link_by_email=settings.oidc_link_by_email,
        passwords=passwords,
        break_glass=settings.break_glass.strip().casefold(),
        lasts=timedelta(hours=settings.session_hours),
        idle=timedelta(minutes=settings.session_idle_minutes),
    )
