"""What is special about records and entries in Pipedrive: a search that lags, addresses, stages, amounts, times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_sync.errors import ProviderRefused
from crm_sync.providers.pipedrive import Pipedrive
from crm_sync.providers.pipedrive_values import replaced
from crm_sync.remote.ports import Entry
from tests.support.crm_worlds.pipedrive import ADA, KEY, a_contact, a_deal, an_adapter, prepare, the_fake
from tests.support.fakes.pipedrive_crm import PipedriveFake

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def fake() -> PipedriveFake:
    fake = the_fake()
    fake.clear()
    prepare(fake)
    return fake


@pytest.fixture
async def crm(fake: PipedriveFake) -> AsyncIterator[Pipedrive]:
    adapter = an_adapter(fake)
    yield adapter
    await adapter.aclose()


# -- addresses -----------------------------------------------------------------------------------------------


async def test_any_of_several_addresses_finds_the_contact(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact = await a_contact(crm)
    second = {"value": "Home@Example.com", "primary": False, "label": "home"}
    fake.store("persons", int(contact), emails=[{"value": ADA, "primary": True, "label": "work"}, second])

    found = await crm.find("contact", "email", "home@example.com", ["email"])

    assert [(each.id, each.values["email"]) for each in found] == [(contact, ADA)]


async def test_a_new_address_takes_the_primary_ones_place_and_leaves_the_others(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    home = {"value": "home@example.com", "primary": False, "label": "home"}
    fake.store("persons", int(contact), emails=[{"value": ADA, "primary": True, "label": "work"}, home])

    await crm.change("contact", contact, {"email": "new@example.com"})

    stored = fake.living("persons")[contact]["emails"]
    assert stored == [{"value": "new@example.com", "primary": True, "label": "work"}, home]


def test_an_address_that_is_there_already_becomes_the_primary_one() -> None:
    entries = [{"value": "a@example.com", "primary": True}, {"value": "b@example.com", "primary": False}]

    moved = replaced(entries, "B@example.com")

    assert [(each["value"], each["primary"]) for each in moved] == [
        ("a@example.com", False),
        ("b@example.com", True),
    ]


# -- deals ---------------------------------------------------------------------------------------------------


async def test_stages_go_by_name_and_a_deal_ends_as_won_or_lost(fake: PipedriveFake, crm: Pipedrive) -> None:
    deal = await a_deal(crm, stage_id="demo scheduled")
    seen = [fake.living("deals")[deal]["stage_id"]]

    await crm.change("deal", deal, {"stage_id": "won"})
    ended = await crm.read("deal", deal, ["stage_id"])
    await crm.change("deal", deal, {"stage_id": "Proposal Made"})
    opened = await crm.read("deal", deal, ["stage_id"])

    assert seen == [3]
    assert ended is not None
    assert opened is not None
    assert (ended.values["stage_id"], opened.values["stage_id"]) == ("won", "Proposal Made")
    assert fake.living("deals")[deal]["status"] == "open"


async def test_a_deal_stays_in_its_pipeline(fake: PipedriveFake, crm: Pipedrive) -> None:
    fake.stages += [
        {"id": 21, "name": "Qualified", "pipeline_id": 2, "order_nr": 1, "is_deleted": False},
        {"id": 22, "name": "Renewal", "pipeline_id": 2, "order_nr": 2, "is_deleted": False},
    ]
    deal = await a_deal(crm)
    fake.store("deals", int(deal), stage_id=22)

    await crm.change("deal", deal, {"stage_id": "Qualified"})

    assert fake.living("deals")[deal]["stage_id"] == 21
    with pytest.raises(ProviderRefused, match="no stage 'Demo Scheduled' in the deal's pipeline"):
        await crm.change("deal", deal, {"stage_id": "Demo Scheduled"})


async def test_an_amount_that_nobody_said_is_empty_and_can_be_emptied_again(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = await a_deal(crm)
    names = ["value", "currency"]

    new = await crm.read("deal", deal, names)
    await crm.change("deal", deal, {"value": 960, "currency": "USD"})
    said = await crm.read("deal", deal, names)
    await crm.change("deal", deal, {"value": None, "currency": None})
    emptied = await crm.read("deal", deal, names)

    assert [each.values for each in (new, said, emptied) if each] == [
        {},
        {"value": 960, "currency": "USD"},
        {},
    ]


async def test_a_deal_gets_its_contacts_organization(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact, deal = await a_contact(crm), await a_deal(crm)
    company = (await crm.create("company", {"name": "Acme"}, key=KEY)).id
    await crm.tie(contact, "company", company)

    await crm.tie(contact, "deal", deal)

    assert fake.living("deals")[deal]["org_id"] == int(company)


# -- timeline ------------------------------------------------------------------------------------------------


async def test_a_meeting_has_its_contact_as_participant_and_its_time_in_utc(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    meeting = Entry("meeting", KEY, "Demo", "By <video>", AT, end=AT + timedelta(minutes=90))

    made = await crm.enter(meeting, contact=contact, company=None, deal=None)

    row = fake.living("activities")[made.id]
    assert (row["due_date"], row["due_time"], row["duration"]) == ("2026-03-02", "10:00", "01:30")
    assert (row["person_id"], row["busy"], row["done"]) == (int(contact), True, False)
    assert row["note"] == f"By &lt;video&gt;<br>frontdesk:{KEY}"


async def test_a_meeting_that_is_called_off_is_done_and_takes_no_time(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    made = await crm.enter(Entry("meeting", KEY, "Demo", "", AT), contact=contact, company=None, deal=None)

    await crm.revise(made.id, Entry("meeting", KEY, "Cancelled: Demo", "", AT, cancelled=True))

    row = fake.living("activities")[made.id]
    assert (row["subject"], row["done"], row["busy"]) == ("Cancelled: Demo", True, False)


async def test_a_task_that_a_rep_did_stays_done_when_it_is_revised(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    task = Entry("task", KEY, "Call back", "", AT, due=AT, priority="high")
    made = await crm.enter(task, contact=contact, company=None, deal=None)
    fake.store("activities", int(made.id), done=True)

    await crm.revise(made.id, task)

    row = fake.living("activities")[made.id]
    assert (row["done"], row["priority"]) == (True, 263)


# -- exactly one ---------------------------------------------------------------------------------------------


async def test_what_the_search_does_not_know_yet_is_found(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact = await a_contact(crm)

    assert (
        fake.search("persons", {"term": ADA, "fields": "email", "exact_match": "true"})["data"]["items"] == []
    )
    assert (await crm.create("contact", {"name": "Ada", "email": ADA}, key=KEY)).id == contact


async def test_what_was_written_long_ago_is_found_by_the_search(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact = await a_contact(crm)
    fake.later(86_400)
    fake.faults.asked.clear()

    again = await crm.create("contact", {"name": "Ada", "email": "other@example.com"}, key=KEY)

    assert (again.id, again.created) == (contact, False)
    assert fake.faults.count("POST") == 0


async def test_what_the_search_still_believes_is_read_again(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact = await a_contact(crm)
    fake.later(86_400)
    fake.store("persons", int(contact), emails=[{"value": "new@example.com", "primary": True}])

    assert await crm.find("contact", "email", ADA, []) == ()
    assert [each.id for each in await crm.find("contact", "email", "new@example.com", [])] == [contact]


async def test_lists_are_read_to_their_last_page(
    fake: PipedriveFake, crm: Pipedrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await a_contact(crm)
    for place in range(5):
        fake.create("persons", {"name": f"Other {place}"})
    monkeypatch.setattr("crm_sync.providers.pipedrive_calls.PAGE", 2)

    found = await crm.find("contact", "email", ADA, [])

    assert [each.id for each in found] == [first]
    assert fake.faults.count("GET", "/api/v2/persons") > 3


@pytest.mark.parametrize("kind", ["note", "meeting", "task"])
async def test_an_entry_is_found_by_its_key_among_many(
    fake: PipedriveFake, crm: Pipedrive, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    contact = await a_contact(crm)
    first = await crm.enter(Entry(kind, KEY, "First", "", AT), contact=contact, company=None, deal=None)
    for place in range(4):
        other = Entry(kind, str(place) * 64, "Other", "", AT)
        await crm.enter(other, contact=contact, company=None, deal=None)
    for module in ("pipedrive_calls", "pipedrive_entries"):
        monkeypatch.setattr(f"crm_sync.providers.{module}.PAGE", 2)

    again = await crm.enter(Entry(kind, KEY, "First", "", AT), contact=contact, company=None, deal=None)

    assert (again.id, again.created) == (first.id, False)


async def test_a_deal_past_the_recycle_mark_is_gone(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact, deal = await a_contact(crm), await a_deal(crm)
    await crm.tie(contact, "deal", deal)
    fake.store("deals", int(deal), is_deleted=True)

    assert await crm.read("deal", deal, []) is None
    assert await crm.tied(contact, "deal", []) == ()
