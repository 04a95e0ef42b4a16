"""Turns templates into answers: one Jinja environment, everything escaped, every page under a strict policy."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.response import Redirect

from server.review import words
from server.review.changes import editable
from server.review.deps import Seat
from server.review.roles import Role

HERE = Path(__file__).parent
STATIC = HERE / "static"

# Nothing inline, nothing from elsewhere: a visitor's words can not become code, whatever they are.
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}

NAVIGATION = (
    ("inbox", "Inbox", Role.VIEWER),
    ("conversations", "Conversations", Role.VIEWER),
    ("follow-ups", "Follow-ups", Role.VIEWER),
    ("meetings", "Meetings", Role.VIEWER),
    ("trials", "Trials", Role.VIEWER),
    ("carts", "Carts", Role.VIEWER),
    ("mailbox", "Mailbox", Role.REP),
    ("crm", "CRM", Role.REP),
    ("knowledge", "Knowledge", Role.VIEWER),
    ("understanding", "Understanding", Role.VIEWER),
    ("overview", "Overview", Role.VIEWER),
    ("audit", "Audit trail", Role.MANAGER),
    ("accounts", "Accounts", Role.ADMIN),
)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        "ago",
        "stamp",
        "local",
        "clock",
        "weekday",
        "day",
        "since",
        "until",
        "percent",
        "chips",
        "marked",
        "linked",
        "label",
        "followed",
        "as_choice",
        "span",
        "reason",
        "path",
        "plain",
        "spoken",
        "without_code",
    ):
        found.filters[name] = getattr(words, name)
    found.filters["pretty"] = words.pretty
    found.filters["editable"] = editable
    found.globals["asset"] = asset
    return found


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?v={digest}"


def bare(template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page that nobody needs to be signed in for."""
    html = _environment().get_template(template).render(**values)
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def page(
    seat: Seat, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response[str]:
    """A page or a part of one, for the person at `seat`."""
    navigation = [(key, name) for key, name, role in NAVIGATION if seat.person.role >= role]
    html = (
        _environment()
        .get_template(template)
        .render(
            seat=seat,
            now=seat.now,
            navigation=navigation,
            is_rep=seat.person.role >= Role.REP,
            is_manager=seat.person.role >= Role.MANAGER,
            **values,
        )
    )
    return Response(
        html, status_code=status, media_type=MediaType.HTML, headers={**HEADERS, **(headers or {})}
    )


def nothing() -> Response[None]:
    """No news: htmx leaves the page as it is."""
    return Response(None, status_code=204, headers=HEADERS)


def go(url: str) -> Redirect:
    """To another page, by GET."""
    return Redirect(url, status_code=303, headers=HEADERS)
