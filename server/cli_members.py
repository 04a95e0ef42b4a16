"""Commands for who is signed in to the host application: make a key, check keys and tokens, sign a token for a test."""

from __future__ import annotations

import asyncio
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import expected, json_too, out, settings_of, tell, with_data_dir, with_site
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from server.members.keys import KeyGiven
    from server.members.values import Member
    from server.settings import Settings

_ROTATION = """To replace a key without signing anybody out:
  1. write the new one below the old one in {file}; no restart is needed
  2. let the host application sign with the new one, and say so in the header of its tokens: kid {kid!r}
  3. an hour later no token of the old key holds any more: take it out"""


@click.group()
def members() -> None:
    """Who is signed in to your product: keys and tokens."""


@members.command("key")
@click.option("--kid", help="What it is called (default: today's date and some letters).")
@with_site
@json_too
@with_data_dir
@expected
def key(kid: str | None, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Make a secret to sign with, and print what to write into the keys file."""
    settings = settings_of(data_dir=data_dir)
    called = kid or f"{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(2)}"
    secret = secrets.token_urlsafe(48)
    value = {"site": site, "kid": called, "algorithm": "HS256", "secret": secret}
    text = f"{site}:\n  keys:\n    - kid: {called!r}\n      secret: {secret!r}"
    out(value, as_json, text)
    tell(_ROTATION.format(file=settings.member_keys_file, kid=called))


@members.command("token")
@click.option("--user", required=True, help="Who is signed in: `sub`, as your product calls them.")
@click.option("--name", default="", help="As they are greeted.")
@click.option("--email", default="")
@click.option("--plan", default="", help="Key of a plan of the playbook's `members`.")
@click.option("--company", default="")
@click.option("--feature", "features", multiple=True, help="What the product does for them; may stand twice.")
@click.option("--audience", multiple=True, help="A label of documents that they may read; may stand twice.")
@click.option("--minutes", default=15.0, show_default=True, type=click.FloatRange(0.1, 60))
@click.option("--kid", help="Which key signs (default: the first with a secret).")
@with_site
@json_too
@with_data_dir
@expected
def token(
    user: str,
    kid: str | None,
    site: str,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
    **said: Any,
) -> None:
    """Sign a token for USER with a key of the keys file, as your product would."""
    from server.members.signing import signed

    settings = settings_of(data_dir=data_dir)
    chosen = _signing(settings, site, kid)
    made = signed(chosen, site=site, subject=user, now=datetime.now(UTC), **said)
    out({"site": site, "kid": chosen.kid, "token": made}, as_json, made)


@members.command("check")
@click.argument("given", metavar="[TOKEN]", default="")
@with_site
@json_too
@with_data_dir
@expected
def check(given: str, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Read the keys file; with TOKEN (`-` reads it from stdin), what it says, or why it says nothing."""
    from server.members.values import IdentityRefused
    from server.wiring import playbooks_of
    from server.wiring.house import members_of

    settings = settings_of(data_dir=data_dir)
    listed = [
        {"kid": each.kid, "algorithm": each.algorithm, "signs": bool(each.secret)}
        for each in _keys(settings, site)
    ]
    url = _jwks_url(settings, site)
    value: dict[str, Any] = {"site": site, "file": str(settings.member_keys_file), "keys": listed}
    lines = [f"{each['kid'] or '(no kid)'}  {each['algorithm']}" for each in listed]
    value |= {"jwks_url": url} if url else {}
    lines += [f"{url}  published keys"] if url else []
    text = sys.stdin.read().strip() if given == "-" else given
    if not text:
        out(value, as_json, "\n".join(lines) or _none(settings, site))
        return
    reader = members_of(
        settings, playbooks_of(settings), settings.secret() if settings.demo else "only to look"
    )
    try:
        member = asyncio.run(reader.read(site, text, datetime.now(UTC)))
    except IdentityRefused as refused:
        out({**value, "refused": refused.code, "why": refused.why}, as_json, f"{refused.code}: {refused.why}")
        sys.exit(1)
    said = _told(member)
    shown = [f"{name:9} {it if isinstance(it, str) else ', '.join(it)}" for name, it in said.items() if it]
    out({**value, "member": said}, as_json, "\n".join(shown))


def _none(settings: Settings, site: str) -> str:
    """Where there are no keys, with what the file holds instead."""
    from server.members.keys import load_keys

    others = ", ".join(load_keys(settings.member_keys_file)) or "none at all"
    file = settings.member_keys_file
    return f"no keys for site {site!r} in {file} (it has: {others}); `frontdesk members key --site {site}` makes one"


def _told(member: Member) -> dict[str, Any]:
    return {
        "name": member.name,
        "email": member.email,
        "company": member.company,
        "plan": member.plan_name if member.plan or not member.plan_name else f"{member.plan_name} (unknown)",
        "features": sorted(member.features),
        "may read": list(member.audience),
        "until": f"{member.expires_at:%Y-%m-%d %H:%M:%S} UTC",
    }


def _keys(settings: Settings, site: str) -> list[KeyGiven]:
    from server.members.keys import load_keys
    from server.members.signing import demo_key

    found = load_keys(settings.member_keys_file).get(site)
    demo = [demo_key(settings.secret())] if settings.demo and site == "demo" else []
    return [*(found.keys if found else ()), *demo]


def _jwks_url(settings: Settings, site: str) -> str:
    from server.members.keys import load_keys

    found = load_keys(settings.member_keys_file).get(site)
    return found.jwks_url if found else ""


def _signing(settings: Settings, site: str, kid: str | None) -> KeyGiven:
    keys = _keys(settings, site)
    named = [each for each in keys if (each.kid == kid if kid is not None else each.secret)]
    if named:
        return named[0]
    if keys and kid is None:
        raise FrontdeskError(
            f"the keys of site {site!r} are public ones and sign nothing; sign where your product does",
            code="can_not_sign",
        )
    known = ", ".join(repr(each.kid) for each in keys) or "there is none"
    what = f"no key {kid!r}" if kid is not None else "no key"
    raise FrontdeskError(
        f"there is {what} for site {site!r} in {settings.member_keys_file} ({known}); "
        "`frontdesk members key` makes one",
        code="no_key",
    )
