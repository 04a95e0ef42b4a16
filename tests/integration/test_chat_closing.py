"""The end of a conversation and the visitor's say over it: rating, transcript, export, erasing; zones and links too."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from litestar import Litestar, Response
from litestar.testing import AsyncTestClient
from sqlalchemy import select, text, update

from server import aftermath
from server.actions import booking, outbox, trial
from server.actions.links import Opened
from server.actions.tables import MailRow, TrialRow
from server.actions.transcripts import Said, letter
from server.actions.values import TrialVerified
from server.chat.own_data import OwnData, own_data_routes
from server.closing import Closing
from server.errors import FrontdeskError
from server.floor import Floor, Joined
from server.frames import Choose, Csat, Hello, MailTranscript, Say, Submit
from server.review import talks
from server.review.figures import figures
from server.store import closing
from server.store.conversations import frames_after, load_talk
from server.turn import take_turn
from server.wiring import House, build
from tests.support.models import an_installation

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all: every test has a visitor of its own."""
    built = build(an_installation(tmp_path_factory.mktemp("house")))
    for site in built.desk.playbooks.sites:
        await built.desk.library.refresh(site)
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


@pytest.fixture
def address() -> str:
    """Nobody else's: the house is shared."""
    return f"qz{uuid.uuid4().hex[:8]}@lifts.example"


def an_id() -> str:
    return uuid.uuid4().hex


async def join(house: House, **more: Any) -> Joined:
    hello = Hello(type="hello", site="demo", time_zone="Europe/Berlin", **{"consent": "conversation", **more})
    return await Floor(house.desk).join(hello)


async def say(house: House, joined: Joined, words: str) -> list[dict[str, Any]]:
    return await take(house, joined, Say(type="say", id=an_id(), text=words))


async def take(house: House, joined: Joined, frame: Say | Choose | Submit) -> list[dict[str, Any]]:
    """The blocks of the answer."""
    before = len(await log_of(house, joined))
    await take_turn(house.desk, "demo", joined.conversation, frame)
    return [one["block"] for one in (await log_of(house, joined))[before:] if one["type"] == "block"]


async def log_of(house: House, joined: Joined) -> list[dict[str, Any]]:
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, "demo", joined.conversation, 0)


async def do_what_waits(house: House) -> None:
    async with house.desk.readers() as session:
        waiting = await outbox.due(session, now=house.desk.clock())
    for each in waiting:
        await outbox.run(house.desk.writers, house.handlers, each, clock=house.desk.clock)


async def letters_to(house: House, address: str) -> list[MailRow]:
    async with house.desk.readers() as session:
        return list(await session.scalars(select(MailRow).where(MailRow.to == address)))


