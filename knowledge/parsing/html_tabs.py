"""Lays the tabs of a web page out one below the other, each under its label, and unfolds what is folded."""

from __future__ import annotations

from itertools import islice

from bs4 import BeautifulSoup, Tag

_LISTS = "[role=tablist], .tabbed-labels"
_TABS = "[role=tab], label"
_PANELS = "[role=tabpanel], .tabbed-block"


MAX_TABS = 200
"""Of one list; more are no tabs."""


def spread_tabs(soup: BeautifulSoup) -> None:
    """A reader sees every panel with a click, so they count as shown; a panel without a tab stays hidden."""
    places = _Places(soup)
    for names in soup.select(_LISTS):
        tabs = names.select(_TABS)
        panels = _panels(places, names, tabs)
        for tab, panel in zip(tabs, panels, strict=False):
            del panel["hidden"]
            del panel["aria-hidden"]
            label = soup.new_tag("p")
            label.string = tab.get_text(" ", strip=True)
            panel.insert(0, label)
        names.decompose()
    for button in soup.select(
        "button[aria-expanded][aria-controls], [role=button][aria-expanded][aria-controls]"
    ):
        _unfold(soup, places, button)


class _Places:
    """Where ids and panels stand, looked up once: a page may have as many tabs as elements."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._by_id: dict[str, Tag] = {}
        for tag in soup.find_all(id=True):
            self._by_id.setdefault(str(tag["id"]), tag)
        self._below: dict[int, list[Tag]] = {}
        for panel in soup.select(_PANELS):
            for parent in panel.parents:
                self._below.setdefault(id(parent), []).append(panel)

    def named(self, name: str) -> Tag | None:
        found = self._by_id.get(name)
        return None if found is None or found.decomposed else found

    def below(self, parent: Tag) -> list[Tag]:
        """The panels in it, or so many that they can not be those of its tabs."""
        panels = self._below.get(id(parent), [])
        return panels if len(panels) > MAX_TABS else [one for one in panels if not one.decomposed]


def _panels(places: _Places, names: Tag, tabs: list[Tag]) -> list[Tag]:
    """By the ids that the tabs name, else in the order in which they follow."""
    if len(tabs) > MAX_TABS:
        return []
    found = [one for tab in tabs if (one := places.named(str(tab.get("aria-controls") or "")))]
    if tabs and len(found) == len(tabs):
        return found
    for parent in islice(names.parents, 3):
        below = places.below(parent)
        if below:
            return below if len(below) == len(tabs) else []
    return []


def _unfold(soup: BeautifulSoup, places: _Places, button: Tag) -> None:
    """The question of an accordion is its button; a menu's has hardly three words and no panel of prose."""
    panel = places.named(str(button["aria-controls"]))
    title = button.get_text(" ", strip=True)
    if panel is None or len(title.split()) < 3 or panel.find_parent("nav") is not None:
        return
    del panel["hidden"]
    if button.find_parent(["h2", "h3", "h4", "h5", "h6"]) is None:
        heading = soup.new_tag("h4")
        heading.string = title
        button.replace_with(heading)
