"""The questions a visitor may begin with: the playbook's, or those that the site's own pages ask and answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from server.desk import Desk
from server.playbook.words import SiteRules


class Starters:
    """Found once for each generation of a site's documents: who opens the widget meanwhile waits for that search."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, asyncio.Task[Sequence[str]]]] = {}

    async def of(self, desk: Desk, site: str, rules: SiteRules, mode: str) -> Sequence[str]:
        """What the operator wrote comes before what was found."""
        if own := rules.help_starters if mode == "help" else rules.starters:
            return own
        generation = desk.library.generation(site)
        kept = self._found.get(site)
        if kept is None or kept[0] != generation or _has_failed(kept[1]):
            looking = asyncio.create_task(_look(desk, site))
            kept = self._found[site] = (generation, looking)
        # A visitor who leaves does not stop it for the others.
        return await asyncio.shield(kept[1])


async def _look(desk: Desk, site: str) -> Sequence[str]:
    return await desk.in_thread(desk.library.starters, site)


def _has_failed(looking: asyncio.Task[Sequence[str]]) -> bool:
    return looking.done() and (looking.cancelled() or looking.exception() is not None)