def block(blocks: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(one for one in blocks if one["kind"] == kind)


async def test_a_time_that_was_chosen_in_another_zone_is_told_in_it_from_then_on(
    house: House, address: str
) -> None:
    joined = await join(house)
    offered = block(await say(house, joined, "I would like to book a demo"), "slots")
    slot = offered["days"][0]["slots"][0]
    chosen = Choose(
        type="choose", id=an_id(), prompt=offered["prompt"], value=slot["value"], label="this one (New York)",
        time_zone="America/New_York",
    )  # fmt: skip

    form = block(await take(house, joined, chosen), "form")
    again = await join(house, visitor_token=joined.token, conversation=joined.conversation)
    sent = Submit(type="submit", id=an_id(), prompt=form["prompt"], fields={"email": address})
    booked = block(await take(house, again, sent), "meeting")

    there = datetime.fromisoformat(slot["start"]).astimezone(ZoneInfo("America/New_York"))
    assert f"{there:%H:%M}" in form["text"]
    assert booked["zone"] == "America/New_York"
    assert "New York" in booked["when"]
    assert again.conversation == joined.conversation, "and a new connection of the browser changes nothing"
    async with house.desk.readers() as session:
        talk = await load_talk(session, house.desk.vault, "demo", joined.conversation)
        assert (talk.time_zone, talk.home_zone) == ("America/New_York", "Europe/Berlin"), (
            "where they are stays"
        )
        (meeting,) = await booking.meetings_of(session, "demo", joined.conversation)
    assert meeting.zone == "America/New_York"


async def test_a_rating_is_kept_once_redacted_shown_counted_and_told_to_every_tab(
    house: House, address: str
) -> None:
    joined = await join(house)
    ends = Closing(house.desk)
    with pytest.raises(FrontdeskError, match="nothing was said"):
        await ends.rate(joined, Csat(type="csat", id=an_id(), score=5))
    await say(house, joined, "What does Team cost?")

    await ends.rate(joined, Csat(type="csat", id=an_id(), score=2, comment=f"slow, write to {address}"))
    await ends.rate(joined, Csat(type="csat", id=an_id(), score=4))

    another = await join(house, visitor_token=joined.token, conversation=joined.conversation)
    async with house.desk.readers() as session:
        talk = await talks.one(session, "demo", joined.conversation)
        counted = await figures(session, "demo", house.desk.clock())
        stored = (await session.execute(text("select score, comment from csat"))).all()
    assert another.csat == 4
    assert (talk.score, talk.comment) == (4, "slow, write to [email_1]"), "a score set right keeps the words"
    assert [(one.score, one.count) for one in counted.csat][1] == (4, 1)
    assert counted.csat_mean == 4.0
    assert address not in str(stored)


async def test_a_transcript_is_mailed_once_for_a_wish_and_its_line_is_the_receipt(
    house: House, address: str
) -> None:
    joined = await join(house)
    await say(house, joined, "What does Team cost? <b>http://evil.example</b>")
    wish = MailTranscript(type="mail_transcript", id=an_id(), email=f" {address} ")

    await Closing(house.desk).mail(joined, wish)
    await Closing(house.desk).mail(joined, wish)
    await do_what_waits(house)

    (mailed,) = await letters_to(house, address)
    (receipt,) = [one for one in await log_of(house, joined) if one.get("client_id") == wish.id]
    assert receipt["author"] == "system"
    assert address in receipt["text"]
    assert mailed.subject == "Your conversation with Fernway", "no word of the visitor's in it"
    assert mailed.html is not None
    assert "&lt;b&gt;" in mailed.html
    assert 'href="http://evil.example' not in mailed.html, "only our own sources are links"
    assert 'href="http' in mailed.html
    assert "Somebody who chatted" in mailed.text.splitlines()[0]
    async with house.desk.readers() as session:
        logged = (await session.execute(text("select body from log"))).all()
        effects = (await session.execute(text("select payload from effects"))).all()
    assert address not in str(logged)
    assert address not in str(effects)


async def test_a_conversation_is_mailed_three_times_a_day_and_an_address_gets_five(
    house: House, address: str
) -> None:
    ends, one, other = Closing(house.desk), await join(house), await join(house)
    with pytest.raises(FrontdeskError, match="nothing to send"):
        await ends.mail(one, MailTranscript(type="mail_transcript", id=an_id(), email=address))
    for joined in (one, other):
        await say(house, joined, "What does Team cost?")

    async def send(joined: Joined, to: str) -> str:
        try:
            await ends.mail(joined, MailTranscript(type="mail_transcript", id=an_id(), email=to))
        except FrontdeskError as refused:
            return refused.code
        return "sent"

    assert [await send(one, address) for _ in range(4)] == ["sent", "sent", "sent", "transcript_enough"]
    assert [await send(other, address.upper()) for _ in range(2)] == ["sent", "sent"]
    third = await join(house)
    await say(house, third, "What does Team cost?")
    assert await send(third, address) == "transcript_enough_to"
    assert await send(third, "nonsense") == "email_malformed"
    assert await send(third, "other@lifts.example") == "sent"


async def test_the_mail_of_a_transcript_exists_in_every_language_and_escapes_what_was_typed(
    address: str,
) -> None:
    at = datetime(2026, 3, 3, 13, tzinfo=ZoneInfo("UTC"))
    said = [
        Said("visitor", "<script>alert(1)</script>", at),
        Said("assistant", "12 EUR", at, (("Plans & prices", "https://fernway.example/p?a=1&b=2"),)),
        Said("system", "joined", at),
    ]
    subjects = set()
    for language in ("en", "de", "fr", "es", "ar"):
        mail = letter(said, "Fernway", to=address, zone="Europe/Berlin", language=language)
        subjects.add(mail.subject)
        assert mail.html is not None
        assert "<script>" not in mail.html
        assert 'href="https://fernway.example/p?a=1&amp;b=2">Plans &amp; prices</a>' in mail.html
        assert ('dir="rtl"' in mail.html) == (language == "ar")
        assert "14:00" in mail.text
    assert len(subjects) == 5


async def test_the_card_of_a_trials_mail_sends_it_again_or_elsewhere_whatever_was_asked_meanwhile(
    house: House, address: str
) -> None:
    joined = await join(house)
    form = block(await say(house, joined, "I want to start a free trial"), "form")
    sent = Submit(type="submit", id=an_id(), prompt=form["prompt"], fields={"email": address})
    card = block(await take(house, joined, sent), "trial")
    await say(house, joined, "What does Team cost?")
    async with house.desk.writers() as session:
        await session.execute(update(TrialRow).values(mailed_at=trial.MAIL_PAUSE * -1 + house.desk.clock()))
        await session.commit()

    again = Choose(type="choose", id=an_id(), prompt=card["prompt"], value="again", label="Send it again")
    second = block(await take(house, joined, again), "trial")
    elsewhere = Choose(type="choose", id=an_id(), prompt=second["prompt"], value="address", label="Another")
    asked = block(await take(house, joined, elsewhere), "form")
    await do_what_waits(house)

    assert card["state"] == "mail_sent"
    assert card["again_after_s"] == 60
    assert "sent a link" in second["text"]
    assert asked["purpose"] == "trial"
    assert len(await letters_to(house, address)) == 1, "the first link gave way to the second"


async def test_a_trial_that_is_confirmed_elsewhere_shows_in_the_conversation_that_is_open(
    house: House, address: str
) -> None:
    joined = await join(house)
    form = block(await say(house, joined, "I want to start a free trial"), "form")
    await take(
        house, joined, Submit(type="submit", id=an_id(), prompt=form["prompt"], fields={"email": address})
    )

    with house.desk.hub.listen(joined.conversation) as grown:
        async with house.desk.writers() as session:
            asked = await trial.of_conversation(session, "demo", joined.conversation)
            assert asked is not None
            link = Opened("demo", asked.id, str(asked.mails))
            verified = await trial.verify(session, link, now=house.desk.clock())
            await aftermath.tell_crm(house.desk, session, TrialVerified(verified))
            await session.commit()
        await aftermath.start_what_follows(house.desk, session)
        await asyncio.wait_for(grown.wait(), 1)

    shown, done = (await log_of(house, joined))[-2:]
    assert (shown["block"]["kind"], shown["block"]["state"], done["type"]) == ("trial", "verified", "done")
    assert "runs until" in shown["block"]["text"]


async def test_a_visitor_takes_all_that_is_held_of_them_along_and_deletes_it(
    house: House, tmp_path: Path, address: str
) -> None:
    desk = house.desk
    own = OwnData(desk, Floor(desk), lambda _site, _origin: True, lambda _address: 0.0, tmp_path)
    app = Litestar(list(own_data_routes(own)), exception_handlers={FrontdeskError: refused_with})
    async with AsyncTestClient(app) as browser:
        joined = await join(house)
        other = await join(house)
        await say(house, joined, f"I am Ada Okafor, {address}. What does Team cost?")
        await say(house, other, "What does Business cost?")
        offered = block(await say(house, joined, "I would like to book a demo"), "slots")
        slot = offered["days"][0]["slots"][0]
        picked = Choose(
            type="choose", id=an_id(), prompt=offered["prompt"], value=slot["value"], label="that"
        )
        await take(house, joined, picked)
        await Closing(house.desk).rate(joined, Csat(type="csat", id=an_id(), score=5, comment="fine"))
        mine = {"site": "demo", "visitor_token": joined.token, "conversation": joined.conversation}

        not_theirs = await post(browser, "export", {**mine, "conversation": other.conversation})
        forged = await post(browser, "erase", {**mine, "visitor_token": f"{joined.token}x"})
        held = await post(browser, "export", mine)
        gone = await post(browser, "erase", mine)
        after = await post(browser, "export", mine)

        assert (not_theirs.status_code, forged.status_code, after.status_code) == (404, 404, 404)
        assert "attachment" in held.headers["content-disposition"]
        (talk,) = held.json()["conversations"]
        assert {"as": "[email_1]", "value": address} in talk["personal_details"]
        assert {"log", "decisions", "csat", "meetings", "crm_updates", "mails"} <= talk.keys()
        assert f"{address}. What does Team cost?" in json.dumps(talk["log"])
        assert "ciphertext" not in held.text
        told = gone.json()
        assert (told["conversations"], told["meetings"]) == (1, 1)
        async with house.desk.readers() as session:
            assert await closing.rating(session, "demo", joined.conversation) is None
            kept = (await session.execute(text("select id from conversations"))).scalars().all()
            left = (await session.execute(text("select kind from effects where conversation is null"))).all()
        assert joined.conversation not in kept
        assert other.conversation in kept, "somebody else's stays"
        assert [tuple(row) for row in left] == [("erased_mail",)], "the team hears what is left to do"


def refused_with(_request: object, refused: FrontdeskError) -> Response[str]:
    return Response(refused.code, status_code=refused.status)


async def post(browser: AsyncTestClient[Litestar], what: str, mine: dict[str, str]) -> Any:
    return await browser.post(f"/v1/mine/{what}", json=mine)
