"""What all screens of the built-in CRM share: what was asked for, the tabs, and a word where the CRM is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from crm_sync.by_hand.browsing import Look
from crm_sync.documents.catalogue import value_schemas
from server.review.deps import Seat
from server.review.pages import page

AnyRequest = Request[Any, Any, Any]
A_PAGE = 50
BUILTIN = "builtin"
TABS = (
    ("crm", "Contacts"),
    ("crm/companies", "Companies"),
    ("crm/deals", "Deals"),
    ("crm/tasks", "Tasks"),
    ("crm/activities", "Activities"),
    ("crm/duplicates", "Possible duplicates"),
    ("crm/drift", "Drift"),
)
HOMES = {
    "hubspot": ("HubSpot", "https://app.hubspot.com/"),
    "salesforce": ("Salesforce", "https://login.salesforce.com/"),
    "pipedrive": ("Pipedrive", "https://app.pipedrive.com/"),
    "webhook": ("your own system, by webhook", ""),
}
"""Where people work whose CRM is another one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One view of a list, as an address says it."""

    look: Look
    after: str | None
    told: Mapping[str, str]

    def address(self, **more: str) -> str:
        """The end of an address with this view, changed by `more`; an empty value takes a wish away."""
        wishes = {name: value for name, value in {**self.told, **more}.items() if value}
        return f"?{urlencode(wishes)}" if wishes else "?"


def asked(request: AnyRequest) -> Asked:
    """What is not known there counts as not said."""
    given = request.query_params
    told = {
        name: " ".join(given.get(name, "").split())[:200]
        for name in ("q", "owner", "stage", "lifecycle", "type", "sort", "archived", "view")
    }
    look = Look(
        words=told["q"],
        owner=told["owner"],
        stage=told["stage"],
        lifecycle=told["lifecycle"],
        type=told["type"],
        is_archived=told["archived"] == "yes",
        sort=told["sort"] or "changed",
    )
    return Asked(look, given.get("after") or None, {name: value for name, value in told.items() if value})


def crm_page(seat: Seat, template: str, tab: str, *, status: int = 200, **values: Any) -> Response[Any]:
    """A screen of the built-in CRM with its tabs."""
    return page(seat, template, status=status, nav="crm", tabs=TABS, tab=tab, **values)


def elsewhere(seat: Seat) -> Response[Any] | None:
    """What is shown where the site's CRM is another provider's; None where it is ours."""
    name = seat.desk.ledger.crm_name(seat.site)
    if name == BUILTIN:
        return None
    called, home = HOMES.get(name, (name, ""))
    return page(seat, "crm_elsewhere.html", nav="crm", called=called, home=home)


def choices(record: str, name: str) -> tuple[str, ...]:
    """The values that a field may have, where the schema lists them."""
    return tuple(value_schemas()[record][name].get("enum", ()))
