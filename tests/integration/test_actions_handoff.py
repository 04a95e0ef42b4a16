"""Hand-overs through the real house: honest about who is there, briefed, passed on, routed, and silent."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from crm_sync.tables import ContactRow
from server.actions import handoff, outbox, presence, routing
from server.actions.notices import Addresses
from server.actions.people_tables import HandoffStepRow, RouteRow
from server.actions.tables import EffectRow, HandoffRow, MailRow
from server.briefing import brief_of
from server.erasing import erase_conversation
from server.errors import FrontdeskError
from server.floor import Floor, Joined
from server.frames import Hello, Say
from server.playbook import Playbook, Playbooks
from server.store.conversations import frames_after, load_talk
from server.turn import take_turn
from server.wiring import DEMO, House, build
from tests.support.actions_world import MONDAY, Now
from tests.support.models import an_installation

ROUTING = {
    "reps": [
        {"key": "sales", "logins": ["ada"], "weight": 2},
        {"key": "solutions", "logins": ["ben"], "owner": ["Ben of solutions"]},
    ],
    "teams": {"lifts": ["solutions"]},
    "rules": [
        {
            "when": {"fact": "industry", "one_of": ["lifts", "lift maintenance"]},
            "to": "lifts",
            "because": "Lifts go to solutions",
        }
    ],
}


@pytest.fixture
async def clock() -> Now:
    return Now(MONDAY + timedelta(hours=1))


@pytest.fixture
async def house(tmp_path: Path, clock: Now) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path), clock=clock)
    raw = yaml.safe_load((DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8"))
    raw["routing"] = ROUTING
    raw["handoff"] = {**raw["handoff"], "presence": "console", "wait_minutes": 3}
    book = Playbook.model_validate(raw)
    book_of = {"demo": Addresses(slack="https://hooks.example/T0")}
    desk = replace(built.desk, playbooks=Playbooks({"demo": book}), address_book=book_of)
    await desk.library.refresh("demo")
    yield replace(built, desk=desk)
    built.desk.pool.shutdown()
    await built.engine.dispose()


async def a_visitor(house: House, **more: Any) -> Joined:
    hello = Hello(type="hello", site="demo", consent="conversation", **more)
    return await Floor(house.desk).join(hello)


async def say(house: House, joined: Joined, words: str) -> None:
    frame = Say(type="say", id=uuid.uuid4().hex, text=words)
    await take_turn(house.desk, "demo", joined.conversation, frame)


async def at_desk(house: House, login: str) -> None:
    async with house.desk.writers() as session:
        await presence.switch(session, "demo", login, available=True, now=house.desk.clock())
        await session.commit()


async def run_due(house: House) -> None:
    async with house.desk.readers() as session:
        due = await outbox.due(session, now=house.desk.clock())
    for each in due:
        await outbox.run(house.desk.writers, house.handlers, each, clock=house.desk.clock)


async def shown(house: House, joined: Joined) -> list[dict[str, Any]]:
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, "demo", joined.conversation, 0)


async def handed_over(house: House, joined: Joined) -> dict[str, Any]:
    frames = await shown(house, joined)
    blocks = [frame["block"] for frame in frames if frame["type"] == "block"]
    return next(block for block in reversed(blocks) if block["kind"] == "handoff")


async def test_within_the_hours_nobody_is_promised_who_is_not_there(house: House) -> None:
    alone, served = await a_visitor(house), await a_visitor(house)

    await say(house, alone, "I want to talk to a person")
    await at_desk(house, "ada")
    await say(house, served, "I want to talk to a person")

    assert (await handed_over(house, alone))["state"] == "nobody"
    assert (await handed_over(house, served))["state"] == "asked"
    async with house.desk.readers() as session:
        kinds = [row.payload["event"] for row in await session.scalars(
            select(EffectRow).where(EffectRow.kind == "notice_slack").order_by(EffectRow.created_at)
        )]  # fmt: skip
    assert kinds == ["nobody_there", "handoff_asked"]


async def test_outside_the_hours_they_are_told_when_somebody_is_back_on_their_own_clock(
    house: House, clock: Now
) -> None:
    clock.at = MONDAY - timedelta(hours=2)
    joined = await a_visitor(house, time_zone="America/New_York")

    await say(house, joined, "I want to talk to a person")

    told = (await handed_over(house, joined))["text"]
    assert "We are back Mon" in told
    assert "2:00" in told
    assert "New York" in told


async def test_who_waits_too_long_is_told_so_once_and_it_becomes_a_task(house: House, clock: Now) -> None:
    await at_desk(house, "ada")
    joined = await a_visitor(house)
    await say(house, joined, "I want to talk to a person")
    clock.passes(timedelta(minutes=2))
    await run_due(house)
    early = len(await shown(house, joined))

    clock.passes(timedelta(minutes=2))
    await run_due(house)
    await run_due(house)

    frames = (await shown(house, joined))[early:]
    assert [frame["author"] for frame in frames] == ["system"]
    assert "e-mail address" in frames[0]["text"]
    async with house.desk.readers() as session:
        assert [row.state for row in await session.scalars(select(HandoffRow))] == ["nobody"]
    await say(house, joined, "ada@lifts.example")
    async with house.desk.readers() as session:
        (row,) = await session.scalars(select(HandoffRow))
        assert row.email == "[email_1]"


async def test_who_was_joined_in_time_hears_nothing_of_waiting(house: House, clock: Now) -> None:
    await at_desk(house, "ada")
    joined = await a_visitor(house)
    await say(house, joined, "I want to talk to a person")
    await Floor(house.desk).take_over("demo", joined.conversation, "ada")
    before = len(await shown(house, joined))

    clock.passes(timedelta(minutes=10))
    await run_due(house)

    assert len(await shown(house, joined)) == before


async def test_the_brief_says_what_was_answered_what_was_not_and_why_this_score(house: House) -> None:
    joined = await a_visitor(house)
    await say(house, joined, "What does the Team plan cost? We are 40 people in lift maintenance")
    await say(house, joined, "Do you have an office on the moon?")
    await say(house, joined, "I want to talk to a person, I am at ada@lifts.example")

    async with house.desk.readers() as session:
        brief = await brief_of(session, house.desk.policy("demo"), "demo", joined.conversation)
    assert brief is not None
    assert any("Team" in each.question and each.sources for each in brief.answered)
    assert any("moon" in each.question for each in brief.unanswered)
    assert {"team_size", "industry"} <= {fact.name for fact in brief.facts}
    assert brief.score.total > 0
    assert brief.route is not None
    assert brief.route.trace[-1].said.startswith("Lifts go to solutions")

    await run_due(house)
    async with house.desk.readers() as session:
        mails = list(await session.scalars(select(MailRow)))
    told = next(mail for mail in mails if mail.to == "sales@fernway.example")
    assert "ada@lifts.example" in told.text
    for part in (
        "Not answered:",
        "office on the moon",
        "Asked and answered:",
        "Score ",
        "Lead of solutions:",
    ):
        assert part in told.text


async def test_the_owner_in_the_crm_gets_the_lead_whatever_the_rules_say(house: House) -> None:
    async with house.desk.writers() as session:
        session.add(
            ContactRow(
                id=str(uuid.uuid4()), site="demo", origin="person:ada", created_at=MONDAY, updated_at=MONDAY,
                email_key="ada@lifts.example", email="ada@lifts.example", owner="Fernway sales", writers={},
                custom={},
            )
        )  # fmt: skip
        await session.commit()
    joined = await a_visitor(house)
    await say(house, joined, "We do lift maintenance, reach me at ada@lifts.example")
    await say(house, joined, "I want to talk to a person")

    async with house.desk.readers() as session:
        route = await routing.of(session, "demo", joined.conversation)
        (waits,) = await handoff.waiting(session, "demo")
    assert route is not None
    assert (route.rep, route.how, waits.assigned) == ("sales", "owner", "ada")


async def test_a_rep_passes_on_with_a_note_that_is_sealed_and_moves_the_lead(house: House) -> None:
    joined = await a_visitor(house)
    floor = Floor(house.desk)
    await say(house, joined, "I want to talk to a person")
    await floor.take_over("demo", joined.conversation, "ada")

    await floor.transfer("demo", joined.conversation, "ada", "ben", "Call them on +49 30 901820 please")

    with pytest.raises(FrontdeskError, match="'ben' has this conversation"):
        await floor.say_as_person("demo", joined.conversation, "ada", "One more thing")
    await floor.say_as_person("demo", joined.conversation, "ben", "I take it from here.")
    async with house.desk.readers() as session:
        steps = await handoff.steps(session, "demo", joined.conversation)
        route = await routing.of(session, "demo", joined.conversation)
        talk = await load_talk(session, house.desk.vault, "demo", joined.conversation)
    assert [(step.act, step.by, step.to) for step in steps] == [
        ("joined", "ada", None),
        ("transferred", "ada", "ben"),
    ]
    assert steps[1].note == "Call them on [phone_1] please"
    assert route is not None
    assert (route.rep, route.how) == ("solutions", "transfer")
    assert talk.state.with_person
    assert "901820" not in str(await shown(house, joined)), "the note is for the colleague only"


async def test_what_is_erased_takes_its_route_and_its_notes_along(house: House) -> None:
    joined = await a_visitor(house)
    await say(house, joined, "I want to talk to a person")
    await Floor(house.desk).transfer("demo", joined.conversation, "ada", "ben", "An old friend")

    async with house.desk.writers() as session:
        await erase_conversation(session, "demo", joined.conversation, by="ada", now=house.desk.clock())
        await session.commit()

    async with house.desk.readers() as session:
        for table in (HandoffRow, HandoffStepRow, RouteRow):
            assert list(await session.scalars(select(table))) == []


async def test_times_for_a_meeting_are_those_of_whose_lead_it_is_first(house: House) -> None:
    async with house.desk.writers() as session:
        session.add(
            ContactRow(
                id=str(uuid.uuid4()), site="demo", origin="person:ada", created_at=MONDAY, updated_at=MONDAY,
                email_key="ada@lifts.example", email="ada@lifts.example", owner="Ben of solutions", writers={},
                custom={},
            )
        )  # fmt: skip
        await session.commit()
    known, unknown = [await a_visitor(house, time_zone="Europe/Berlin") for _ in range(2)]
    await say(house, known, "my mail is ada@lifts.example")

    for joined in (known, unknown):
        await say(house, joined, "Can I see a demo on Tuesday at 11:00?")

    # Both reps are free then; without an owner it is the turn of sales, who have twice the weight.
    offered = [await first_slot(house, joined) for joined in (known, unknown)]
    assert ["solutions" in slot for slot in offered] == [True, False]


async def first_slot(house: House, joined: Joined) -> str:
    frames = await shown(house, joined)
    slots = next(
        frame["block"] for frame in frames if frame["type"] == "block" and frame["block"]["kind"] == "slots"
    )
    return str(slots["days"][0]["slots"][0]["value"])


async def test_who_wants_no_mail_is_sent_no_receipt_of_it(house: House) -> None:
    visitor = await a_visitor(house)

    await say(house, visitor, "I'm reachable at ada@example.com. How long is the trial?")
    await say(house, visitor, "don't contact me again")

    async with house.desk.readers() as session:
        kinds = {row.kind for row in await session.scalars(select(EffectRow))}
    assert "handoff_mail" in kinds
    assert "handoff_receipt" not in kinds
