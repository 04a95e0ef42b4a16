"""A mail as it travels: headers, text, calendar part. The same mail always gets the same Message-ID."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from server.actions.values import Attachment, Mail

_WHOLE = frozenset({"list-unsubscribe"})


class _Policy(EmailPolicy):
    """As for SMTP, but a link is never folded: the library would turn a long one into encoded words, and no mail
    program finds an address in those. A line may have 998 characters."""

    def fold(self, name: str, value: str) -> str:
        whole = f"{name}: {value}{self.linesep}"
        return whole if name.lower() in _WHOLE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode() if name.lower() in _WHOLE else super().fold_binary(name, value)


_SEVEN_BIT = _Policy(linesep=SMTP.linesep, cte_type="7bit")
"""Bodies in other letters travel as quoted-printable or base64: not every relay takes them as they are."""


def mail_name(site: str, key: str) -> str:
    """A name for the mail that follows from its key, fit for files and Message-IDs."""
    return hashlib.sha256(f"{site}\0{key}".encode()).hexdigest()[:32]


def message_id(site: str, key: str, sender: str) -> str:
    """The mail's own id: the same for the same key, so that later mails can name it."""
    return f"<{mail_name(site, key)}@{sender.rpartition('@')[2].rstrip('>') or 'frontdesk'}>"


def message(site: str, mail: Mail, *, key: str, sender: str, at: datetime) -> EmailMessage:
    """The mail with all its headers; receivers that know Message-IDs drop a second copy."""
    built = EmailMessage(policy=_SEVEN_BIT)
    built["From"] = sender
    built["To"] = mail.to
    # Folded to one line: a line break in a header would start another header.
    built["Subject"] = " ".join(mail.subject.split())
    built["Date"] = format_datetime(at)
    built["Message-ID"] = message_id(site, key, sender)
    if mail.reply_to:
        built["Reply-To"] = mail.reply_to
    if mail.thread:
        before = [message_id(site, each, sender) for each in mail.thread]
        built["In-Reply-To"] = before[-1]
        built["References"] = " ".join(before)
    if mail.unsubscribe:
        built["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        built["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    built.set_content(mail.text)
    if mail.html is not None:
        built.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        _attach(built, attachment)
    return built


def _attach(built: EmailMessage, attachment: Attachment) -> None:
    kind, *params = (part.strip() for part in attachment.content_type.split(";"))
    main, _, sub = kind.partition("/")
    values = dict(param.split("=", 1) for param in params if not param.startswith("charset="))
    if main == "text":
        text = attachment.content.decode()
        built.add_attachment(text, subtype=sub, filename=attachment.name, params=values)
    else:
        built.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=attachment.name, params=values
        )
