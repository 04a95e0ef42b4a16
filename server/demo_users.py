"""The demo company's product signs in demo users, as a host application does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from litestar import Response, get
from litestar.enums import MediaType
from litestar.types import ControllerRouterHandler

from server.errors import NotFound
from server.members.keys import KeyGiven
from server.members.signing import signed

SITE = "demo"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody who works with the demo company's product."""

    key: str
    title: str
    plan: str
    email: str
    company: str


def demo_users(folder: Path) -> Sequence[DemoUser]:
    """Those of `site/users.yaml`."""
    listed = yaml.safe_load((folder / "site" / "users.yaml").read_text(encoding="utf-8"))
    return [DemoUser(**one) for one in listed]


def token_route(folder: Path, key: KeyGiven, clock: Callable[[], datetime]) -> ControllerRouterHandler:
    """`/app/token?user=`: what the product's own server would answer to the signed-in browser."""
    users = {user.key: user for user in demo_users(folder)}

    @get("/app/token", include_in_schema=False, sync_to_thread=False, media_type=MediaType.TEXT)
    def token(user: str) -> Response[str]:
        who = users.get(user)
        if who is None:
            raise NotFound(f"there is no demo user {user!r}; there are {', '.join(users)}")
        made = signed(
            key,
            site=SITE,
            subject=who.key,
            now=clock(),
            name=who.title,
            email=who.email,
            plan=who.plan,
            company=who.company,
        )
        return Response(made, headers={"cache-control": "private, no-store"})

    return token
