"""Puts together what trials and carts need: keys of products, ways to pay, and what follows a confirmed trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from server import aftermath
from server.actions.catalogue import Catalogue
from server.actions.checkouts.page import PageCheckout
from server.actions.checkouts.ports import Checkout
from server.actions.checkouts.stripe import StripeCheckout
from server.actions.checkouts.template import TemplateCheckout
from server.actions.links import Links
from server.actions.ports import Mailer, Unseal
from server.actions.posting import Poster
from server.actions.signing import Keys, keys_of
from server.actions.site import DeskOf
from server.actions.trial_effects import Provisioner
from server.desk import Desk
from server.errors import BadSetting
from server.playbook import Playbooks
from server.settings import Settings

_SECRET = "FRONTDESK_PROVISIONING_SECRET"  # noqa: S105  the setting's name


@dataclass(frozen=True, slots=True)
class Sales:
    """What an installation needs to tell products of trials and to have carts paid."""

    keys_of: Callable[[str], Keys]
    """What is shared with a site's product."""
    checkout_of: Callable[[str], Checkout]
    stripe_secrets: tuple[str, ...] = field(repr=False)


def sales_of(settings: Settings, playbooks: Playbooks, links: Links) -> Sales:
    """Raises `BadSetting` when a playbook asks for what no setting gives the secret of."""
    keys: dict[str, Keys] = {}
    ways: dict[str, Checkout] = {}
    for site in playbooks.sites:
        keys[site] = keys_of(settings.provisioning_secret.get_secret_value(), site, _SECRET)
        trial = playbooks.of(site).trial
        if trial and trial.provisioning and not keys[site]:
            raise BadSetting(
                f"the playbook of site {site!r} has trial.provisioning: set {_SECRET} to the secret "
                "that your product holds"
            )
        ways[site] = _way(settings, playbooks, links, site)
    # A site that is gone has its carts ordered on our page, as one without the section.
    page = PageCheckout(links)
    return Sales(
        keys_of=lambda site: keys.get(site, Keys()),
        checkout_of=lambda site: ways.get(site, page),
        stripe_secrets=tuple(settings.stripe_webhook_secret.get_secret_value().split()),
    )


def _way(settings: Settings, playbooks: Playbooks, links: Links, site: str) -> Checkout:
    book = playbooks.of(site)
    rules = book.checkout
    if rules.kind == "template" and rules.url:
        return TemplateCheckout(rules.url)
    if rules.kind != "stripe" or book.catalogue is None:
        return PageCheckout(links)
    key = settings.stripe_key.get_secret_value()
    if not key or not settings.stripe_webhook_secret.get_secret_value():
        raise BadSetting(
            f"the playbook of site {site!r} has its carts paid at Stripe: set FRONTDESK_STRIPE_KEY and "
            "FRONTDESK_STRIPE_WEBHOOK_SECRET"
        )
    return StripeCheckout(key, links, partial(_held, playbooks, site, book.catalogue), settings.stripe_url)


def _held(playbooks: Playbooks, site: str, otherwise: Catalogue) -> Catalogue:
    return playbooks.of_or_default(site).catalogue or otherwise


def provisioner_of(desk: Desk, sales: Sales, mailer: Mailer, unseal: Unseal, desk_of: DeskOf) -> Provisioner:
    """What does the work that follows a confirmed trial."""
    return Provisioner(
        desk.writers,
        Poster().post,
        sales.keys_of,
        mailer,
        unseal,
        desk_of,
        desk.clock,
        desk.language_of,
        on_change=partial(aftermath.tell_crm, desk),
        after_commit=partial(aftermath.start_what_follows, desk),
    )
