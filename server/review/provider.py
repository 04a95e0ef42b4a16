"""Speaks OpenID Connect with the provider, by Authlib: discovery, PKCE, the exchange, and every check of its word."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from server.errors import FrontdeskError
from server.review.identity import Identity
from server.telemetry import log

_SAFE_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
"""Signed with a key that only the provider has; neither `none` nor a secret that we know as well."""
_LEEWAY_S = 60
_KEEP_S = 3600.0
"""How long what the provider publishes of itself is taken as it was; a key that is unknown asks anew at once."""
_TIMEOUT_S = 10.0


class ProviderAway(FrontdeskError):
    """The provider can not be reached, or answers with nothing of use."""

    code = "provider_away"
    status = 502


class ProviderRefused(FrontdeskError):
    """What came back from the provider does not prove who it is."""

    code = "sign_in_refused"
    status = 403


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: str = "openid email profile"
    claim: str = "groups"
    """Looked for at the userinfo endpoint where the ID token does not hold it."""


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that was begun: where to send the browser, and what has to come back unchanged."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider; what it publishes of itself is read on first use and kept for a while."""

    def __init__(self, client: Client, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._monotonic = monotonic
        self._app: Any = None
        self._read_at = 0.0

    async def start(self, back: str) -> Started:
        """Where to send somebody who wants to sign in; `back` is the page that they come back to."""
        app = await self._known()
        try:
            made = await app.create_authorization_url(back, response_type="code")
        except Exception as error:
            raise self._away(error) from error
        return Started(made["url"], made["state"], made["nonce"], made["code_verifier"])

    async def finish(self, *, code: str, started: Started, back: str) -> Identity:
        """Who it is, by the code that came back; raises `ProviderRefused` when anything about it is not right."""
        app = await self._known()
        try:
            token = await app.fetch_access_token(
                back, code=code, code_verifier=started.verifier, grant_type="authorization_code"
            )
        except Exception as error:
            if _is_transport(error):
                raise self._away(error) from error
            # Also a code that was used before: the provider says `invalid_grant`.
            raise self._refused("it does not accept the code that came back", error) from error
        if not token.get("id_token"):
            raise self._refused("it sent no ID token; ask for the scope openid")
        claims = await self._checked(app, token, started.nonce)
        if claims["iss"].rstrip("/") != self.client.issuer.rstrip("/"):
            raise self._refused(f"the ID token is of another issuer, {claims['iss']!r}")
        meant = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if self.client.client_id not in meant:
            # Authlib lets one for somebody else pass when its `azp` names us.
            raise self._refused(f"the ID token is meant for {meant!r}")
        more = await self._more(app, token, claims)
        return Identity(claims["iss"], claims["sub"], {**more, **claims}, token["id_token"])

    async def leave_url(self, back: str, id_token: str | None) -> str | None:
        """Where its own session ends too; None when it offers no such page or is away."""
        try:
            app = await self._known()
            if not app.server_metadata.get("end_session_endpoint"):
                return None
            made = await app.create_logout_url(back, id_token, client_id=self.client.client_id)
        except Exception:  # noqa: BLE001  the session here is over in any case
            log().warning("oidc.no_leave_url", issuer=self.client.issuer)
            return None
        return str(made["url"])

    async def _checked(self, app: Any, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token; unknown and replaced keys are looked for once more."""
        from joserfc.errors import BadSignatureError

        try:
            try:
                return dict(await app.parse_id_token(token, nonce, leeway=_LEEWAY_S))
            except BadSignatureError:
                await app.fetch_jwk_set(force=True)
                return dict(await app.parse_id_token(token, nonce, leeway=_LEEWAY_S))
        except Exception as error:
            if _is_transport(error):
                raise self._away(error) from error
            raise self._refused("its ID token does not hold", error) from error

    async def _more(self, app: Any, token: Mapping[str, Any], claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the userinfo endpoint adds, when the ID token is without the claim that gives the role."""
        if self.client.claim.split(".")[0] in claims or not app.server_metadata.get("userinfo_endpoint"):
            return {}
        try:
            told = dict(await app.userinfo(token=token))
        except Exception as error:
            raise self._away(error) from error
        if told.get("sub") != claims["sub"]:
            raise self._refused("its userinfo is somebody else's")
        return told

    async def _known(self) -> Any:
        """The client with what the provider publishes of itself."""
        if self._app is not None and self._monotonic() - self._read_at < _KEEP_S:
            return self._app
        app = _app(self.client)
        try:
            metadata = await app.load_server_metadata()
            issuer = str(metadata["issuer"])
        except Exception as error:
            raise self._away(error) from error
        if issuer.rstrip("/") != self.client.issuer.rstrip("/"):
            raise self._refused(
                f"it calls itself {issuer!r} and the setting FRONTDESK_OIDC_ISSUER {self.client.issuer!r}"
            )
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [
            each for each in offered if each in _SAFE_ALGORITHMS
        ] or ["RS256"]
        self._app, self._read_at = app, self._monotonic()
        return app

    def _away(self, error: Exception) -> ProviderAway:
        log().warning("oidc.away", issuer=self.client.issuer, error=type(error).__name__)
        return ProviderAway("The sign-in service can not be reached right now. Try again in a few minutes.")

    def _refused(self, why: str, error: Exception | None = None) -> ProviderRefused:
        # For the operator; what the visitor reads says nothing that helps somebody who forges.
        log().warning("oidc.refused", issuer=self.client.issuer, why=why, error=repr(error) if error else "")
        return ProviderRefused(
            "The sign-in service's answer could not be checked. Start again; if it happens twice, ask whoever runs "
            "this installation to look into its log."
        )


def _is_transport(error: Exception) -> bool:
    """Whether nobody answered, or nobody who could: Authlib brings a transport of its own choice."""
    return any(
        each.__name__ == "HTTPError" and each.__module__.startswith("httpx") for each in type(error).__mro__
    )


def _app(client: Client) -> Any:
    """Authlib's own client without a web framework around it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have another name for the same transport
        from authlib.integrations.base_client import BaseApp
        from authlib.integrations.base_client.async_app import AsyncOAuth2Mixin
        from authlib.integrations.base_client.async_openid import AsyncOpenIDMixin
        from authlib.integrations.httpx_client import AsyncOAuth2Client

    app_class = type(
        "OidcApp", (AsyncOAuth2Mixin, AsyncOpenIDMixin, BaseApp), {"client_cls": AsyncOAuth2Client}
    )
    methods: dict[str, Any] = {} if client.client_secret else {"token_endpoint_auth_method": "none"}
    return app_class(
        None,
        client_id=client.client_id,
        client_secret=client.client_secret or None,
        server_metadata_url=f"{client.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": client.scopes,
            "code_challenge_method": "S256",
            "timeout": _TIMEOUT_S,
            # Authlib opens a client for each call; what it trusts is read once.
            "verify": httpx.create_ssl_context(),
            **methods,
        },
    )
