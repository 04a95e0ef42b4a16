"""Conversations in the console: live, taken over, and with their personal details sealed until somebody asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from server.actions import handoff
from server.actions.values import ABOUT_DATA, HandoffRequest, Presence
from server.review import talks
from server.store.tables import Conversation, Logged, Rating, Unsealing
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


@pytest.fixture
async def talk(world: World) -> str:
    return await a_conversation(world)


async def test_a_conversation_shows_what_was_said_and_answered_with_its_sources(
    world: World, talk: str
) -> None:
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))

    said = page.select("#transcript .said")
    assert [item["class"][-1] for item in said] == ["visitor", "assistant", "visitor"]
    assert "Team includes single sign-on" in said[1].text
    assert attribute(said[1], ".sources a", "href") == "https://fernway.example/docs/sso#plans"
    assert attribute(said[1], ".inspect", "href").endswith(f"/decisions/{world.turns[0]}")


async def test_personal_details_are_chips_and_nowhere_in_the_page(world: World, talk: str) -> None:
    await an_update(world, talk)
    async with visiting(world, "viewer") as visit:
        for path in (
            f"conversations/{talk}",
            "conversations",
            "inbox",
            f"decisions/{world.turns[0]}",
            "meetings",
        ):
            page = await visit.see(path)

            assert "ada0@example.com" not in page.text, path
            for raw in (found := shown(page)).select("pre"):
                raw.decompose()  # the JSON document shows placeholders as they are
            assert "[email_1]" not in words(found), path


async def test_revealing_opens_the_details_and_writes_down_who_asked(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"conversations/{talk}/reveal")

    assert "ada0@example.com" in answer.text
    async with world.desk.readers() as session:
        opened = list(await session.scalars(select(Unsealing)))
    assert {(each.placeholder, each.by, each.at) for each in opened} == {
        ("[email_1]", "rep", NOW),
        ("[person_1]", "rep", NOW),
    }


async def test_looking_at_a_conversation_opens_no_seal(world: World, talk: str) -> None:
    async with visiting(world, "admin") as visit:
        await visit.see(f"conversations/{talk}")
        await visit.see(f"conversations/{talk}/after/0", part=True)

    async with world.desk.readers() as session:
        assert list(await session.scalars(select(Unsealing))) == []


async def test_what_is_new_comes_by_itself_and_only_once(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))
        quiet = await visit.get(attribute(page, ".tail", "hx-get"))
        await world.floor.say_as_person(SITE, talk, "rep", "Hello, I am from the sales team.")
        news = await visit.get(attribute(page, ".tail", "hx-get"))
        after = attribute(shown(news), ".tail", "hx-get")
        again = await visit.get(after)

    assert (quiet.status_code, again.status_code) == (204, 204)
    assert news.text.count("Hello, I am from the sales team.") == 1
    assert "about forty of us" not in news.text


async def test_the_list_answers_with_nothing_until_something_changes(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("conversations"))
        have = attribute(page, "#talk-list", "hx-vals")
        mark = have.split('"have": "')[1].split('"')[0]
        same = await visit.get(
            f"/console/site/{SITE}/conversations", params={"have": mark}, headers={"hx-request": "true"}
        )
        await a_conversation(world, 1)
        changed = await visit.get(
            f"/console/site/{SITE}/conversations", params={"have": mark}, headers={"hx-request": "true"}
        )

    assert same.status_code == 204
    assert changed.text.count("row-item") == 2


async def test_a_rep_takes_over_replies_and_hands_back(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        before = await visit.see(f"conversations/{talk}")
        early = await visit.press(f"conversations/{talk}/say", text="Too early")
        taken = await visit.press(f"conversations/{talk}/take-over")
        said = await visit.press(f"conversations/{talk}/say", text="Hello <b>there</b>")
        back = await visit.press(f"conversations/{talk}/hand-back")

    assert 'id="reply"' not in before.text
    assert early.status_code == 409
    assert 'id="reply"' in taken.text
    assert "Hello &lt;b&gt;there&lt;/b&gt;" in said.text
    assert "Take over" in back.text
    assert [asked[0] for asked in world.floor.asked] == ["take_over", "say", "hand_back"]
    assert {asked[3] for asked in world.floor.asked} == {"rep"}


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
async def test_an_empty_or_endless_reply_is_refused(world: World, talk: str, text: str) -> None:
    async with visiting(world, "rep") as visit:
        await visit.press(f"conversations/{talk}/take-over")
        answer = await visit.press(f"conversations/{talk}/say", text=text)

    assert answer.status_code == 400
    assert len(world.floor.asked) == 1


async def test_markup_in_a_visitors_words_stays_words_on_every_page(world: World, talk: str) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    async with world.desk.writers() as session:
        row = await session.get(Conversation, talk)
        assert row is not None
        row.state = {
            **row.state,
            "questions": [nasty],
            "facts": [
                {"name": nasty, "value": nasty, "how": nasty, "confidence": 1, "evidence": {"quote": nasty}}
            ],
            "pages": [nasty],
        }
        logged = await session.get(Logged, (talk, 1))
        assert logged is not None
        logged.body = {**logged.body, "text": nasty, "name": nasty}
        await session.commit()

    async with visiting(world, "rep") as visit:
        for path in ("conversations", f"conversations/{talk}", f"conversations/{talk}/after/0"):
            page = (await visit.see(path)).text

            assert "<script>alert" not in page
            assert "<img" not in page
            assert "&lt;script&gt;alert(1)" in page, path


async def test_a_block_of_an_unknown_version_does_not_hide_the_rest(world: World, talk: str) -> None:
    async with world.desk.writers() as session:
        row = await session.get(Logged, (talk, 2))
        assert row is not None
        row.body = {**row.body, "block": {"kind": "hologram"}}
        await session.commit()

    async with visiting(world, "rep") as visit:
        page = (await visit.see(f"conversations/{talk}")).text

    assert "Open Settings, Security." in page
    assert "about forty of us" in page


async def test_a_colleague_may_neither_write_nor_hand_back_what_somebody_else_has(
    world: World, talk: str
) -> None:
    async with visiting(world, "manager") as visit:
        await visit.press(f"conversations/{talk}/take-over")
    async with visiting(world, "rep") as visit:
        page = await visit.see(f"conversations/{talk}")
        refused = await visit.press(f"conversations/{talk}/hand-back")
    async with visiting(world, "manager") as visit:
        given_back = await visit.press(f"conversations/{talk}/hand-back")

    assert 'id="reply"' not in page.text
    assert "With manager" in page.text
    assert (refused.status_code, given_back.status_code) == (409, 200)


@pytest.mark.parametrize("to", ["viewer", "nobody", "rep"])
async def test_a_conversation_is_passed_on_to_colleagues_who_may_answer_only(
    world: World, talk: str, to: str
) -> None:
    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"conversations/{talk}/transfer", to=to, note="")

    assert answer.status_code == 400
    assert world.floor.asked == []


async def test_a_viewer_may_not_pass_on(world: World, talk: str) -> None:
    async with visiting(world, "viewer") as visit:
        answer = await visit.press(f"conversations/{talk}/transfer", to="rep", note="")

    assert answer.status_code == 403


async def test_who_looks_on_sees_that_a_colleague_has_taken_it_without_loading_the_page_again(
    world: World, talk: str
) -> None:
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))
        after = attribute(page, ".tail", "hx-get").partition(f"{talk}/")[2]
        async with world.desk.writers() as session:
            row = await session.get(Conversation, talk)
            assert row is not None
            row.state = {**row.state, "with_person": True, "person": "another"}
            await session.commit()

        news = shown(await visit.see(f"conversations/{talk}/{after}"))
        again = attribute(news, ".tail", "hx-get").partition(f"{talk}/")[2]
        later = await visit.see(f"conversations/{talk}/{again}")

    assert words(news, "#talk-head h2") == "With another"
    assert attribute(news, "#talk-head", "hx-swap-oob") == "true"
    assert "Take over" not in news.get_text()
    assert "another answers here." in words(news, "#talk-reply")
    assert "talk-head" not in later.text, "a half-written answer is left alone"


async def test_a_request_about_data_stands_apart_and_a_long_queue_is_cut(
    world: World, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await a_conversation(world, 1)
    wishes = [(talk, "Asked for a person"), (other, ABOUT_DATA["unsubscribe"])]
    async with world.desk.writers() as session:
        for conversation, reason in wishes:
            wish = HandoffRequest(site=SITE, conversation=conversation, reason=reason, summary="", email=None)
            await handoff.request(session, wish, presence=Presence(0, False), now=NOW, id=f"h-{conversation}")
        await session.commit()
    async with visiting(world, "viewer") as visit:
        both = shown(await visit.see("conversations"))
        opened = shown(await visit.see(f"conversations/{other}"))
        monkeypatch.setattr(talks, "WAITING", 1)
        cut = shown(await visit.see("conversations"))

    parts = [part.get_text(" ", strip=True) for part in both.select("#talk-list h2")]
    assert parts[:2] == ["Waiting for a person longest first", "Requests about data longest first"]
    assert words(opened, "#talk-head h2") == "A request about data"
    assert "1 more wait." in cut.get_text()
    assert "more wait." not in both.get_text()


async def test_a_colleagues_own_name_stands_as_typed(world: World, talk: str) -> None:
    async with world.desk.writers() as session:
        body = {"type": "message", "author": "person", "text": "I'm [colleague_1], and [email_1] is yours."}
        session.add(
            Logged(conversation=talk, seq=90, site=SITE, type="message", body=body, message="m-90", at=NOW)
        )
        details = [("[colleague_1]", "colleague", "Marlene")]
        world.desk.vault.seal(session, site=SITE, conversation=talk, details=details, now=NOW)
        await session.commit()

    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))

    assert "I'm Marlene, and e-mail address 1 is yours." in words(page, "#transcript")
    assert "colleague" not in words(page, "#details")


async def test_what_was_wrong_with_an_answer_stands_beside_it_as_words(world: World, talk: str) -> None:
    async with world.desk.writers() as session:
        session.add(
            Rating(
                turn=world.turns[0],
                site=SITE,
                conversation=talk,
                value="down",
                reason="out of date: <img src=x onerror=alert(1)> ask [email_1]",
                at=NOW,
            )
        )
        await session.commit()

    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))

    thumb = page.select_one(".thumb.down")
    assert thumb is not None
    assert "rated not helpful: out of date: <img src=x onerror=alert(1)> ask" in " ".join(thumb.text.split())
    assert page.select("#transcript img") == []
    assert thumb.select_one(".sealed") is not None
