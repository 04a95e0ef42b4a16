"""Mail providers whose addresses are thrown away: too few to be a filter, enough to stop the obvious."""

from __future__ import annotations

_LISTED = """
    10minutemail.com 20minutemail.com 33mail.com burnermail.io byom.de dispostable.com discard.email
    dropmail.me emailondeck.com fakeinbox.com fakemail.net getairmail.com getnada.com grr.la
    guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net
    guerrillamail.org guerrillamailblock.com harakirimail.com inboxkitten.com incognitomail.org
    jetable.org mail-temp.com mail.tm mail7.io mailcatch.com maildrop.cc mailinator.com mailinator.net
    mailnesia.com mailsac.com mailtemp.net mintemail.com moakt.com mohmal.com mytemp.email nada.email
    sharklasers.com spam4.me spambog.com spambox.us spamgourmet.com tempail.com temp-mail.io
    temp-mail.org tempinbox.com tempmail.dev tempmail.net tempmailo.com tempr.email throwawaymail.com
    trash-mail.com trashmail.com trashmail.de trbvm.com wegwerfmail.de wegwerfmail.net wegwerfmail.org
    yopmail.com yopmail.fr yopmail.net
"""
DOMAINS = frozenset(_LISTED.split())


def is_disposable(domain: str) -> bool:
    """Whether mail to `domain`, or to the domain it is part of, is thrown away."""
    parts = domain.lower().split(".")
    return any(".".join(parts[start:]) in DOMAINS for start in range(len(parts) - 1))
