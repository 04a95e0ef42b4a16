"""Turns a template into an answer: everything escaped, nothing loaded from anywhere, nothing kept in caches."""

from __future__ import annotations

import base64
import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from markupsafe import Markup

from server.actions.pricing import money
from server.actions.site import SiteDesk
from server.actions.when import clock_label, said, said_day, said_span, zone_label
from server.dialogue.languages import direction, number
from server.dialogue.phrases import phrase
from server.pages.colour import ink, readable

TEMPLATES = Path(__file__).parent / "templates"
NEUTRAL = "#3a4250"


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(clock=clock_label)
    return found


def _in(language: str) -> dict[str, Any]:
    """What a template writes with, each in the page's language."""
    return {
        "language": language,
        "direction": direction(language),
        "t": lambda name, **values: phrase(name, values, language),
        "said": partial(said, language=language),
        "said_day": partial(said_day, language=language),
        "said_span": partial(said_span, language=language),
        "zone": partial(zone_label, language=language),
        "money": partial(money, language=language),
        "number": partial(number, language=language),
    }


@cache
def _style(accent: str) -> str:
    light, dark = readable(accent, dark=False), readable(accent, dark=True)
    colours = (
        f":root{{--accent:{light};--ink:{ink(light)}}}"
        f"@media(prefers-color-scheme:dark){{:root{{--accent:{dark};--ink:{ink(dark)}}}}}"
    )
    return colours + (TEMPLATES / "style.css").read_text(encoding="utf-8")


def _headers(style: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "cache-control": "no-store",
        # The address holds the token: it must not travel to the sites that the page links to.
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
    }


def page(
    template: str, desk: SiteDesk | None, *, status: int = 200, language: str = "en", **values: Any
) -> Response[str]:
    """One page in the company's colour; without a desk (a link that names no site) in a neutral one."""
    style = _style(desk.accent if desk else NEUTRAL)
    body = (
        _environment()
        .get_template(template)
        .render(
            desk=desk,
            style=Markup(style),  # noqa: S704  our own file
            **_in(language),
            **values,
        )
    )
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=_headers(style))
