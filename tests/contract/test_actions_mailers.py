"""Every mailer keeps the same promises: the built-in mailbox and SMTP."""

from __future__ import annotations

import email
from collections.abc import AsyncIterator
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path

import pytest

from server.actions.ics import calendar_file
from server.actions.mailbox import Mailbox
from server.actions.ports import Mailer
from server.actions.smtp import SmtpMailer
from server.actions.values import Attachment, Mail
from server.errors import BadSetting
from tests.support.actions_world import MONDAY, World, a_world, berlin_slot, booked
from tests.support.smtp_server import SmtpServer, an_smtp_server

MAIL = Mail("visitor@lifts.example", "Hello", "Zwölf Plätze\n", reply_to="ada@fernway.example")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    async with an_smtp_server() as running:
        yield running


def smtp(world: World, server: SmtpServer) -> SmtpMailer:
    url = f"smtp://127.0.0.1:{server.port}"
    return SmtpMailer(url, world.mailbox(), sender="desk@fernway.example", clock=world.clock)


@pytest.fixture(params=["mailbox", "smtp"])
def mailer(request: pytest.FixtureRequest, world: World, server: SmtpServer) -> Mailer:
    return world.mailbox() if request.param == "mailbox" else smtp(world, server)


def files(world: World) -> list[Message]:
    found = sorted((world.folder / "outbox").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=default) for file in found]


async def test_a_mail_is_kept_with_its_real_address(world: World, mailer: Mailer) -> None:
    await mailer.send("demo", MAIL, key="k")

    kept = await world.mails()
    assert [(mail.to, mail.subject, mail.text) for mail in kept] == [
        ("visitor@lifts.example", "Hello", "Zwölf Plätze\n")
    ]
    assert kept[0].sent_at == MONDAY


async def test_a_mail_in_any_letters_travels_in_seven_bits(world: World, server: SmtpServer) -> None:
    text, html = "Zwölf Plätze\nموعدك غدا\n", "<p>Zwölf – موعدك</p>\n"
    invitation = Attachment(
        "m.ics", "text/calendar; method=REQUEST; charset=utf-8", "SUMMARY:Führung\r\n".encode()
    )
    mail = Mail("visitor@lifts.example", "Größe", text, html=html, attachments=(invitation,))

    await smtp(world, server).send("demo", mail, key="k")

    [(_, sent)] = server.received
    [kept] = (world.folder / "outbox").glob("*.eml")
    for raw in (sent, kept.read_bytes()):
        assert raw.isascii()
        assert b"8bit" not in raw
        read = email.message_from_bytes(raw, policy=default)
        parts = [part.get_content() for part in read.walk() if not part.is_multipart()]
        assert [part.replace("\r\n", "\n").strip() for part in parts][:2] == [text.strip(), html.strip()]
        assert "Führung" in parts[2]
        assert read["Subject"] == "Größe"
    assert [one.text for one in await world.mails()] == [text]


async def test_the_same_key_is_the_same_mail(world: World, server: SmtpServer, mailer: Mailer) -> None:
    for _ in range(3):
        await mailer.send("demo", MAIL, key="k")
    await mailer.send("other", MAIL, key="k")

    assert len(await world.mails()) == 1
    assert len(files(world)) == 2
    assert len(server.received) == (2 if isinstance(mailer, SmtpMailer) else 0)


async def test_a_line_break_in_a_subject_makes_no_header(world: World, mailer: Mailer) -> None:
    await mailer.send("demo", Mail("a@x.example", "Hi\r\nBcc: all@x.example", "text"), key="k")

    assert files(world)[0]["Subject"] == "Hi Bcc: all@x.example"
    assert files(world)[0]["Bcc"] is None


async def test_an_invitation_travels_as_a_calendar_part_with_its_method(world: World, mailer: Mailer) -> None:
    meeting = await booked(world, berlin_slot(10))
    content = calendar_file(
        meeting, method="REQUEST", organizer=("Fernway", "sales@fernway.example"), now=MONDAY
    )
    invite = Attachment("invite.ics", "text/calendar; charset=utf-8; method=REQUEST", content)

    await mailer.send("demo", Mail("a@x.example", "Hi", "text", attachments=(invite,)), key="k")

    message = files(world)[0]
    assert isinstance(message, EmailMessage)
    part = next(iter(message.iter_attachments()))
    assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", "REQUEST")
    assert "".join(str(part.get_content()).split()) == "".join(content.decode().split())


async def test_smtp_hands_the_mail_over_as_it_is_kept(world: World, server: SmtpServer) -> None:
    await smtp(world, server).send("demo", MAIL, key="k")

    receiver, raw = server.received[0]
    sent = email.message_from_bytes(raw, policy=default)
    assert receiver.startswith("<visitor@lifts.example>")
    assert sent["Message-ID"] == files(world)[0]["Message-ID"]
    assert sent["Reply-To"] == "ada@fernway.example"


async def test_a_server_that_refuses_leaves_nothing_behind_and_the_next_try_sends(
    world: World, server: SmtpServer
) -> None:
    server.refuses = True
    with pytest.raises(OSError, match="busy"):
        await smtp(world, server).send("demo", MAIL, key="k")
    assert await world.mails() == []

    server.refuses = False
    await smtp(world, server).send("demo", MAIL, key="k")

    assert len(await world.mails()) == len(server.received) == 1


async def test_a_connection_lost_after_the_mail_was_taken_repeats_it_under_the_same_id(
    world: World, server: SmtpServer
) -> None:
    server.dies_after_accepting = True
    with pytest.raises(OSError, match="closed"):
        await smtp(world, server).send("demo", MAIL, key="k")

    server.dies_after_accepting = False
    await smtp(world, server).send("demo", MAIL, key="k")

    ids = {email.message_from_bytes(raw)["Message-ID"] for _, raw in server.received}
    assert len(server.received) == 2
    assert len(ids) == 1


@pytest.mark.parametrize("url", ["mail.example:25", "http://mail.example", "smtp://"])
async def test_a_mail_server_that_makes_no_sense_is_refused_at_the_start(world: World, url: str) -> None:
    mailbox: Mailbox = world.mailbox()

    with pytest.raises(BadSetting, match="FRONTDESK_SMTP_URL"):
        SmtpMailer(url, mailbox, sender="d@x.example", clock=world.clock)
