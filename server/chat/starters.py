"""The questions a visitor may begin with: the playbook's, or those that the site's own pages ask and answer."""

from __future__ import annotations

from collections.abc import Sequence

from server.desk import Desk
from server.playbook import SiteRules


class Starters:
    """Found once for each generation of a site's documents: whoever opens the widget must not wait for them twice."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, Sequence[str]]] = {}

    async def of(self, desk: Desk, site: str, rules: SiteRules, mode: str) -> Sequence[str]:
        """What the operator wrote comes before what was found."""
        if own := rules.help_starters if mode == "help" else rules.starters:
            return own
        generation = desk.library.generation(site)
        kept = self._found.get(site)
        if kept is None or kept[0] != generation:
            kept = self._found[site] = (generation, await desk.in_thread(desk.library.starters, site))
        return kept[1]
