"""Host applications that sign tokens for their users, with keys of every kind."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from server.members.keys import KeyFile
from server.members.published import Published
from server.members.reading import SignedMembers
from server.playbook import DEFAULT, Playbooks
from server.playbook.members import MemberRules

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-host-application-1"
OTHER = "another-secret-of-the-host-app-002"
PLANS = {
    "starter": {"name": "Starter", "audience": ["starter"]},
    "enterprise": {"name": "Enterprise", "audience": ["starter", "enterprise"], "features": ["sso"]},
}


def claims(**changed: Any) -> dict[str, Any]:
    """What a host application says of a user; None leaves a claim out."""
    told = {
        "sub": "user-1",
        "aud": "demo",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=15)).timestamp()),
        "name": "Ada",
        "email": "ada@acme.example",
        "plan": "starter",
        **changed,
    }
    return {name: value for name, value in told.items() if value is not None}


def token(
    key: Key | str = SECRET,
    *,
    alg: str = "HS256",
    header: Mapping[str, Any] | None = None,
    **changed: Any,
) -> str:
    made = OctKey.import_key(key) if isinstance(key, str) else key
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the name EdDSA, which host applications use
        return jwt.encode({"alg": alg, **(header or {})}, claims(**changed), made, algorithms=[alg])


def a_pair(algorithm: str) -> tuple[Key, str]:
    """A private key, and the public half as an operator writes it down."""
    key: Key
    match algorithm:
        case "RS256":
            key = RSAKey.generate_key(2048)
        case "ES256":
            key = ECKey.generate_key("P-256")
        case _:
            key = OKPKey.generate_key("Ed25519")
    return key, key.as_pem(private=False).decode()


def jwks(**keys: Key) -> bytes:
    """What the host application publishes, by kid."""
    return json.dumps(
        {"keys": [{**key.as_dict(private=False), "kid": kid, "use": "sig"} for kid, key in keys.items()]}
    ).encode()


def write_keys(file: Path, **sites: Any) -> KeyFile:
    file.write_text(yaml.safe_dump(sites), encoding="utf-8")
    return KeyFile(file)


def members_with(file: Path, published: Published | None = None, **sites: Any) -> SignedMembers:
    """Members of sites with these sections of the keys file, on a playbook with two plans."""
    book = DEFAULT.model_copy(update={"members": MemberRules.model_validate({"plans": PLANS})})
    return SignedMembers(
        write_keys(file, **sites), Playbooks(dict.fromkeys(sites, book)), "desk-secret", published
    )
