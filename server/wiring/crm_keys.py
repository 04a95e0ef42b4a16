"""The keys that open each site's CRM: a file of its own, never the playbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from server.site_files import read_by_site

_URL = r"^https?://\S+$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HubSpotKeys(_Part):
    """The access token of a service key, or of a private app."""

    token: str = Field(min_length=1, repr=False)
    url: str = Field(default="https://api.hubapi.com", pattern=_URL)
    """Where the API answers; another one is for tests."""


class SalesforceKeys(_Part):
    """A connected app that signs in by itself (client credentials)."""

    login_url: str = Field(pattern=_URL)
    """Your own domain, such as https://acme.my.salesforce.com."""
    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1, repr=False)


class PipedriveKeys(_Part):
    """An API token; `url` is your company's own domain."""

    token: str = Field(min_length=1, repr=False)
    url: str = Field(default="https://api.pipedrive.com", pattern=_URL)


class WebhookKeys(_Part):
    """Where signed updates go. Several secrets while one replaces the other."""

    url: str = Field(pattern=_URL, repr=False)
    secrets: tuple[str, ...] = Field(min_length=1, repr=False)


class SiteKeys(_Part):
    """What opens the CRM of one site."""

    hubspot: HubSpotKeys | None = None
    salesforce: SalesforceKeys | None = None
    pipedrive: PipedriveKeys | None = None
    webhook: WebhookKeys | None = None


Keys = Mapping[str, SiteKeys]
"""By site; a site that is not there has none."""


def load_keys(file: Path) -> Keys:
    """The keys file; an absent one holds none. Raises `BadSetting`, which repeats no key."""
    return read_by_site(file, SiteKeys, "the keys of its CRM", "docs/crm-providers.md")
