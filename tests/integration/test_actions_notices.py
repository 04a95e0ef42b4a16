"""Notices: once, signed, without personal details, again when the receiver is busy, never when it refuses, no flood."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from server.actions import handoff, notices, outbox
from server.actions.notices import AddressBook, Addresses, Plan, load_addresses
from server.actions.outbox import RunOutcome
from server.actions.people_effects import Switchboard
from server.actions.posting import Poster
from server.actions.signing import keys_of
from server.actions.tables import EffectRow
from server.actions.values import HandoffRequest, Presence
from server.errors import BadSetting
from tests.support.actions_world import World, a_world, new_id
from tests.support.notice_server import NoticeServer, notice_server

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BOTH = Plan(frozenset({"handoff_asked", "hot_lead"}), ("slack", "webhook"))
SLACK = Plan(frozenset({"handoff_asked", "hot_lead"}), ("slack",))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def team() -> Iterator[NoticeServer]:
    with notice_server() as server:
        yield server


def book_of(team: NoticeServer, *, allow_private: bool = True) -> AddressBook:
    keys = keys_of(SECRET, "demo", "a test")
    return {"demo": Addresses(f"{team.url}/slack/T0/B0", f"{team.url}/hook", keys, allow_private)}


async def run_due(world: World, book: AddressBook, *, details: str = "") -> list[RunOutcome]:
    async def nobody_came(_site: str, _conversation: str) -> bool:
        return False

    async def said(_site: str, _conversation: str) -> str:
        return details

    board = Switchboard(
        world.sessions, book, Poster(), "https://desk.example", world.clock, nobody_came, said
    )
    async with world.sessions() as session:
        waiting = await outbox.due(session, now=world.clock())
    handlers = {**world.postroom().handlers(), **board.handlers()}
    return [await outbox.run(world.sessions, handlers, each, clock=world.clock) for each in waiting]


async def hot(world: World, conversation: str, plan: Plan = SLACK) -> None:
    async with world.sessions.begin() as session:
        await notices.tell(
            session, plan, "demo", "hot_lead", conversation=conversation, cause=conversation,
            now=world.clock(), said={"score": 72, "language": "de", "rep": "ada"},
        )  # fmt: skip


async def test_the_teams_chat_gets_one_message_with_a_link_and_nothing_personal(
    world: World, team: NoticeServer
) -> None:
    await hot(world, "c-1")
    await hot(world, "c-1")

    await run_due(world, book_of(team))

    (path, _, body) = team.taken[0]
    assert (len(team.taken), path) == (1, "/slack/T0/B0")
    message = json.loads(body)
    assert message["text"] == "A lead is hot (demo)"
    assert [block["type"] for block in message["blocks"]] == ["section", "context"]
    assert "<https://desk.example/console/site/demo/conversations/c-1|" in body
    assert "score 72" in body
    assert "@" not in body
    assert "email_1" not in body


async def test_details_go_out_where_the_playbook_lets_them_and_can_not_become_markup(
    world: World, team: NoticeServer
) -> None:
    await hot(world, "c-1")

    await run_due(world, book_of(team), details="Ada asked <!channel> & <https://evil.example|click>")

    section = team.bodies[0]["blocks"][0]["text"]["text"]
    assert "Ada asked &lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;" in section


async def test_the_webhook_is_signed_as_standard_webhooks_has_it(world: World, team: NoticeServer) -> None:
    await hot(world, "c-1", BOTH)

    await run_due(world, book_of(team))

    _, headers, body = next(each for each in team.taken if each[0] == "/hook")
    sent = world.clock()
    hook = Webhook(SECRET)
    assert headers["webhook-signature"] == hook.sign(headers["webhook-id"], sent, body)
    told = json.loads(body)
    assert (told["type"], told["data"]["score"]) == ("notice.hot_lead", 72)


async def test_a_busy_receiver_is_asked_again_no_sooner_than_it_says_and_gets_the_same_id(
    world: World, team: NoticeServer
) -> None:
    team.answers = [(429, {"retry-after": "90"}), (503, {})]
    await hot(world, "c-1", Plan(frozenset({"hot_lead"}), ("webhook",)))

    (first,) = await run_due(world, book_of(team))
    world.clock.passes(timedelta(seconds=89))
    too_soon = await run_due(world, book_of(team))
    world.clock.passes(timedelta(seconds=1))
    (second,) = await run_due(world, book_of(team))
    world.clock.passes(timedelta(minutes=1))
    (third,) = await run_due(world, book_of(team))

    assert [first.status, second.status, third.status] == ["waiting", "waiting", "done"]
    assert too_soon == []
    assert len({headers["webhook-id"] for _, headers, _ in team.taken}) == 1
    assert len(team.taken) == 3


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
async def test_a_receiver_that_refuses_is_not_asked_again(
    world: World, team: NoticeServer, status: int
) -> None:
    team.answers = [(status, {"location": f"{team.url}/elsewhere"})]
    await hot(world, "c-1")

    (given_up,) = await run_due(world, book_of(team))
    world.clock.passes(timedelta(days=1))

    assert given_up.status == "failed"
    assert await run_due(world, book_of(team)) == []
    assert len(team.taken) == 1
    async with world.sessions() as session:
        (row,) = await session.scalars(select(EffectRow))
        assert team.url not in (row.last_error or "")


async def test_an_address_that_leads_into_ones_own_network_is_not_asked(
    world: World, team: NoticeServer
) -> None:
    await hot(world, "c-1")

    (given_up,) = await run_due(world, book_of(team, allow_private=False))

    assert given_up.status == "failed"
    assert team.taken == []


async def test_a_busy_hour_ends_with_one_notice_for_all_that_did_not_fit(
    world: World, team: NoticeServer
) -> None:
    plan = Plan(frozenset({"hot_lead"}), ("slack",), per_hour=3)
    for number in range(10):
        await hot(world, f"c-{number}", plan)
    await run_due(world, book_of(team))
    in_the_hour = len(team.taken)
    world.clock.passes(timedelta(hours=1))
    await run_due(world, book_of(team))

    assert (in_the_hour, len(team.taken)) == (3, 4)
    assert team.bodies[-1]["text"].startswith("More happened this hour")


async def test_nobody_is_called_to_a_visitor_whom_somebody_has_joined_already(
    world: World, team: NoticeServer
) -> None:
    async with world.sessions.begin() as session:
        wish = HandoffRequest("demo", "c-1", "Asked for a person", "")
        there = Presence(1, open_now=True)
        made = await handoff.request(session, wish, presence=there, now=world.clock(), id=new_id())
        await notices.tell(
            session, SLACK, "demo", "handoff_asked", conversation="c-1", cause=made.id, now=world.clock(),
            said={"handoff": made.id, "reason": made.reason},
        )  # fmt: skip
        await handoff.join(session, "demo", "c-1", "ada", now=world.clock())

    await run_due(world, book_of(team))

    assert team.taken == []


async def test_what_is_not_wished_for_or_has_nowhere_to_go_leaves_no_row(world: World) -> None:
    await hot(world, "c-1", Plan(frozenset({"meeting_booked"}), ("slack",)))
    await hot(world, "c-2", Plan(frozenset({"hot_lead"}), ()))

    async with world.sessions() as session:
        assert list(await session.scalars(select(EffectRow))) == []


def test_addresses_are_read_by_site_and_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "notices.yaml"
    file.write_text(
        f"demo:\n  slack: https://hooks.example/T0/B0/x\n  webhook: {{ url: https://in.example, secret: {SECRET} }}\n"
    )

    book = load_addresses(file)

    assert book["demo"].channels == ("slack", "webhook")
    assert "hooks.example" not in repr(book)
    assert "MfKQ" not in repr(book)
    assert load_addresses(tmp_path / "absent.yaml") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("demo:\n  slak: https://hooks.example/secret", "demo.slak"),
        ("demo:\n  slack: ftp://hooks.example/secret", "demo.slack"),
        ("demo:\n  webhook: { url: https://in.example/secret, secret: short }", "demo"),
        ("- secret", "a mapping of sites"),
        ("demo: [secret", "notices.yaml:1"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place_and_without_what_is_secret_in_it(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "notices.yaml"
    file.write_text(text)

    with pytest.raises(BadSetting) as refused:
        load_addresses(file)

    assert told in str(refused.value)
    assert "/secret" not in str(refused.value)
    assert "short" not in str(refused.value).removesuffix("too short")
