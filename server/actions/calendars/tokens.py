"""Access tokens of Google's service accounts and Microsoft's app registrations."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from server.actions.calendars.ports import CalendarAway, CalendarRefused
from server.actions.calendars.rest import Answer, read

_LEEWAY = 60.0
"""Seconds before its end at which a token counts as over."""


@dataclass(slots=True)
class _Kept:
    """The token in hand."""

    value: str = field(default="", repr=False)
    ends: float = 0

    def good(self, now: float) -> str:
        return self.value if now < self.ends - _LEEWAY else ""

    def take(self, answer: Answer, now: float) -> str:
        self.value, self.ends = (
            str(answer.body["access_token"]),
            now + float(answer.body.get("expires_in", 3600)),
        )
        return self.value

    def forget(self, token: str) -> None:
        if self.value == token:
            self.value = ""


class ServiceAccount:
    """Tokens by an assertion that the service account's own key signs (RFC 7523)."""

    def __init__(
        self,
        key: Mapping[str, Any],
        scope: str,
        *,
        act_as: str | None,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        missing = [name for name in ("client_email", "private_key", "token_uri") if not key.get(name)]
        if missing:
            raise CalendarRefused(
                f"secret {secret!r} is no service account's key: it lacks {', '.join(missing)}; put the JSON file"
                " that Google gave you into FRONTDESK_CALENDAR_SECRETS"
            )
        self._key, self._scope, self._act_as, self._secret, self._clock = key, scope, act_as, secret, clock
        self._kept = _Kept()

    async def token(self, http: httpx.AsyncClient) -> str:
        now = self._clock()
        if good := self._kept.good(now):
            return good
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._signed(now)}
        answer = read(await http.post(self._key["token_uri"], data=form))
        if answer.status == 200 and answer.body.get("access_token"):
            return self._kept.take(answer, now)
        if answer.status >= 500 or answer.status == 429:
            raise CalendarAway("Google gives no token now", after=None)
        raise self._refused(answer)

    def forget(self, token: str) -> None:
        self._kept.forget(token)

    def _signed(self, now: float) -> str:
        claims = {
            "iss": self._key["client_email"],
            "scope": self._scope,
            "aud": self._key["token_uri"],
            "iat": int(now),
            "exp": int(now) + 3600,
            **({"sub": self._act_as} if self._act_as else {}),
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": str(self._key.get("private_key_id", ""))}
        try:
            return jwt.encode(
                header, claims, RSAKey.import_key(self._key["private_key"]), algorithms=["RS256"]
            )
        except (ValueError, JoseError) as error:
            raise CalendarRefused(
                f"the private key in secret {self._secret!r} can not be read; download the service account's key anew"
            ) from error

    def _refused(self, answer: Answer) -> CalendarRefused:
        said = _said(answer)
        if answer.body.get("error") == "unauthorized_client":
            return CalendarRefused(
                f"Google does not let {self._key['client_email']} act as {self._act_as} ({said}): allow its client id"
                f" domain-wide delegation with the scope {self._scope}, or share the calendar and remove `act_as`"
            )
        return CalendarRefused(
            f"Google refuses the key of {self._key['client_email']} ({said}): make a new key and put it into"
            f" FRONTDESK_CALENDAR_SECRETS as {self._secret!r}; check this machine's clock too"
        )


class AppRegistration:
    """Tokens for an app's id and secret (OAuth 2.0 client credentials)."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str,
        *,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._client_id, self._client_secret = token_url, client_id, client_secret
        self._scope, self._secret, self._clock = scope, secret, clock
        self._kept = _Kept()

    async def token(self, http: httpx.AsyncClient) -> str:
        now = self._clock()
        if good := self._kept.good(now):
            return good
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "scope": self._scope,
        }
        answer = read(await http.post(self._url, data=form))
        if answer.status == 200 and answer.body.get("access_token"):
            return self._kept.take(answer, now)
        if answer.status >= 500 or answer.status == 429:
            raise CalendarAway("Microsoft gives no token now")
        raise CalendarRefused(
            f"Microsoft refuses the app {self._client_id} ({_said(answer)}): correct `tenant` and `client_id` in the"
            f" playbook, or put the value (not the id) of a client secret into FRONTDESK_CALENDAR_SECRETS as"
            f" {self._secret!r}"
        )

    def forget(self, token: str) -> None:
        self._kept.forget(token)


def _said(answer: Answer) -> str:
    """The first sentence of what the other side says; the rest are trace ids."""
    said = str(answer.body.get("error_description") or answer.body.get("error") or f"status {answer.status}")
    return said.splitlines()[0].partition(". ")[0].rstrip(".")[:160]
