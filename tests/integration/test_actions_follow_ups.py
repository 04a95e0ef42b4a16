"""Follow-ups from the end of a conversation to the mail, on a clock that the tests move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select
from uuid_utils import uuid7

from server.actions.follow_ups import queue, refusals
from server.actions.follow_ups.errors import Blocked, NotOpen
from server.actions.follow_ups.tables import CadenceRow, FollowUpRow, RefusalRow
from server.actions.follow_ups.values import Finding, FollowUp
from server.actions.tables import MeetingRow
from server.erasing import erase_conversation
from server.moves.refusing import heed
from server.moves.scene import Scene
from server.store.conversations import load_talk, set_consent
from server.store.tables import Conversation
from tests.support.dialogue import said
from tests.support.follow_up_world import KIOSK, OFFLINE, PRICE, SITE, World, a_fact, a_world


async def drafted(world: World, *questions: str, **talk: Any) -> FollowUp:
    """The draft of a conversation that ended a day ago."""
    await world.talk(*questions or (PRICE,), **talk)
    [made] = await world.later(hours=24)
    return made


async def why_ended(world: World) -> list[str]:
    async with world.desk.readers() as session:
        return [row.why for row in await session.scalars(select(CadenceRow)) if row.state == "ended"]


# -- what is drafted -------------------------------------------------------------------------------------------


async def test_a_conversation_that_ended_is_answered_again_with_the_same_sources(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world, PRICE, OFFLINE)

        assert [source.title for source in made.sources] == ["Plans and prices", "Working offline"]
        assert f"You asked: “{PRICE}”\n“Team costs 12 EUR per seat a month" in made.body
        assert made.findings == ()
        assert "[person_1]" in made.body
        assert "Ada" not in made.body


async def test_nothing_is_drafted_while_somebody_may_still_write(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.talk(PRICE)

        assert await world.later(hours=3) == []


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        ({"consent": "necessary"}, "no_permission"),
        ({"address": ""}, "no_address"),
        ({"mode": "help"}, "inside_the_product"),
        ({"locale": "de-AT"}, "region_excluded"),
        ({"time_zone": "Europe/Vienna"}, "region_excluded"),
        ({"locale": "fr"}, "language_excluded"),
    ],
)
async def test_who_must_not_be_written_to_gets_no_draft(
    tmp_path: Path, talk: dict[str, Any], why: str
) -> None:
    async with a_world(tmp_path, countries_excluded=["AT"], languages=["en", "de"]) as world:
        await world.talk(PRICE, **talk)

        assert await world.later(hours=24) == []
        assert await why_ended(world) == [why]


async def test_a_rule_asks_for_its_intents_and_its_score(tmp_path: Path) -> None:
    rules = [{"key": "big", "intents": ["pricing"], "score_at_least": 40}]
    async with a_world(tmp_path, rules=rules) as world:
        await world.talk(PRICE)
        await world.talk(PRICE, address="bo@solar.example", facts=(a_fact("team_size", 60),))

        [made] = await world.later(hours=24)

        assert (made.rule, made.score) == ("big", 40)


async def test_what_could_not_be_answered_then_is_answered_now(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.talk(KIOSK)
        await world.put(
            "kiosk", "Kiosk screen", "# Kiosk screen\n\nA kiosk screen shows the jobs of a crew.\n"
        )

        [made] = await world.later(hours=24)

        assert "that we could not answer then. Now we can." in made.body
        assert "“A kiosk screen shows the jobs of a crew.” [1]" in made.body


async def test_what_changed_since_is_told_as_it_stands_now(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.talk(OFFLINE)
        text = "# Working offline\n\nThe mobile app can work offline for up to 21 days without a signal.\n"
        await world.put("offline", "Working offline", text)

        [made] = await world.later(hours=24)

        assert "Our documentation has changed since. It now says:" in made.body
        assert "up to 21 days" in made.body
        assert "14 days" not in made.body


# -- approving and sending -------------------------------------------------------------------------------------


async def test_an_approved_draft_goes_out_once_with_what_mail_programs_need(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await world.approve(made)

        await world.send()
        await world.send()

        letter = world.letter(made)
        [mail] = await world.mails()
        assert mail.to == "ada@lifts.example"
        assert "Hello Ada," in mail.text
        assert letter["Reply-To"] == "sales@fernway.example"
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert letter["List-Unsubscribe"].strip("<>") in mail.text
        assert "/docs" not in letter["List-Unsubscribe"]
        assert await world.state(made) == ("sent", "")


async def test_a_mail_waits_for_the_readers_morning_and_for_monday(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.clock.passes(days=2)
        await world.talk(PRICE, time_zone="America/Los_Angeles")
        [made] = await world.later(days=1, hours=20)  # Friday 21:00 there
        await world.approve(made)

        await world.send()
        assert await world.mails() == []
        world.clock.passes(days=2, hours=9, minutes=59)  # Monday 07:59 on a clock that went forward on Sunday
        await world.send()
        assert await world.mails() == []
        world.clock.passes(minutes=1)

        await world.send()
        assert len(await world.mails()) == 1


async def test_one_person_has_one_thread(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        first = await drafted(world)
        await world.approve(first)
        await world.send()
        second = await drafted(world, OFFLINE, address="ADA+fernway@lifts.example")
        await world.approve(second)
        await world.send()

        root, answer = world.letter(first), world.letter(second)
        assert answer["In-Reply-To"] == answer["References"] == root["Message-ID"]
        assert answer["Subject"] == f"Re: {root['Subject']}"


async def test_nobody_gets_more_than_the_week_allows(tmp_path: Path) -> None:
    async with a_world(tmp_path, per_person_week=1) as world:
        first = await drafted(world)
        await world.approve(first)
        await world.send()
        second = await drafted(world, OFFLINE)
        await world.approve(second)
        await world.send()

        assert len(await world.mails()) == 1
        for _ in range(8):
            world.clock.passes(days=1)
            await world.send()
        assert len(await world.mails()) == 2


async def test_the_second_mail_of_a_cadence_follows_the_first_and_then_it_ends(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.approve(await drafted(world))
        await world.send()
        assert await world.later(hours=71) == []

        [second] = await world.later(hours=1)

        assert second.step == 1
        assert "A short note after our mail" in second.body
        assert second.findings == ()
        await world.approve(second)
        world.clock.passes(days=2)  # it was drafted on a Saturday
        await world.send()
        assert await why_ended(world) == ["finished"]


async def test_a_draft_with_a_blocking_finding_is_not_approved(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        async with world.desk.writers() as session:
            findings = (a_wrong_price(),)
            content = replace(made.content, findings=findings)
            await queue.edit(
                session,
                SITE,
                made.id,
                subject="S",
                body="Team is 9 EUR.",
                content=content,
                by="rep",
                now=world.clock(),
            )
            await session.commit()

        with pytest.raises(Blocked):
            await world.approve(made)


def a_wrong_price() -> Finding:
    return Finding("price_not_in_catalogue", blocks=True, start=8, end=13, said="9 EUR", fix="12 or 15")


async def test_pages_that_change_after_the_approval_bring_the_draft_back(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world, OFFLINE)
        await world.approve(made)
        await world.put(
            "offline", "Working offline", "# Working offline\n\nNothing works offline any more.\n"
        )

        await world.send()

        assert await world.mails() == []
        assert (await world.state(made))[0] == "waiting"


async def test_the_playbook_may_let_a_clean_draft_go_by_itself(tmp_path: Path) -> None:
    async with a_world(tmp_path, send="auto", auto_score=40) as world:
        await world.talk(PRICE)
        await world.talk(PRICE, address="bo@solar.example", facts=(a_fact("team_size", 60),))

        await world.later(hours=24)
        await world.send()

        assert [mail.to for mail in await world.mails()] == ["bo@solar.example"]


# -- what stops it ---------------------------------------------------------------------------------------------


async def a_meeting(world: World, conversation: str, **hours: int) -> None:
    start = world.clock() + timedelta(**hours)
    async with world.desk.writers() as session:
        session.add(
            MeetingRow(
                id=str(uuid7()), site=SITE, conversation=conversation, key=str(uuid7()), rep="sales",
                meeting_type="demo", title="Demo", starts_at=start,
                ends_at=start + timedelta(minutes=30), held_from=start, held_until=start + timedelta(minutes=30),
                zone="Europe/Berlin", email="[email_1]", name="", topic="",
                state="confirmed", sequence=0, uid=str(uuid7()), created_at=world.clock(), updated_at=world.clock(),
            )
        )  # fmt: skip
        await session.commit()


async def test_a_booked_meeting_pauses_and_a_cancelled_one_lets_it_go_on(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await world.approve(made)
        await a_meeting(world, made.conversation, days=3)

        await world.send()
        assert await world.mails() == []
        assert await world.state(made) == ("stopped", "meeting_booked")
        async with world.desk.writers() as session:
            for row in await session.scalars(select(MeetingRow)):
                row.state = "cancelled"
            await session.commit()

        await world.later(minutes=1)
        [again] = await world.later(hours=4)
        await world.approve(again)
        world.clock.passes(days=1)
        await world.send()
        assert len(await world.mails()) == 1


@pytest.mark.parametrize(("after", "drafts"), [("end", 0), ("resume", 1)])
async def test_after_a_meeting_the_rule_says_whether_it_goes_on(
    tmp_path: Path, after: str, drafts: int
) -> None:
    async with a_world(tmp_path, rules=[{"key": "asked", "after_meeting": after}]) as world:
        conversation = await world.talk(PRICE)
        await a_meeting(world, conversation, hours=26)
        assert await world.later(hours=24) == []

        await world.later(hours=4)
        made = await world.later(hours=24)

        assert len(made) == drafts


async def test_a_person_who_takes_over_stops_the_draft_until_they_hand_back(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await _with_person(world, made.conversation, is_there=True)
        await world.round()
        assert await world.state(made) == ("stopped", "with_person")

        await _with_person(world, made.conversation, is_there=False)
        await world.later(minutes=1)

        assert len(await world.later(hours=4)) == 1


async def _with_person(world: World, conversation: str, *, is_there: bool) -> None:
    async with world.desk.writers() as session:
        row = await session.get(Conversation, conversation)
        assert row is not None
        row.state = {**row.state, "with_person": is_there}
        await session.commit()


async def test_whoever_writes_again_is_answered_anew_and_not_with_the_old_draft(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await world.say(made.conversation, OFFLINE)
        await world.round()
        assert await world.state(made) == ("stopped", "conversation_went_on")

        [fresh] = await world.later(hours=24)

        assert "offline" in fresh.body


async def test_a_consent_that_is_taken_back_ends_it(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await world.approve(made)
        async with world.desk.writers() as session:
            await set_consent(session, SITE, made.conversation, "necessary")
            await session.commit()

        await world.send()

        assert await world.mails() == []
        assert await world.state(made) == ("stopped", "no_permission")


async def test_an_erased_conversation_takes_drafts_and_letters_along_and_the_refusal_stays(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await world.approve(made)
        await world.send()
        async with world.desk.writers() as session:
            await refusals.refuse(
                session, SITE, person=made.person, conversation="", how="link", now=world.clock()
            )
            erased = await erase_conversation(session, SITE, made.conversation, by="admin", now=world.clock())
            await session.commit()

        async with world.desk.readers() as session:
            assert list(await session.scalars(select(FollowUpRow))) == []
            assert list(await session.scalars(select(CadenceRow))) == []
            assert len(list(await session.scalars(select(RefusalRow)))) == 1
        assert await world.mails() == []
        assert len(erased.mails) >= 1
        await world.talk(PRICE)
        assert await world.later(hours=24) == []


async def test_no_contact_in_one_conversation_holds_in_every_other_of_the_same_person(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        made = await drafted(world)
        await world.approve(made)
        async with world.desk.writers() as session:
            await refusals.refuse(
                session,
                SITE,
                person=made.person,
                conversation=made.conversation,
                how="chat",
                now=world.clock(),
            )
            await session.commit()

        await world.send()
        await world.talk(OFFLINE, address="Ada@lifts.example")

        assert await world.later(hours=24) == []
        assert await world.mails() == []


async def test_nobody_decides_and_the_draft_goes(tmp_path: Path) -> None:
    async with a_world(tmp_path, expires_days=2) as world:
        made = await drafted(world)

        await world.later(days=3)

        assert await world.state(made) == ("stopped", "expired")
        with pytest.raises(NotOpen):
            await world.approve(made)


async def test_of_two_conversations_of_one_person_the_newer_one_is_followed_up(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.talk(PRICE)
        await world.later(hours=5)
        newer = await world.talk(OFFLINE)

        await world.later(hours=6)
        made = await world.later(hours=24)

        assert [each.conversation for each in made] == [newer]


@pytest.mark.parametrize("known", [True, False])
async def test_no_contact_said_in_the_chat_is_heeded_with_and_without_an_address(
    tmp_path: Path, known: bool
) -> None:
    async with a_world(tmp_path) as world:
        conversation = await world.talk(PRICE, address="ada@lifts.example" if known else "")
        async with world.desk.writers() as session:
            talk = await load_talk(session, world.desk.vault, SITE, conversation)
            scene = SimpleNamespace(
                case=said("Please do not contact me.", "unsubscribe", state=talk.state), session=session, site=SITE,
                talk=talk, secret=world.desk.secret, now=world.clock(),
                unsealed=lambda name: talk.details.get(name, ""),
            )  # fmt: skip
            await heed(cast("Scene", scene), talk.state)
            await session.commit()

        assert await world.later(hours=24) == []
        async with world.desk.readers() as session:
            names = {row.who.partition(":")[0] for row in await session.scalars(select(RefusalRow))}
        assert names == ({"person", "conversation"} if known else {"conversation"})
