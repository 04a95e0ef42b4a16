"""Signed-in users and their conversations: whose they are, what goes on where, and what is kept of whom."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.briefing import brief_text
from server.erasing import erase_conversation
from server.errors import NotFound
from server.floor import Floor, Joined
from server.frames import Consent, Hello, Say
from server.members.introducing import remember
from server.members.signing import demo_key, signed
from server.members.values import IdentityRefused, bearer_of
from server.moves import news
from server.store import helped, members
from server.store.conversations import frames_after, load_talk
from server.store.history import history_of, who_of
from server.turn import take_turn
from server.visitor_data import conversations_of, export
from server.wiring import House, build
from tests.support.models import an_installation

QUESTION = "How do I connect my own encryption key?"
HIDDEN = ("enterprise/", "Connect a key", "wraps a random value", "Copy the grant", "Connect your own")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    await built.desk.library.refresh("demo")
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


def token_of(house: House, who: str = "ada", **said: Any) -> str:
    desk = house.desk
    given = {"name": f"{who.title()} Example", "email": f"{who}@acme.example", "plan": "enterprise", **said}
    return signed(demo_key(desk.secret), site="demo", subject=who, now=desk.clock(), **given)


def hello(token: str | None = None, **more: Any) -> Hello:
    return Hello(type="hello", site="demo", identity=token, **{"consent": "conversation", **more})


async def say(house: House, joined: Joined, words: str = "What does Team cost?") -> None:
    frame = Say(type="say", id=uuid.uuid4().hex, text=words)
    await take_turn(house.desk, "demo", joined.conversation, frame, joined.member)


async def log_of(house: House, joined: Joined) -> str:
    async with house.desk.readers() as session:
        return json.dumps(await frames_after(session, house.desk.vault, "demo", joined.conversation, 0))


async def rows(house: House, query: str) -> list[Any]:
    async with house.desk.readers() as session:
        return [tuple(row) for row in (await session.execute(text(query))).all()]


async def test_a_conversation_is_its_members_on_every_device_and_nobody_elses(house: House) -> None:
    floor, ada, bob = Floor(house.desk), token_of(house), token_of(house, "bob")
    first = await floor.join(hello(ada))
    await say(house, first)

    elsewhere = await floor.join(hello(ada))
    in_help = await floor.join(hello(ada, mode="help"))
    anew = await floor.join(hello(ada, fresh=True))
    named = await floor.join(hello(ada, conversation=first.conversation))
    same_browser = {"visitor_token": first.token, "conversation": first.conversation}
    somebody = await floor.join(hello(bob, **same_browser))
    signed_out = await floor.join(hello(None, **same_browser))

    assert elsewhere.conversation == named.conversation == first.conversation
    assert elsewhere.visitor != first.visitor, (
        "a device keeps its own token, which opens nothing of another one's"
    )
    assert len({each.conversation for each in (first, in_help, anew, somebody, signed_out)}) == 5
    assert somebody.member is not None
    assert signed_out.member is None
    with pytest.raises(NotFound):
        await floor.own("demo", first.conversation, signed_out.token, None)
    with pytest.raises(NotFound):
        await floor.own("demo", first.conversation, somebody.token, bob)
    owned = await floor.own("demo", first.conversation, elsewhere.token, ada)
    assert (owned.conversation, owned.visitor) == (first.conversation, elsewhere.visitor)
    assert somebody.member is not None
    assert owned.member not in {"", somebody.member.key}


async def test_an_anonymous_conversation_becomes_the_members_who_goes_on_with_it(house: House) -> None:
    floor, ada = Floor(house.desk), token_of(house)
    before = await floor.join(hello())
    await say(house, before)
    other_tab = before

    after = await floor.join(hello(ada, visitor_token=before.token, conversation=before.conversation))
    stranger = await floor.join(hello(token_of(house, "bob"), conversation=before.conversation))

    assert after.conversation == before.conversation
    assert stranger.conversation != before.conversation
    with pytest.raises(IdentityRefused):
        await floor.still(other_tab)
    assert (await floor.still(after)).member is not None
    async with house.desk.readers() as session:
        shown = await frames_after(session, house.desk.vault, "demo", before.conversation, 0, member="")
        theirs = await frames_after(
            session,
            house.desk.vault,
            "demo",
            before.conversation,
            0,
            member=after.member.key if after.member else "",
        )
    assert not shown, "a tab of before sees nothing more of it"
    assert theirs
    back = await floor.join(hello(None, visitor_token=before.token, conversation=before.conversation))
    assert back.conversation != before.conversation


async def test_only_a_week_old_conversation_is_gone_on_with(house: House) -> None:
    floor, ada = Floor(house.desk), token_of(house)
    first = await floor.join(hello(ada))
    async with house.desk.readers() as session:
        key = (await floor.still(first)).member.key  # type: ignore[union-attr]
        soon = await members.current_of(session, "demo", key, "chat", house.desk.clock() + timedelta(days=6))
        late = await members.current_of(session, "demo", key, "chat", house.desk.clock() + timedelta(days=8))
        other_site = await members.current_of(session, "other", key, "chat", house.desk.clock())

    assert soon is not None
    assert late is None
    assert other_site is None


async def test_what_the_token_says_is_known_in_the_conversation_and_kept_sealed(house: House) -> None:
    floor, ada = Floor(house.desk), token_of(house, company="Acme")
    joined = await floor.join(hello(ada, consent="necessary"))
    await floor.join(hello(ada, consent="necessary"))
    await say(house, joined, "I am ada@acme.example. What does Team cost?")

    async with house.desk.readers() as session:
        talk = await load_talk(session, house.desk.vault, "demo", joined.conversation)
        kept = await members.kept(session, house.desk.vault, "demo", talk.member)
        brief = await brief_text(house.desk, session, "demo", joined.conversation)
    stored = json.dumps(
        [
            await rows(house, f'select * from "{table}"')
            for table in ("conversations", "log", "decisions", "vault")
        ],
        default=str,
    )

    assert talk.state.signed_in is not None
    assert talk.details[talk.state.signed_in.email] == "ada@acme.example"
    assert talk.details[talk.state.signed_in.name] == "Ada Example"
    assert len(talk.details) == 2, "told again by the visitor, it is the same detail"
    assert talk.state.known("email") is not None
    assert talk.state.known("company") is not None
    assert f"- {talk.state.signed_in.name}, plan Enterprise, Acme" in brief
    assert kept is None, "under `necessary` nothing is kept beyond the conversation"
    for secret in ("ada@acme.example", "Ada Example"):
        assert secret not in stored


async def test_who_lets_us_remember_is_kept_sealed_until_they_take_it_back(house: House) -> None:
    floor, desk, ada = Floor(house.desk), house.desk, token_of(house)
    joined = await floor.join(hello(ada))
    key = joined.member.key if joined.member else ""

    async def kept() -> members.Kept | None:
        async with desk.readers() as session:
            return await members.kept(session, desk.vault, "demo", key)

    assert await kept() is None
    await floor.consent(joined, Consent(type="consent", id="consent-0001", level="remembered"))
    remembered = await kept()
    assert remembered is not None
    assert remembered.details["email"] == "ada@acme.example"
    assert "ada@acme" not in str(await rows(house, "select * from members"))

    await floor.consent(joined, Consent(type="consent", id="consent-0002", level="conversation"))
    assert await kept() is None


async def test_facts_of_one_member_are_not_remembered_for_another_in_the_same_browser(house: House) -> None:
    floor, desk = Floor(house.desk), house.desk
    ada, bob = token_of(house), token_of(house, "bob")
    first = await floor.join(hello(ada, consent="remembered"))
    await say(house, first, "We are 45 people. What does Team cost?")

    async def remembers(joined: Joined) -> set[str]:
        async with desk.readers() as session:
            talk = await load_talk(session, desk.vault, "demo", joined.conversation)
            limits = desk.playbooks.of("demo").limits
            history = await history_of(session, talk, limits, who_of(talk, desk.secret), desk.clock())
        return {fact.name for fact in history.facts}

    same = {"visitor_token": first.token, "consent": "remembered", "fresh": True}
    assert "team_size" in await remembers(await floor.join(hello(ada, consent="remembered", fresh=True)))
    assert not await remembers(await floor.join(hello(bob, **same)))
    assert not await remembers(await floor.join(hello(None, **same)))


async def test_export_and_erasure_are_the_members_own(house: House) -> None:
    floor, desk, ada = Floor(house.desk), house.desk, token_of(house)
    first = await floor.join(hello(ada, consent="remembered"))
    second = await floor.join(hello(ada, mode="help", consent="remembered", visitor_token=first.token))
    anonymous = await floor.join(hello(None, visitor_token=first.token))
    key = first.member.key if first.member else ""

    async with desk.writers() as session:
        theirs = await conversations_of(session, "demo", "another-browser", key)
        nobodys = await conversations_of(session, "demo", first.visitor)
        await helped.mark(session, "demo", f"member:{key}", "step", "start/one", desk.clock())
        await session.flush()
        held = await export(desk, session, "demo", theirs, key)
        for each in theirs:
            await erase_conversation(session, "demo", each, by="visitor", now=desk.clock())
        await session.commit()
        kept = await members.kept(session, desk.vault, "demo", key)
        after = await helped.held(session, "demo", f"member:{key}")

    assert theirs == [first.conversation, second.conversation]
    assert nobodys == [anonymous.conversation]
    assert held["signed_in_user"]["email"] == "ada@acme.example"
    assert [mark["key"] for mark in held["help_panel"]["marks"]] == ["start/one"]
    assert after == {}
    assert key not in json.dumps(held)
    assert kept is None


async def test_a_visitor_who_is_not_to_be_remembered_any_more_leaves_nothing_in_the_help_panel(
    house: House,
) -> None:
    desk, floor = house.desk, Floor(house.desk)
    joined = await floor.join(hello(consent="remembered"))
    who = f"visitor:{joined.visitor}"
    async with desk.writers() as session:
        await helped.mark(session, "demo", who, "step", "start/one", desk.clock())
        await helped.vote(session, "demo", "an-article", who, "yes", "", desk.clock())
        await session.commit()

    for level in ("remembered", "conversation"):
        await floor.consent(joined, Consent(type="consent", id=uuid.uuid4().hex, level=level))
        async with desk.readers() as session:
            assert bool(await helped.held(session, "demo", who)) is (level == "remembered")


async def test_who_may_read_more_is_answered_with_more_and_the_others_hear_nothing_of_it(
    house: House,
) -> None:
    floor = Floor(house.desk)
    told: dict[str, str] = {}
    for plan in ("enterprise", "starter", "enterprise", ""):
        given = token_of(house, f"user-{plan}", plan=plan) if plan else None
        joined = await floor.join(hello(given, fresh=True))
        await say(house, joined, QUESTION)
        told[plan] = await log_of(house, joined)

    records = [
        json.loads(row[0]) for row in await rows(house, "select record from decisions order by at, turn")
    ]
    gaps = json.dumps(await rows(house, "select * from knowledge_gaps"), default=str)

    assert "enterprise/customer-managed-keys" in told["enterprise"]
    for plan in ("starter", ""):
        assert not [word for word in HIDDEN if word in told[plan]]
    assert told["starter"].count("block") == told[""].count("block"), (
        "it is told as to anybody: nothing hints at more"
    )
    assert [record["audience"] for record in records] == [
        ["public", "signed-in", "starter", "team", "business", "enterprise"],
        ["public", "signed-in", "starter"],
        ["public", "signed-in", "starter", "team", "business", "enterprise"],
        ["public"],
    ]
    assert "enterprise/" not in gaps


def _blocks(log: str) -> list[Any]:
    return [frame["block"] for frame in json.loads(log) if frame["type"] == "block"]


async def test_what_the_host_application_said_goes_to_the_crm_with_the_visitors_consent_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, told = Floor(house.desk), []
    real = news._proposal

    def noted(*given: Any) -> Any:
        told.append(real(*given))
        return told[-1]

    monkeypatch.setattr(news, "_proposal", noted)
    for level in ("necessary", "conversation"):
        joined = await floor.join(hello(token_of(house, level), consent=level))
        await say(house, joined, "We are 45 people. What does Team cost?")

    learned = {field.name: field for field in told[0].learned}
    assert len(told) == 1
    assert told[0].consent.level == "conversation"
    assert learned["email"].how == "enriched"
    assert learned["email"].value.startswith("[email_")


async def test_two_devices_that_are_remembered_at_once_are_both(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(hello(token_of(house)))
    tries = []

    async def collides_once(*given: Any) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise IntegrityError("insert", None, Exception("the other device was first"))
        await remember(*given)

    monkeypatch.setattr("server.floor.remember", collides_once)
    await floor.consent(joined, Consent(type="consent", id="consent-0001", level="remembered"))

    assert len(tries) == 2
    assert len(await rows(house, "SELECT key FROM members")) == 1


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer  ", "token", "Bearer " + "x" * 9_000])
def test_a_header_that_brings_no_token_is_refused_and_none_is_nobody(header: str) -> None:
    with pytest.raises(IdentityRefused):
        bearer_of(header)
    assert bearer_of("") is None
    assert bearer_of("bearer  a.b.c ") == "a.b.c"
