"""Who a signed token says is there, at each site."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from server.members.checking import Claims, claims_of, header_of, kid_of, picked
from server.members.keys import KeyFile, TrustedKey
from server.members.published import Published
from server.members.values import IdentityRefused, Member
from server.playbook import Playbooks
from server.playbook.members import MemberRules
from server.telemetry import log

PUBLIC = "public"


class SignedMembers:
    """Members by what the host applications sign for them."""

    def __init__(
        self,
        keys: KeyFile,
        playbooks: Playbooks,
        secret: str,
        published: Published | None = None,
        also: Mapping[str, tuple[TrustedKey, ...]] | None = None,
    ) -> None:
        """`also`: keys by site that stand in no file."""
        self._keys = keys
        self._playbooks = playbooks
        self._secret = secret
        self._published = published or Published()
        self._also = also or {}

    async def read(self, site: str, token: str, now: datetime) -> Member:
        """Raises `IdentityRefused`; why goes to the log, what the token says never does."""
        try:
            claims = await self.claims(site, token, now)
        except IdentityRefused as refused:
            log().info("members.refused", site=site, code=refused.code, why=refused.why)
            raise
        return member_by(claims, self._playbooks.of_or_default(site).members, site, self._secret)

    async def claims(self, site: str, token: str, now: datetime) -> Claims:
        """What the token says, checked against the keys as they are at this moment."""
        found, also = self._keys.of(site), self._also.get(site, ())
        if found is None and not also:
            raise IdentityRefused(f"there are no keys for site {site!r} in {self._keys.file}")
        url, keys = (found[0].jwks_url, (*found[1], *also)) if found else ("", also)
        kid = kid_of(header_of(token))
        mine = picked(keys, kid)
        if url and not any(key.kid == kid for key in mine if kid):
            mine += picked(await self._published.of(url, kid), kid)
        return claims_of(token, mine, site, now)


def member_by(claims: Claims, rules: MemberRules, site: str, secret: str) -> Member:
    """The claims as the playbook takes them: a plan brings its labels and features."""
    key, plan = next(
        (
            (key, plan)
            for key, plan in rules.plans.items()
            if claims.plan and claims.plan.casefold() in {key.casefold(), plan.name.casefold()}
        ),
        ("", None),
    )
    labels = (PUBLIC, rules.signed_in_audience, *(plan.audience if plan else ()), *claims.audience)
    return Member(
        site=site,
        key=subject_key(secret, site, claims.subject),
        name=claims.name,
        email=claims.email,
        plan=key,
        plan_name=plan.name if plan else claims.plan,
        company=claims.company,
        features=claims.features | frozenset(plan.features if plan else ()),
        audience=tuple(dict.fromkeys(labels)),
        expires_at=claims.expires_at,
    )


def subject_key(secret: str, site: str, subject: str) -> str:
    """What a user is called in our tables: without the secret it tells nothing, at another site it is another."""
    said = f"frontdesk.member.1\0{site}\0{subject}".encode()
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
