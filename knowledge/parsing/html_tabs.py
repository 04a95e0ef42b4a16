"""Lays the tabs of a web page out one below the other, each under its label, and unfolds what is folded."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

_LISTS = "[role=tablist], .tabbed-labels"
_TABS = "[role=tab], label"
_PANELS = "[role=tabpanel], .tabbed-block"


def spread_tabs(soup: BeautifulSoup) -> None:
    """A reader sees every panel with a click, so they count as shown; a panel without a tab stays hidden."""
    for names in soup.select(_LISTS):
        tabs = names.select(_TABS)
        panels = _panels(soup, names, tabs)
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
        _unfold(soup, button)


def _panels(soup: BeautifulSoup, names: Tag, tabs: list[Tag]) -> list[Tag]:
    """By the ids that the tabs name, else in the order in which they follow."""
    named = [soup.find(id=str(tab["aria-controls"])) for tab in tabs if tab.get("aria-controls")]
    found = [one for one in named if isinstance(one, Tag)]
    if tabs and len(found) == len(tabs):
        return found
    for parent in list(names.parents)[:3]:
        below = parent.select(_PANELS)
        if below:
            return below if len(below) == len(tabs) else []
    return []


def _unfold(soup: BeautifulSoup, button: Tag) -> None:
    """The question of an accordion is its button; a menu's has hardly three words and no panel of prose."""
    panel = soup.find(id=str(button["aria-controls"]))
    title = button.get_text(" ", strip=True)
    if not isinstance(panel, Tag) or len(title.split()) < 3 or panel.find_parent("nav") is not None:
        return
    del panel["hidden"]
    if button.find_parent(["h2", "h3", "h4", "h5", "h6"]) is None:
        heading = soup.new_tag("h4")
        heading.string = title
        button.replace_with(heading)
