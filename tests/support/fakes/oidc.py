"""An OpenID Connect provider with real keys: discovery, the code flow with PKCE, userinfo and its own sign-out."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from litestar import Litestar, Request, Response, get, post
from litestar.response import Redirect

from tests.support.fakes.served import Faults

CLIENT, SECRET = "frontdesk", "a client secret of the tests"
AnyRequest = Request[Any, Any, Any]


@cache
def _rsa() -> Any:
    """A key of the size that is really used; made once, as that takes its time."""
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)


@cache
def _stranger(kid: str) -> Any:
    """A key that calls itself like ours."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


@dataclass
class Someone:
    """Who stands before the provider's own sign-in page."""

    subject: str = "0001"
    email: str = "ada@fernway.example"
    email_verified: bool = True
    groups: list[str] = field(default_factory=lambda: ["sales"])


@dataclass
class OidcWorld:
    """The provider's state, and what a test can bend of its answers."""

    issuer: str = ""
    someone: Someone = field(default_factory=Someone)
    faults: Faults = field(default_factory=Faults)
    keys: list[Any] = field(default_factory=lambda: [_rsa()])
    """The last one signs; all are published."""
    published: list[Any] | None = None
    """What is published instead."""
    bent: dict[str, Any] = field(default_factory=dict)
    """Claims that stand in the ID token instead of the right ones; None takes one away."""
    forge: str = ""
    """`none`: no signature; `secret`: signed with the client's secret; `stranger`: with a key of nobody."""
    groups_in_userinfo: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Someone] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    """The ID tokens with which sessions were ended here."""

    def rotate(self, key: Any) -> None:
        """From now on another key signs; the old one is not published any more."""
        self.keys = [key]

    def new_code(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": self.someone.subject, "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": nonce, "email": self.someone.email, "email_verified": self.someone.email_verified,
        }  # fmt: skip
        if not self.groups_in_userinfo:
            claims["groups"] = self.someone.groups
        claims = {name: value for name, value in {**claims, **self.bent}.items() if value is not None}
        key = self.keys[-1]
        match self.forge:
            case "none":
                parts = [_encoded(b'{"alg":"none"}'), _encoded(json.dumps(claims).encode()), ""]
                return ".".join(parts)
            case "secret":
                return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
            case "stranger":
                key = _stranger(str(key.kid))
        alg = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key)


def ec_key() -> Any:
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"}, private=True)


def oidc_app(world: OidcWorld) -> Litestar:  # noqa: C901  an endpoint each
    """The provider as an application."""

    @get("/.well-known/openid-configuration", sync_to_thread=False)
    def discovery() -> Response[Any]:
        if (fault := world.faults.answer("GET", "/.well-known/openid-configuration")) is not None:
            return fault
        at = world.issuer
        return Response(
            {
                "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks", "userinfo_endpoint": f"{at}/userinfo",
                "end_session_endpoint": f"{at}/logout",
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            }
        )  # fmt: skip

    @get("/jwks", sync_to_thread=False)
    def jwks() -> Response[Any]:
        if (fault := world.faults.answer("GET", "/jwks")) is not None:
            return fault
        keys = world.published if world.published is not None else world.keys
        return Response({"keys": [key.as_dict(private=False) for key in keys]})

    @get("/authorize", sync_to_thread=False)
    def authorize(request: AnyRequest) -> Response[Any]:
        """Whoever stands there signs in and agrees at once."""
        asked = {name: str(value) for name, value in request.query_params.items()}
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()) or "openid" not in asked["scope"]:
            return Response({"error": "invalid_request"}, status_code=400)
        query = urlencode({"code": world.new_code(asked), "state": asked["state"]})
        return Redirect(f"{asked['redirect_uri']}?{query}", status_code=302)

    @post("/token", status_code=200)
    async def token(request: AnyRequest) -> Response[Any]:
        if (fault := world.faults.answer("POST", "/token")) is not None:
            return fault
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") not in {f"Basic {basic}", f"Basic {plain}"}:
            return Response({"error": "invalid_client"}, status_code=401)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        # A code is good for one exchange.
        asked = world.codes.pop(form.get("code", ""), None)
        challenge = _encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return Response({"error": "invalid_grant"}, status_code=400)
        access = secrets.token_urlsafe(16)
        world.tokens[access] = world.someone
        return Response(
            {"access_token": access, "token_type": "Bearer", "expires_in": 300,
             "id_token": world.id_token(asked["nonce"])}
        )  # fmt: skip

    @get("/userinfo", sync_to_thread=False)
    def userinfo(request: AnyRequest) -> Response[Any]:
        who = world.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if who is None:
            return Response({"error": "invalid_token"}, status_code=401)
        return Response({"sub": who.subject, "email": who.email, "groups": who.groups})

    @get("/logout", sync_to_thread=False)
    def logout(request: AnyRequest) -> Response[Any]:
        world.ended.append(request.query_params.get("id_token_hint", ""))
        return Redirect(request.query_params["post_logout_redirect_uri"], status_code=302)

    return Litestar([discovery, jwks, authorize, token, userinfo, logout], openapi_config=None)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
