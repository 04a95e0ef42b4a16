"""Possible duplicates and drift on screen, and word of a CRM that refuses our key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from uuid_utils import uuid7

from crm_sync import Consent, Learned, Proposal, Target
from crm_sync.comparing.tables import DriftRow
from crm_sync.delivering.tables import ProviderStateRow
from crm_sync.tables import ContactRow
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def two_alike(world: World) -> str:
    """Two contacts with one telephone number; the id of the pair that the look through the CRM finds."""
    async with world.desk.writers() as session:
        for number, name in enumerate(("Ada Example", "Ada M. Example")):
            session.add(
                ContactRow(
                    id=str(uuid7()), site=SITE, origin="person:rep", created_at=NOW, updated_at=NOW, name=name,
                    email=f"ada{number}@example.com", email_key=f"ada{number}@example.com",
                    phone="+49 30 5550100", custom={}, writers={},
                )
            )  # fmt: skip
        await session.commit()
    await world.ledger.find_duplicates(SITE, now=NOW, new_id=lambda: str(uuid7()))
    return (await world.ledger.duplicates(SITE))[0].id


async def test_two_records_stand_side_by_side_and_are_merged_and_parted_again(world: World) -> None:
    pair = await two_alike(world)

    async with visiting(world, "rep") as visit:
        listed = shown(await visit.see("crm/duplicates"))
        beside = shown(await visit.see(f"crm/duplicates/{pair}"))
        keep = str(beside.select("input[name=keep]")[0]["value"])
        await visit.press(
            f"crm/duplicates/{pair}/decide", decision="same", keep=keep, **{"take.name": "first"}
        )
        merged = words(shown(await visit.see(f"crm/duplicates/{pair}")), "h1")
        left = len(await world.ledger.records(SITE))
        await visit.press(f"crm/duplicates/{pair}/undo")

    assert "Ada" in words(listed, "tbody tr")
    assert "Moves over" not in beside.text, "nothing hangs on the other one"
    assert [len(beside.select(f"input[name='take.name'][value={side}]")) for side in ("first", "second")] == [
        1,
        1,
    ]
    assert (merged, left) == ("These are the same", 1)
    assert len(await world.ledger.records(SITE)) == 2


async def test_two_that_are_different_are_not_asked_about_again(world: World) -> None:
    pair = await two_alike(world)

    async with visiting(world, "rep") as visit:
        unsaid = await visit.press(f"crm/duplicates/{pair}/decide")
        await visit.press(f"crm/duplicates/{pair}/decide", decision="different")
        page = shown(await visit.see("crm/duplicates"))

    assert unsaid.status_code == 400
    assert words(page, ".empty").startswith("No possible duplicates.")


async def test_drift_says_what_was_written_what_stands_there_and_where_to_look(world: World) -> None:
    async with world.desk.writers() as session:
        session.add(
            DriftRow(
                id=str(uuid7()), site=SITE, update_id="u-1", conversation="c-1", kind="changed", object="company",
                record_id="r-1", field="team_size", wrote="40", found="55", by="a colleague", at=NOW,
                noticed_at=NOW, state="open",
            )
        )  # fmt: skip
        await session.commit()

    async with visiting(world, "rep") as visit:
        row = words(shown(await visit.see("crm/drift")), "tbody tr")
        trouble = words(shown(await visit.see("inbox?tab=trouble")), ".also")

    assert row.startswith("Team size company Changed 40 55 a colleague")
    assert trouble == "Possible duplicates · Drift 1"


async def test_a_line_of_drift_that_somebody_has_seen_leaves_the_list_and_its_count(world: World) -> None:
    first, second = str(uuid7()), str(uuid7())
    async with world.desk.writers() as session:
        for line in (first, second):
            session.add(
                DriftRow(
                    id=line, site=SITE, update_id="u-1", conversation="c-1", kind="changed", object="company",
                    record_id=line, field="team_size", wrote="40", found="55", at=NOW, noticed_at=NOW, state="open",
                )
            )  # fmt: skip
        await session.commit()

    async with visiting(world, "rep") as visit:
        before = shown(await visit.see("crm/drift"))
        answer = await visit.press(f"crm/drift/{first}/seen")
        after = shown(await visit.see("crm/drift"))
        seen = shown(await visit.see("crm/drift?state=seen"))

    assert answer.status_code == 303
    assert words(before, ".tabs") == "To look at 2 Seen"
    assert words(after, ".tabs") == "To look at 1 Seen"
    assert len(after.select("tbody tr")) == 1
    assert words(seen, "tbody tr").endswith("rep")
    assert not seen.select("tbody button")


async def test_a_crm_that_refuses_our_key_is_said_so_and_a_manager_lets_it_go_on(world: World) -> None:
    update = await an_update(world, await a_conversation(world))
    async with world.desk.writers() as session:
        session.add(
            ProviderStateRow(
                site=SITE,
                standing="refused",
                failures=3,
                since=NOW,
                words="401 bad token",
                probe_at=NOW + timedelta(minutes=1),
            )
        )
        await session.commit()

    async with visiting(world, "rep") as visit:
        seen = shown(await visit.see("inbox"))
        headers = {"hx-request": "true", "x-csrf": visit.csrf}
        done = await visit.post(
            f"/console/site/{SITE}/inbox/batch/approve", data={"update": [update]}, headers=headers
        )
    async with visiting(world, "manager") as visit:
        assert shown(await visit.see("inbox")).select(".banner button")
        await visit.press("inbox/resume")
        after = shown(await visit.see("inbox"))

    assert "Your CRM refuses our key" in words(seen, ".banner")
    assert "401 bad token" in words(seen, ".banner")
    assert "They wait until the CRM takes them" in done.text
    assert seen.select_one(".banner button") is None, "a rep can not mend a key"
    assert after.select_one(".banner") is None


async def test_a_crm_that_wants_no_more_updates_is_not_said_to_refuse_our_key(world: World) -> None:
    async with world.desk.writers() as session:
        session.add(
            ProviderStateRow(site=SITE, standing="refused", failures=1, since=NOW, words="410", probe_at=None)
        )
        await session.commit()

    async with visiting(world, "rep") as visit:
        banner = words(shown(await visit.see("inbox")), ".banner")

    assert banner.startswith("Your CRM wants no more updates at its address")
    assert "our key" not in banner


async def test_what_the_crm_refused_shows_its_words_and_is_sent_again_together(world: World) -> None:
    update = await an_update(world, await a_conversation(world))
    async with world.desk.writers() as session:
        await world.ledger.propose(
            session,
            Proposal(
                site=SITE, kind="contact.qualified", cause="c", occurred_at=NOW, turn=None, conversation="other",
                target=Target("email", "[email_9]"), consent=Consent("conversation"),
                learned=(Learned("company", "team_size", 9, "said", 0.9),),
            ),
            now=NOW, id=str(uuid7()),
        )  # fmt: skip
        await session.commit()
    for due in await world.ledger.due(NOW):
        await world.ledger.deliver(due, now=NOW)
    dead = [row.id for row in await world.ledger.dead_letters(SITE)]

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("inbox?tab=trouble"))
        headers = {"hx-request": "true", "x-csrf": visit.csrf}
        batch = f"/console/site/{SITE}/inbox/batch"
        asked = await visit.post(batch, data={"update": dead, "tab": "trouble"}, headers=headers)
        await visit.post(f"{batch}/approve", data={"update": dead}, headers=headers)

    assert dead
    assert update not in dead
    assert words(page, ".problem").startswith("Not sent: The vault does not know")
    assert words(page, "#approve-marked").startswith("Send marked again")
    assert words(shown(asked), "h2") == "Send 1 change again?"
    assert {(await world.ledger.update(SITE, each)).status for each in dead} == {"approved"}
