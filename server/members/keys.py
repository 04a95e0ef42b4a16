"""The keys with which host applications sign who is signed in: a file by site, read again when it changes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from server.errors import BadSetting
from server.members.addresses import is_private_line
from server.site_files import read_by_site
from server.telemetry import log

Algorithm = Literal["HS256", "RS256", "ES256", "EdDSA"]
SHORTEST_SECRET = 32
"""Bytes; as long as what HS256 makes of it, so that guessing the secret is no shorter way."""
_SMALLEST_RSA = 2_048
_MADE_BY: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
GUIDE = "docs/help-panel.md"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KeyGiven(_Part):
    """One key of a site: a secret that the host application has as well, or our copy of its public key."""

    kid: str = Field(default="", max_length=200)
    """What a token's header picks it by; tokens without are tried with every key."""
    algorithm: Algorithm = "HS256"
    secret: str = Field(default="", repr=False)
    public_key: str = Field(default="", repr=False)
    """PEM."""

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.algorithm == "HS256":
            if self.public_key or not self.secret:
                raise _wrong("HS256 wants `secret` and no `public_key`")
            if len(self.secret.encode()) < SHORTEST_SECRET:
                raise _wrong(
                    f"the secret has fewer than {SHORTEST_SECRET} bytes; `frontdesk members key` makes one"
                )
        elif self.secret or not self.public_key:
            raise _wrong(f"{self.algorithm} wants `public_key` and no `secret`")
        self.made()
        return self

    def made(self) -> TrustedKey:
        """Ready to check with."""
        if self.algorithm == "HS256":
            return TrustedKey(self.kid, "HS256", OctKey.import_key(self.secret))
        if "PRIVATE" in self.public_key:
            raise _wrong(
                "this is a private key; keep it where tokens are signed and write its public half here"
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what it would warn of is refused below
                key: Key = _MADE_BY[self.algorithm].import_key(self.public_key)
        except (JoseError, ValueError, TypeError):
            raise _wrong(f"`public_key` is no PEM of a public key for {self.algorithm}") from None
        if (problem := unfit(key, self.algorithm)) is not None:
            raise _wrong(problem)
        return TrustedKey(self.kid, self.algorithm, key)


class SiteMemberKeys(_Part):
    """What checks the tokens of one site. Several keys while one replaces the other."""

    keys: tuple[KeyGiven, ...] = Field(default=(), max_length=20)
    jwks_url: str = Field(default="", max_length=2_048)
    """Where the host application publishes its public keys; https, or http on this machine."""

    @field_validator("jwks_url")
    @classmethod
    def _crosses_no_open_network(cls, url: str) -> str:
        if url and not is_private_line(url):
            raise _wrong(
                "published keys are believed over https only; write https://, or http:// with localhost"
            )
        return url

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.keys and not self.jwks_url:
            raise _wrong("write `keys` or `jwks_url`")
        named = [key.kid for key in self.keys if key.kid]
        if twice := next((kid for kid in named if named.count(kid) > 1), None):
            raise _wrong(f"two keys are called {twice!r}; give each its own `kid`")
        return self


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key with the one algorithm that it may be used with: what a token says of itself changes nothing."""

    kid: str
    algorithm: Algorithm
    key: Key


def unfit(key: Key, algorithm: Algorithm) -> str | None:
    """Why a key can not be trusted with an algorithm; None when it can."""
    match key:
        case RSAKey() if algorithm == "RS256":
            bits = key.raw_value.key_size
            return (
                None
                if bits >= _SMALLEST_RSA
                else f"an RSA key of {bits} bits is too short; use {_SMALLEST_RSA}"
            )
        case ECKey() if algorithm == "ES256":
            return None if key.curve_name == "P-256" else f"ES256 wants a key on P-256, not {key.curve_name}"
        case OKPKey() if algorithm == "EdDSA":
            return (
                None if key.curve_name == "Ed25519" else f"EdDSA wants an Ed25519 key, not {key.curve_name}"
            )
        case _:
            return f"a key of type {key.key_type} is none for {algorithm}"


def load_keys(file: Path) -> Mapping[str, SiteMemberKeys]:
    """The keys file; an absent one holds none. Raises `BadSetting`, which repeats no key."""
    return read_by_site(file, SiteMemberKeys, "the keys of its host application", GUIDE)


class KeyFile:
    """The keys as the file has them now. While it can not be read nobody is let in: what was taken out of it may have
    been the reason for the change."""

    def __init__(self, file: Path) -> None:
        """Raises `BadSetting`: an installation does not start with a file that it can not read."""
        self.file = file
        self._seen = _state(file)
        self._keys = {site: (given, _made(given)) for site, given in load_keys(file).items()}

    def of(self, site: str) -> tuple[SiteMemberKeys, tuple[TrustedKey, ...]] | None:
        """The site's section with its keys ready; None where it has none."""
        seen = _state(self.file)
        if seen != self._seen:
            try:
                self._keys = {site: (given, _made(given)) for site, given in load_keys(self.file).items()}
                log().info("members.keys_read", sites=sorted(self._keys))
            except (BadSetting, OSError) as error:
                self._keys = {}
                log().error("members.keys_unreadable", error=str(error))
            self._seen = seen
        return self._keys.get(site)


def _made(given: SiteMemberKeys) -> tuple[TrustedKey, ...]:
    return tuple(key.made() for key in given.keys)


def _state(file: Path) -> tuple[int, int, int] | None:
    """Changes whenever the file does."""
    try:
        found = os.stat(file)  # noqa: PTH116  as cheap as it gets: it is asked for every frame of a member
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _wrong(words: str) -> PydanticCustomError:
    # The words are a template to pydantic.
    return PydanticCustomError("unfit_key", "{words}", {"words": words})
