"""What is special about Pipedrive: names for keys, two limits, refusals; and with the engine."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_sync.errors import ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.pipedrive import Pipedrive
from crm_sync.providers.pipedrive_fields import slug
from crm_sync.remote.ports import FieldInfo
from crm_sync.values import Order, Write
from tests.support.crm import SITE, a_room, sqlite_url
from tests.support.crm_worlds.pipedrive import a_contact, a_deal, an_adapter, prepare, the_fake
from tests.support.crm_worlds.registry import opened
from tests.support.fakes.pipedrive_crm import PipedriveFake
from tests.support.fakes.served import Fault
from tests.support.remote_crm import a_remote_crm

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ADA, KEY = "ada@example.com", "k" * 64


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


# -- fields --------------------------------------------------------------------------------------------------


async def test_names_stand_for_keys_of_forty_characters_and_options_for_ids(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm, frontdesk_score=30, frontdesk_consent="Remembered")

    stored = fake.living("persons")[contact]["custom_fields"]
    held = await crm.read("contact", contact, ["frontdesk_score", "frontdesk_consent"])
    score, consent = (fake.code_of("persons", name) for name in ("frontdesk_score", "frontdesk_consent"))
    assert len(score) == 40
    assert stored[score] == 30
    assert isinstance(stored[consent], int)
    assert held is not None
    assert held.values == {"frontdesk_score": 30, "frontdesk_consent": "Remembered"}


async def test_a_field_that_was_renamed_there_is_known_by_its_description(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm, frontdesk_job_title="Operations lead")
    row = next(row for row in fake.fields["personFields"] if row["field_name"] == "Job title")
    row["field_name"] = "Function"

    described = {each.name: each.label for each in await crm.fields("contact")}
    held = await crm.read("contact", contact, ["frontdesk_job_title"])

    assert described["frontdesk_job_title"] == "Function"
    assert held is not None
    assert held.values == {"frontdesk_job_title": "Operations lead"}


async def test_a_field_of_the_operators_own_is_written_by_its_name(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.make_field("organizationFields", {"field_name": "Website (main)", "field_type": "varchar"})
    await crm.fields("company")

    made = await crm.create("company", {"name": "Acme", "website_main": "acme.example"}, key=KEY)
    fake.later(fake.lag_s + 1)

    found = await crm.find("company", "website_main", "ACME.example", [])
    assert slug("Website (main)") == "website_main"
    assert [each.id for each in found] == [made.id]


async def test_of_two_fields_of_one_name_the_second_goes_by_its_key(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    codes = [
        fake.make_field("dealFields", {"field_name": "Region", "field_type": "varchar"})["field_code"]
        for _ in range(2)
    ]

    names = {each.name for each in await crm.fields("deal")}

    assert {"region", codes[1]} <= names
    assert codes[0] not in names


async def test_a_field_made_since_is_found_without_a_restart(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact = await a_contact(crm)
    fake.make_field("personFields", {"field_name": "Region", "field_type": "varchar"})

    await crm.change("contact", contact, {"region": "North"})

    held = await crm.read("contact", contact, ["region"])
    assert held is not None
    assert held.values == {"region": "North"}


async def test_an_option_that_is_not_there_is_refused_with_those_that_are(crm: Pipedrive) -> None:
    contact = await a_contact(crm)

    with pytest.raises(
        ProviderRefused, match="has no option 'Maybe'; it has Necessary, Conversation, Remembered"
    ):
        await crm.change("contact", contact, {"frontdesk_consent": "Maybe"})


async def test_text_in_a_number_is_refused_before_it_is_sent(fake: PipedriveFake, crm: Pipedrive) -> None:
    deal = await a_deal(crm)
    fake.faults.asked.clear()

    with pytest.raises(ProviderRefused, match="'frontdesk_seats' takes a number only"):
        await crm.change("deal", deal, {"frontdesk_seats": "many"})

    assert fake.faults.asked == []


async def test_who_may_not_make_fields_is_told_which_to_make_by_hand(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.is_admin = False
    wanted = [
        FieldInfo("frontdesk_region", "Region", "choice", options=("North", "South")),
        FieldInfo("frontdesk_floor", "Floor", "integer"),
    ]

    with pytest.raises(
        ProviderRefused, match=r"single option with North, South.*'Frontdesk floor'.*numerical"
    ):
        await crm.prepare("contact", wanted)


async def test_a_field_made_by_hand_as_we_said_is_ours(fake: PipedriveFake, crm: Pipedrive) -> None:
    fake.make_field("personFields", {"field_name": "Frontdesk floor", "field_type": "double"})

    assert await crm.prepare("contact", [FieldInfo("frontdesk_floor", "Floor", "integer")]) == ()


# -- saying no -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}, 2.0),
        ({"x-ratelimit-remaining": "19", "x-ratelimit-reset": "2"}, 3_600.0),
        ({"retry-after": "41", "x-ratelimit-remaining": "0"}, 41.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772445600"}, None),
        ({}, None),
    ],
)
async def test_a_full_window_is_waited_out_and_a_spent_day_for_an_hour(
    fake: PipedriveFake, crm: Pipedrive, headers: dict[str, str], pause: float | None
) -> None:
    fake.faults.waiting.append(Fault(429, {"success": False, "error": "request over limit"}, headers))

    with pytest.raises(ProviderBusy) as caught:
        await crm.whoami()

    assert caught.value.retry_after_s == pause


async def test_the_days_budget_is_told_from_a_full_window(fake: PipedriveFake, crm: Pipedrive) -> None:
    fake.budget = 0

    with pytest.raises(ProviderBusy) as caught:
        await crm.whoami()

    assert caught.value.retry_after_s == 3_600
    assert sum(caught.value.pauses_s or ()) > 24 * 3_600, "the day's budget comes back with the next day"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(401, {"success": False, "error": "unauthorized access"}),
        Fault(402, {"success": False, "error": "Company account is not open"}),
        Fault(
            403,
            {
                "success": False,
                "error": "Couldn't add the deal. Open deals limit reached.",
                "code": "feature_capping_deals_limit",
            },
        ),
    ],
)
async def test_what_hits_the_whole_account_is_denied(
    fake: PipedriveFake, crm: Pipedrive, fault: Fault
) -> None:
    fault.times = 1
    await crm.fields("deal")
    fake.faults.waiting.append(fault)

    with pytest.raises(ProviderDenied):
        await crm.read("deal", "1", [])


async def test_a_token_that_the_firewall_shut_out_is_denied(fake: PipedriveFake, crm: Pipedrive) -> None:
    fake.blocked = True

    with pytest.raises(ProviderDenied, match="HTTP status 403"):
        await crm.whoami()


async def test_one_record_that_our_user_may_not_change_is_refused_alone(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    fault = Fault(403, {"success": False, "error": "You do not have permission to edit"}, method="PATCH")
    fake.faults.waiting.append(fault)

    with pytest.raises(ProviderRefused, match="does not let our user change a contact: You do not have"):
        await crm.change("contact", contact, {"name": "Ada"})


async def test_a_refusal_keeps_pipedrives_words_without_what_we_sent(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    told = f"Validation failed: emails: '{ADA}' is not allowed"
    fake.faults.waiting.append(Fault(400, {"success": False, "error": told}, method="PATCH"))

    with pytest.raises(ProviderRefused, match="Validation failed: emails: '…' is not allowed"):
        await crm.change("contact", contact, {"email": ADA})


async def test_an_answer_that_does_not_come_is_busy(fake: PipedriveFake) -> None:
    crm = Pipedrive("token", "http://127.0.0.1:9", timeout_s=1)

    with pytest.raises(ProviderBusy, match="did not answer when asked to say who we are"):
        await crm.whoami()
    await crm.aclose()


async def test_history_that_can_not_be_asked_for_counts_as_history(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = await a_contact(crm)
    fake.faults.waiting.append(Fault(403, {"success": False, "error": "Forbidden"}, path="/notes"))

    assert await crm.has_history("contact", contact)


# -- with the engine in front --------------------------------------------------------------------------------


async def test_answers_lost_at_any_point_double_nothing(fake: PipedriveFake, tmp_path: Path) -> None:
    rolls = random.Random(7)
    async with opened("pipedrive") as world, a_room(sqlite_url(tmp_path)) as room:
        crm = await a_remote_crm(world, room.sessions)
        for number in range(6):
            order = an_order(number)
            while True:
                if rolls.random() < 0.7:
                    lost = Fault(503, {"error": "gone"}, after=True, skip=rolls.randrange(12))
                    fake.faults.waiting.append(lost)
                try:
                    await crm.apply(order, f"{number:064x}")
                    break
                except ProviderBusy:
                    # The search may have caught up by the next attempt, or not.
                    fake.later(rolls.choice([1, 5, 40, 1_000]))
            fake.faults.waiting.clear()

    seats = fake.code_of("deals", "frontdesk_seats")
    assert fake.faults.count("POST") < 40
    assert [row["emails"][0]["value"] for row in fake.living("persons").values()] == [
        f"p{who}@acme.example" for who in range(3)
    ]
    assert len(fake.living("organizations")) == 1
    assert [row["custom_fields"][seats] for row in fake.living("deals").values()] == [1, 3, 5]
    assert sorted(subject for _, subject in world.entries()) == [f"Note {number}" for number in range(6)]


async def test_an_update_costs_what_the_guide_says(fake: PipedriveFake, tmp_path: Path) -> None:
    spent: list[tuple[int, float]] = []
    async with opened("pipedrive") as world, a_room(sqlite_url(tmp_path)) as room:
        crm = await a_remote_crm(world, room.sessions)
        for number in range(2):
            fake.faults.asked.clear()
            before = fake.budget
            await crm.apply(an_order(number), f"{number:064x}")
            spent.append((len(fake.faults.asked), before - fake.budget))

    # docs/crm-providers.md, Limits.
    assert spent == [(26, 273), (9, 78)]


def an_order(number: int) -> Order:
    """Two of each contact, all of one company."""
    talk = f"talk {number // 2}"
    writes = (
        Write("contact", "email", f"p{number // 2}@acme.example"),
        Write("company", "domain", "acme.example"),
        Write("deal", "seats", number),
    )
    note = {"type": "note", "subject": f"Note {number}", "body": "", "at": AT.isoformat()}
    activity = {**note, "url": None, "meeting": None}
    return Order(
        SITE, "contact.qualified", talk, "conversation", talk, writes, activity, {"activity": activity}, AT
    )
