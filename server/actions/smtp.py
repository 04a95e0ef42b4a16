"""Mail over SMTP, with the built-in mailbox as the record of what went out."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from anyio import to_thread

from server.actions.mailbox import Mailbox
from server.actions.mime import message
from server.actions.ports import Clock
from server.actions.values import Mail
from server.errors import BadSetting

TIMEOUT_S = 20


class SmtpMailer:
    """Sends through `smtp://user:password@host:port` (STARTTLS where offered) or `smtps://…`.

    SMTP can not promise "once": a crash after the server took the mail and before the record sends it again,
    with the same Message-ID, by which most receivers drop the copy.
    """

    def __init__(self, url: str, record: Mailbox, *, sender: str, clock: Clock) -> None:
        self._server = urlsplit(url)
        if self._server.scheme not in {"smtp", "smtps"} or not self._server.hostname:
            raise BadSetting("FRONTDESK_SMTP_URL must look like smtp://user:password@host:port")
        self._record = record
        self._sender = sender
        self._clock = clock

    async def send(self, site: str, mail: Mail, *, key: str) -> None:
        if await self._record.has(site, key):
            return
        built = message(site, mail, key=key, sender=self._sender, at=self._clock())
        await to_thread.run_sync(self._deliver, built)
        await self._record.send(site, mail, key=key)

    def _deliver(self, built: EmailMessage) -> None:
        host = self._server.hostname or ""
        secure = ssl.create_default_context()
        if self._server.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, self._server.port or 465, timeout=TIMEOUT_S, context=secure
            )
        else:
            connection = smtplib.SMTP(host, self._server.port or 587, timeout=TIMEOUT_S)
        with connection:
            connection.ehlo()
            if self._server.scheme == "smtp" and connection.has_extn("starttls"):
                connection.starttls(context=secure)
                connection.ehlo()
            if self._server.username:
                connection.login(unquote(self._server.username), unquote(self._server.password or ""))
            connection.send_message(built)
