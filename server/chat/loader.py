"""The loader as it is served for a site: with the moments of the messages that the site shows unasked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.actions import calendar
from server.dialogue.proactive_rules import ProactiveRules
from server.errors import NotFound
from server.playbook import Playbook, Playbooks
from server.playbook.proactive import baked

_TOKEN = b'"__FRONTDESK_NUDGES__"'
"""Stands in the built loader where the site's messages go; whatever is a string there is none."""


@dataclass(frozen=True, slots=True)
class Loaders:
    """Serves the built loader, which asks nothing of the server before the first touch."""

    built: Path
    playbooks: Playbooks

    def script(self, site: str | None, now: datetime) -> bytes:
        """The loader for a site; without a name that of the only one, where there is but one."""
        book = self._book(site)
        told = _messages(book, now) if book else None
        if told is None:
            return (self.built / "widget.js").read_bytes()
        # Only what may be shown without asking has to be drawn without the panel.
        built = self.built / ("widget-card.js" if "w" in told else "widget-nudges.js")
        rules = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return built.read_bytes().replace(_TOKEN, rules)

    def _book(self, site: str | None) -> Playbook | None:
        if site is None:
            sites = self.playbooks.sites
            return self.playbooks.of(sites[0]) if len(sites) == 1 else None
        try:
            return self.playbooks.of(site)
        except NotFound:
            return None


def _messages(book: Playbook, now: datetime) -> dict[str, object] | None:
    if book.proactive is None:
        return None
    languages = (book.site.language, *book.translations)
    spoken: dict[str, ProactiveRules] = {
        language: book.spoken(language).proactive or book.proactive for language in languages
    }
    hours, policy = book.schedule(), book.policy()
    return baked(
        book.proactive,
        spoken,
        policy.regions,
        policy.exclusions.pages,
        holdout=book.holdout.share,
        is_open=hours is not None and calendar.is_open(hours, now),
    )
