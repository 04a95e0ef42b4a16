"""The follow-up as a mail: the approved words, where they come from, and the way out. No I/O."""

from __future__ import annotations

import re
from datetime import date
from html import escape

from server.actions.follow_ups.values import FollowUp
from server.actions.values import Mail
from server.dialogue.languages import direction
from server.dialogue.phrases import phrase

_ADDRESS = re.compile(r"https?://[^\s<]+")


def letter(made: FollowUp, *, body: str, to: str, reply_to: str, stop: str, thread: tuple[str, ...]) -> Mail:
    """`body` has the real details by now; `stop` is the link that ends such mails."""
    text = f"{body.strip()}\n\n{sources(made)}-- \n{footer(made, stop)}\n"
    return Mail(
        to,
        made.subject,
        text,
        html=_page(text, made.language),
        reply_to=reply_to or None,
        thread=thread,
        unsubscribe=stop,
    )


def sources(made: FollowUp) -> str:
    """The pages that are cited, by number; nothing when none is."""
    cited = [each for each in made.sources if f"[{each.n}]" in made.body]
    if not cited:
        return ""
    lines = [f"[{each.n}] {each.title}\n    {each.url}" for each in cited]
    return "\n".join([phrase("follow_sources", language=made.language), *lines, "", ""])


def footer(made: FollowUp, stop: str) -> str:
    """Why it came, and how to end it."""
    day = date.fromisoformat(made.content.talked_on)
    why = phrase("follow_why", {"day": day}, made.language)
    return f"{why}\n{phrase('follow_stop', language=made.language)}\n{stop}"


def _page(text: str, language: str) -> str:
    """The same words as a page, with their language, direction and links."""
    body = "".join(f"<p>{_linked(part)}</p>" for part in text.strip().split("\n\n"))
    return f'<!doctype html><html lang="{language}" dir="{direction(language)}"><body>{body}</body></html>'


def _linked(part: str) -> str:
    lines = escape(part.replace("-- \n", "")).replace("\n", "<br>")
    return _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', lines)
