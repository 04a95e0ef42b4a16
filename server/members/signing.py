"""Signs tokens as a host application does: for tests, the command line and the demo company."""

from __future__ import annotations

import hashlib
import hmac
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt

from server.errors import FrontdeskError
from server.members.keys import KeyGiven

MINUTES = 15


class CanNotSign(FrontdeskError):
    """Public keys check and do not sign."""

    code = "can_not_sign"


def signed(
    key: KeyGiven,
    *,
    site: str,
    subject: str,
    now: datetime,
    minutes: float = MINUTES,
    name: str = "",
    email: str = "",
    plan: str = "",
    company: str = "",
    features: Sequence[str] = (),
    audience: Sequence[str] = (),
) -> str:
    """A token for one user of the host application, good for some minutes."""
    if key.algorithm != "HS256":
        called = f"key {key.kid!r}" if key.kid else "the key"
        raise CanNotSign(
            f"{called} of site {site!r} is public and signs nothing; name one with a `secret`, or sign with its other "
            "half where the host application keeps it"
        )
    told = {"name": name, "email": email, "plan": plan, "company": company}
    listed = {"features": list(features), "audience": list(audience)}
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": f"frontdesk:{site}",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=minutes)).timestamp()),
        **{claim: value for claim, value in {**told, **listed}.items() if value},
    }
    header = {"alg": key.algorithm, **({"kid": key.kid} if key.kid else {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jwt.encode(header, claims, key.made().key, algorithms=[key.algorithm])


def demo_key(secret: str) -> KeyGiven:
    """The key of the demo company's product: another one in each installation, the same in all of its processes."""
    made = hmac.new(secret.encode(), b"frontdesk.demo.members.1", hashlib.sha256).hexdigest()
    return KeyGiven(kid="demo", secret=made)
