"""What is special to HubSpot: a search that lags, taken values, scopes, limits, stages, options, keys of activities."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from crm_sync.errors import ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.hubspot import HubSpot
from crm_sync.remote.ports import Entry, FieldInfo
from crm_sync.values import Order, Write
from tests.support.crm import SITE, a_room, sqlite_url
from tests.support.crm_worlds.hubspot import an_adapter, entries, limited, the_fake, world_of
from tests.support.fakes.hubspot_crm import TOKEN, HubSpotFake
from tests.support.fakes.served import Fault
from tests.support.remote_crm import a_remote_crm

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ADA = "ada@example.com"


@pytest.fixture
def fake() -> Iterator[HubSpotFake]:
    """An account in which `prepare` has been run."""
    fake = the_fake()
    fake.clear()
    fake.prepared()
    yield fake
    fake.clear()


@pytest.fixture
def hubspot(fake: HubSpotFake) -> HubSpot:
    return an_adapter(fake)


def a_note(key: str = "k1", body: str = "Wants <SAML> & more.\nSoon.") -> Entry:
    return Entry("note", key, "Asked about SSO", body, AT, url="https://example.com/talk/1")


# -- a search that lags ----------------------------------------------------------------------------------------


async def test_a_contact_is_found_by_address_and_key_while_the_search_knows_nothing(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    made = await hubspot.create("contact", {"email": ADA}, key="k1")
    other_process = an_adapter(fake)

    by_address = await other_process.find("contact", "email", "ADA@example.com", ["email"])
    by_key = await other_process.find("contact", "frontdesk_key", "k1", [])

    assert [held.id for held in (*by_address, *by_key)] == [made.id, made.id]
    assert fake.faults.count("POST", "/search") == 0


async def test_what_was_just_written_is_found_by_other_fields_and_later_by_everybody(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    made = await hubspot.create("company", {"domain": "example.com"}, key="k1")

    at_once = await hubspot.find("company", "domain", "example.com", ["domain"])
    elsewhere = await an_adapter(fake).find("company", "domain", "example.com", ["domain"])
    fake.later(31)
    later = await an_adapter(fake).find("company", "domain", "example.com", ["domain"])

    assert [[held.id for held in found] for found in (at_once, elsewhere, later)] == [
        [made.id],
        [],
        [made.id],
    ]


async def test_what_was_written_long_ago_is_left_to_the_search(fake: HubSpotFake) -> None:
    now = [0.0]
    hubspot = HubSpot(TOKEN, base_url=f"{fake.url}/", clock=lambda: now[0])
    made = await hubspot.create("company", {"domain": "example.com"}, key="k1")
    await hubspot.create("company", {"domain": "other.example.com"}, key="k2")
    fake.faults.asked.clear()

    at_once = await hubspot.find("company", "domain", "EXAMPLE.com", [])
    now[0] = 121.0
    later = await hubspot.find("company", "domain", "example.com", [])

    assert ([held.id for held in at_once], later) == ([made.id], ())
    assert fake.faults.count("POST", "/batch/read") == 1


async def test_a_search_that_still_shows_the_old_value_is_not_believed(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    made = await hubspot.create("company", {"domain": "old.example.com"}, key="k1")
    fake.later(31)
    await hubspot.change("company", made.id, {"domain": "new.example.com"})
    other_process = an_adapter(fake)

    assert await other_process.find("company", "domain", "old.example.com", []) == ()


# -- taken values ----------------------------------------------------------------------------------------------


async def test_the_contact_that_the_refusal_names_is_returned(hubspot: HubSpot, fake: HubSpotFake) -> None:
    fake.faults.waiting.append(
        Fault(
            409,
            {
                "status": "error",
                "message": "Contact already exists. Existing ID: 123",
                "category": "CONFLICT",
            },
        )
    )

    made = await hubspot.create("contact", {"email": ADA}, key="k1")

    assert (made.id, made.created) == ("123", False)


async def test_an_address_that_another_contact_has_is_for_a_person_to_look_at(hubspot: HubSpot) -> None:
    await hubspot.create("contact", {"email": ADA}, key="k1")
    other = await hubspot.create("contact", {"email": "bea@example.com"}, key="k2")

    with pytest.raises(ProviderRefused, match=r"Contact already exists\. Existing ID") as caught:
        await hubspot.change("contact", other.id, {"email": ADA})

    assert ADA not in str(caught.value)


async def test_an_account_that_was_not_prepared_says_what_to_run(fake: HubSpotFake) -> None:
    fake.clear()

    with pytest.raises(ProviderRefused, match="frontdesk crm prepare"):
        await an_adapter(fake).create("contact", {"email": ADA}, key="k1")


# -- saying no -------------------------------------------------------------------------------------------------


async def test_a_missing_scope_is_named_and_stops_the_account(fake: HubSpotFake, hubspot: HubSpot) -> None:
    fake.scopes.discard("crm.objects.contacts.write")

    with pytest.raises(ProviderDenied, match=r"lacks the scope crm\.objects\.contacts\.write") as caught:
        await hubspot.create("contact", {"email": ADA}, key="k1")

    assert caught.value.code == "crm.provider_denied"


async def test_a_wrong_token_is_denied(fake: HubSpotFake) -> None:
    with pytest.raises(ProviderDenied, match="Authentication credentials not found"):
        await an_adapter(fake, token="pat-eu1-revoked").whoami()


async def test_the_account_is_named_by_its_id(hubspot: HubSpot) -> None:
    assert await hubspot.whoami() == "HubSpot account 4242 (app-eu1.hubspot.com, STANDARD)"


@pytest.mark.parametrize(
    ("fault", "pause_s"),
    [
        (limited(), 10.0),
        (Fault(429, {"message": "You have reached your secondly limit.", "policyName": "SECONDLY"}), 1.0),
        (Fault(429, {"message": "You have reached your daily limit.", "policyName": "DAILY"}), 3_600.0),
        (Fault(429, {"message": "slow"}, {"Retry-After": "7"}), 7.0),
        (Fault(423, {"message": "Resource is locked", "category": "LOCKED"}), 2.0),
        (Fault(477, {"message": "Migration in progress"}, {"Retry-After": "86400"}), 86_400.0),
        (Fault(503, {"message": "down"}, {"Retry-After": "30"}), 30.0),
        (Fault(502, {}), None),
    ],
    ids=["ten seconds", "secondly", "daily", "asked", "locked", "migrating", "down", "gateway"],
)
async def test_each_limit_asks_for_its_own_pause(
    fake: HubSpotFake, hubspot: HubSpot, fault: Fault, pause_s: float | None
) -> None:
    fake.faults.waiting.append(Fault(fault.status, fault.body, fault.headers))

    with pytest.raises(ProviderBusy) as caught:
        await hubspot.take_out("note", "1")

    assert (caught.value.retry_after_s, caught.value.code) == (pause_s, "crm.provider_busy")
    is_daily = "daily" in str(fault.body)
    assert sum(caught.value.pauses_s or ()) > 24 * 3_600 if is_daily else caught.value.pauses_s is None


async def test_a_page_of_a_proxy_in_place_of_an_answer_is_tried_again_and_makes_no_nameless_record(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    await hubspot.find("contact", "email", ADA, ["email"])
    fake.faults.waiting.append(Fault(200, "<html>Sign in to the network</html>", times=2))

    with pytest.raises(ProviderBusy, match="Look at the proxy"):
        await hubspot.create("contact", {"email": ADA}, key="k1")
    with pytest.raises(ProviderBusy, match="no JSON"):
        await hubspot.whoami()
    made = await hubspot.create("contact", {"email": ADA}, key="k1")

    assert (made.created, list(fake.living("contacts"))) == (True, [made.id])


async def test_the_account_counts_requests_and_refuses_those_above_its_limit(fake: HubSpotFake) -> None:
    fake.per_ten_seconds = 2
    hubspot = an_adapter(fake)

    await hubspot.whoami()
    await hubspot.whoami()
    with pytest.raises(ProviderBusy, match="ten_secondly_rolling") as caught:
        await hubspot.whoami()
    fake.later(11)

    assert caught.value.retry_after_s == 10.0
    assert await hubspot.whoami()


async def test_a_server_that_nobody_answers_at_is_busy() -> None:
    with pytest.raises(ProviderBusy, match="did not answer in time to read the account details"):
        await HubSpot("pat", base_url="http://127.0.0.1:9", timeout_s=1.0).whoami()


async def test_a_server_that_takes_the_request_and_stays_silent_is_busy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hubspot = HubSpot("pat", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1)

        with pytest.raises(ProviderBusy, match="ReadTimeoutError"):
            await hubspot.change("contact", "1", {"jobtitle": "Lead"})


async def test_a_wrong_value_names_its_property_and_keeps_a_persons_details_out(hubspot: HubSpot) -> None:
    made = await hubspot.create("company", {"domain": "example.com"}, key="k1")

    with pytest.raises(ProviderRefused, match=r"'numberofemployees'.*many was not a valid number") as number:
        await hubspot.change("company", made.id, {"numberofemployees": "many"})
    with pytest.raises(ProviderRefused, match=r"'email'.*INVALID_EMAIL") as address:
        await hubspot.create("contact", {"email": "ada at home"}, key="k2")

    assert "correlation" in str(number.value)
    assert "ada at home" not in str(address.value)


async def test_an_option_that_is_not_there_is_refused_with_those_that_are(hubspot: HubSpot) -> None:
    made = await hubspot.create("contact", {"email": ADA}, key="k1")

    with pytest.raises(ProviderRefused, match=r"hs_lead_status.*allowed options: \[NEW, OPEN"):
        await hubspot.change("contact", made.id, {"hs_lead_status": "WARM"})


async def test_a_required_property_that_is_missing_is_said(hubspot: HubSpot) -> None:
    with pytest.raises(ProviderRefused, match=r"'dealstage'.*Some required properties were not set"):
        await hubspot.create("deal", {"dealname": "Team for 40"}, key="k1")


# -- values ----------------------------------------------------------------------------------------------------


async def test_values_travel_as_hubspot_writes_them_and_come_back_as_they_are(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    own = [
        FieldInfo("frontdesk_tools", "Tools", "choices", options=("Paper", "Sheets", "Board")),
        FieldInfo("frontdesk_day", "Day", "date"),
        FieldInfo("frontdesk_moment", "Moment", "datetime"),
        FieldInfo("frontdesk_sso", "SSO", "boolean"),
        FieldInfo("frontdesk_score", "Score", "number"),
    ]
    await hubspot.prepare("contact", own)
    there: dict[str, Any] = {
        "frontdesk_tools": ["Paper", "Board"],
        "frontdesk_day": date(2026, 3, 2),
        "frontdesk_moment": datetime(2026, 3, 2, 11, tzinfo=timezone(timedelta(hours=1))),
        "frontdesk_sso": True,
        "frontdesk_score": 30.0,
    }

    made = await hubspot.create("contact", there, key="k1")
    held = await hubspot.read("contact", made.id, there)

    kept = fake.living("contacts")[made.id]
    assert [kept[name] for name in there] == [
        "Paper;Board",
        "2026-03-02",
        "2026-03-02T10:00:00.000Z",
        "true",
        "30",
    ]
    assert held is not None
    assert held.values["frontdesk_tools"] == ["Paper", "Board"]
    assert held.values["frontdesk_sso"] is True
    assert held.values["frontdesk_score"] == 30


async def test_a_lifecycle_stage_goes_back_although_hubspot_would_keep_it(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    made = await hubspot.create("contact", {"email": ADA, "lifecyclestage": "opportunity"}, key="k1")

    await hubspot.change("contact", made.id, {"lifecyclestage": "lead", "jobtitle": "Lead"})

    assert fake.living("contacts")[made.id]["lifecyclestage"] == "lead"
    assert fake.living("contacts")[made.id]["jobtitle"] == "Lead"


# -- deals -----------------------------------------------------------------------------------------------------


async def test_stages_are_hubspots_own_words_or_the_names_that_people_gave(hubspot: HubSpot) -> None:
    fields = {each.name: each for each in await hubspot.fields("deal")}

    assert fields["dealstage"].options[:2] == ("appointmentscheduled", "qualifiedtobuy")
    assert "Up for renewal" in fields["dealstage"].options
    assert fields["pipeline"].options == ("default", "Renewals")
    assert fields["dealstage"].required


async def test_a_stage_is_written_by_name_in_its_own_pipeline_and_read_by_name(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    made = await hubspot.create("deal", {"dealname": "Renewal", "dealstage": "Up for renewal"}, key="k1")
    kept = dict(fake.living("deals")[made.id])

    await hubspot.change("deal", made.id, {"dealstage": "Closed Won"})
    held = await hubspot.read("deal", made.id, ["dealstage", "pipeline"])

    assert (kept["pipeline"], kept["dealstage"]) == ("7654321", "9000001")
    assert fake.living("deals")[made.id]["dealstage"] == "9000002"
    assert held is not None
    assert dict(held.values) == {"dealstage": "Closed Won", "pipeline": "Renewals"}


async def test_a_stage_that_is_not_there_is_refused_with_those_that_are(hubspot: HubSpot) -> None:
    with pytest.raises(ProviderRefused, match=r"no deal stage 'Warm'.*qualifiedtobuy"):
        await hubspot.create("deal", {"dealname": "Team", "dealstage": "Warm"}, key="k1")


async def test_a_deal_belongs_to_the_contacts_company_too(fake: HubSpotFake, hubspot: HubSpot) -> None:
    contact = await hubspot.create("contact", {"email": ADA}, key="k1")
    company = await hubspot.create("company", {"domain": "example.com"}, key="k2")
    other = await hubspot.create("company", {"domain": "other.example.com"}, key="k3")
    deal = await hubspot.create("deal", {"dealname": "Team", "dealstage": "appointmentscheduled"}, key="k4")
    for each in (company, other):
        await hubspot.tie(contact.id, "company", each.id)

    await hubspot.tie(contact.id, "deal", deal.id)

    assert set(fake.ties["deals", deal.id, "companies"]) == {company.id}
    assert [held.id for held in await hubspot.tied(contact.id, "deal", ["dealname"])] == [deal.id]


async def test_more_associations_than_a_page_are_all_read(fake: HubSpotFake, hubspot: HubSpot) -> None:
    fake.page_size = 2
    contact = await hubspot.create("contact", {"email": ADA}, key="k")
    made = [await hubspot.create("company", {"domain": f"{n}.example.com"}, key=f"k{n}") for n in range(5)]
    for each in made:
        await hubspot.tie(contact.id, "company", each.id)

    tied = await hubspot.tied(contact.id, "company", [])

    assert {held.id for held in tied} == {each.id for each in made}


# -- activities ------------------------------------------------------------------------------------------------


async def test_an_entry_hangs_on_contact_company_and_deal_and_carries_its_key(
    fake: HubSpotFake, hubspot: HubSpot
) -> None:
    contact = await hubspot.create("contact", {"email": ADA}, key="k1")
    company = await hubspot.create("company", {"domain": "example.com"}, key="k2")
    deal = await hubspot.create("deal", {"dealname": "Team", "dealstage": "appointmentscheduled"}, key="k3")

    made = await hubspot.enter(a_note(), contact=contact.id, company=company.id, deal=deal.id)

    note = fake.living("notes")[made.id]
    assert note["frontdesk_key"] == "k1"
    assert "<p>Wants &lt;SAML&gt; &amp; more.<br>Soon.</p>" in note["hs_note_body"]
    assert fake.ties["notes", made.id, "contacts"] == {contact.id: {202}}
    assert fake.ties["notes", made.id, "companies"] == {company.id: {190}}
    assert fake.ties["notes", made.id, "deals"] == {deal.id: {214}}


@pytest.mark.parametrize("allows", ["unique keys", "keys", "nothing"])
async def test_an_entry_is_written_once_whatever_the_account_allows(fake: HubSpotFake, allows: str) -> None:
    fake.clear()
    fake.allows_unique_on_activities = allows == "unique keys"
    hubspot = an_adapter(fake)
    await hubspot.prepare("contact", [])
    if allows == "nothing":
        del fake.defined["notes"]["frontdesk_key"]
    contact = await hubspot.create("contact", {"email": ADA}, key="k1")
    other = await hubspot.enter(a_note("k2"), contact=contact.id, company=None, deal=None)

    # Without unique keys the contact's notes are read first, by a POST as well.
    skip = 0 if allows == "unique keys" else 1
    fake.faults.waiting.append(Fault(504, {}, after=True, method="POST", path="/objects/notes", skip=skip))
    with pytest.raises(ProviderBusy):
        await hubspot.enter(a_note(), contact=contact.id, company=None, deal=None)
    again = await hubspot.enter(a_note(), contact=contact.id, company=None, deal=None)
    await hubspot.revise(again.id, a_note(body="Wants SCIM too."))
    revised = await an_adapter(fake).enter(a_note(), contact=contact.id, company=None, deal=None)

    assert not again.created
    assert (revised.id, revised.created) == (again.id, False)
    assert set(fake.living("notes")) == {other.id, again.id}
    assert ("Frontdesk reference k1" in fake.living("notes")[again.id]["hs_note_body"]) == (
        allows == "nothing"
    )


async def test_a_revision_leaves_alone_what_a_rep_ticked_off(fake: HubSpotFake, hubspot: HubSpot) -> None:
    contact = await hubspot.create("contact", {"email": ADA}, key="k1")
    task = Entry("task", "k2", "Call back", "", AT, due=AT + timedelta(days=1), priority="high")
    made = await hubspot.enter(task, contact=contact.id, company=None, deal=None)
    begun = dict(fake.living("tasks")[made.id])
    fake.type_in("tasks", made.id, "hs_task_status", "COMPLETED")

    await hubspot.revise(made.id, Entry("task", "k2", "Call back soon", "", AT))

    kept = fake.living("tasks")[made.id]
    assert (begun["hs_task_status"], begun["hs_task_priority"]) == ("NOT_STARTED", "HIGH")
    assert begun["hs_timestamp"] == "2026-03-03T10:00:00.000Z"
    assert (kept["hs_task_status"], entries(fake)) == ("COMPLETED", [("task", "Call back soon")])


async def test_a_meeting_that_was_called_off_says_so(fake: HubSpotFake, hubspot: HubSpot) -> None:
    contact = await hubspot.create("contact", {"email": ADA}, key="k1")
    end = AT + timedelta(minutes=30)
    made = await hubspot.enter(
        Entry("meeting", "k2", "Demo", "", AT, end=end), contact=contact.id, company=None, deal=None
    )
    planned = fake.living("meetings")[made.id]["hs_meeting_outcome"]

    await hubspot.revise(made.id, Entry("meeting", "k2", "Demo", "", AT, end=end, cancelled=True))

    assert (planned, fake.living("meetings")[made.id]["hs_meeting_outcome"]) == ("SCHEDULED", "CANCELED")


async def test_history_that_may_not_be_seen_counts_as_some(fake: HubSpotFake, hubspot: HubSpot) -> None:
    made = await hubspot.create("contact", {"email": ADA}, key="k1")
    fake.scopes.discard("crm.objects.contacts.read")

    assert await hubspot.has_history("contact", made.id)


# -- setting up ------------------------------------------------------------------------------------------------


async def test_prepare_makes_a_group_the_fields_and_the_keys_once(fake: HubSpotFake) -> None:
    fake.clear()
    hubspot = an_adapter(fake)
    wanted = [FieldInfo("frontdesk_consent", "Consent", "choice", options=("necessary", "remembered"))]

    made = await hubspot.prepare("contact", wanted)
    again = await hubspot.prepare("contact", wanted)

    keys = ("frontdesk_key", "notes.frontdesk_key", "meetings.frontdesk_key", "tasks.frontdesk_key")
    assert (made, again) == (("frontdesk_consent", *keys), ())
    assert fake.groups["contacts"]["frontdesk"] == "Frontdesk"
    consent, key = (fake.defined["contacts"][name] for name in ("frontdesk_consent", "frontdesk_key"))
    assert (consent["groupName"], consent["type"], consent["fieldType"]) == (
        "frontdesk",
        "enumeration",
        "select",
    )
    assert key["hasUniqueValue"]


async def test_a_key_that_may_not_make_fields_says_which_to_make_by_hand(fake: HubSpotFake) -> None:
    fake.clear()
    fake.scopes.discard("crm.schemas.companies.write")

    with pytest.raises(
        ProviderRefused, match=r"make by hand: frontdesk_industry \(string\), frontdesk_key"
    ) as caught:
        await an_adapter(fake).prepare("company", [FieldInfo("frontdesk_industry", "Industry", "string")])

    assert not isinstance(caught.value, ProviderDenied)
    assert "crm.schemas.companies.write" in str(caught.value)


async def test_a_key_of_the_recycling_bin_does_not_stand_in_the_way(hubspot: HubSpot) -> None:
    first = await hubspot.create("deal", {"dealname": "A", "dealstage": "qualifiedtobuy"}, key="k1")
    await hubspot.remove("deal", first.id)

    second = await hubspot.create("deal", {"dealname": "A", "dealstage": "qualifiedtobuy"}, key="k1")

    assert second.created


# -- with the engine in front ----------------------------------------------------------------------------------


def an_order(key: str, talk: str, address: str, *writes: Write) -> Order:
    return Order(
        site=SITE,
        kind="contact.qualified",
        conversation=talk,
        by="email",
        match=address,
        writes=writes,
        activity=None,
        document={"idempotency_key": key},
        occurred_at=AT,
    )


async def test_undoing_sets_a_lifecycle_stage_back_and_empties_half_of_a_name(
    fake: HubSpotFake, hubspot: HubSpot, tmp_path: Path
) -> None:
    async with a_room(sqlite_url(tmp_path)) as room:
        crm = await a_remote_crm(world_of(fake, hubspot), room.sessions)
        lead, name = Write("contact", "lifecycle", "lead"), Write("contact", "name", "Ada")
        further, longer = (
            Write("contact", "lifecycle", "opportunity"),
            Write("contact", "name", "Ada Example"),
        )
        await crm.apply(an_order("a" * 64, "talk-1", ADA, lead, name), "a" * 64)
        effect = await crm.apply(an_order("b" * 64, "talk-1", ADA, further, longer), "b" * 64)
        (contact,) = fake.living("contacts").values()
        between = [contact[each] for each in ("lifecyclestage", "firstname", "lastname")]

        result = await crm.undo(SITE, effect, "b" * 64)

    assert between == ["opportunity", "Ada", "Example"]
    assert result.outcome == "undone"
    assert [contact[each] for each in ("lifecyclestage", "firstname", "lastname")] == ["lead", "Ada", ""]


async def test_two_processes_make_one_company_of_a_domain_before_the_search_knows_it(
    fake: HubSpotFake, tmp_path: Path
) -> None:
    async with a_room(sqlite_url(tmp_path)) as room:
        size = Write("company", "team_size", 40)
        for key, talk, address in (
            ("a" * 64, "talk-1", "ada@lifts.example.com"),
            ("b" * 64, "talk-2", "bea@lifts.example.com"),
        ):
            crm = await a_remote_crm(world_of(fake, an_adapter(fake)), room.sessions)
            await crm.apply(an_order(key, talk, address, size), key)

    (company,) = fake.living("companies")
    assert set(fake.ties["companies", company, "contacts"]) == set(fake.living("contacts"))
    assert len(fake.living("contacts")) == 2


async def test_a_stage_that_was_emptied_on_its_way_back_is_set_by_the_next_attempt(
    fake: HubSpotFake, hubspot: HubSpot, tmp_path: Path
) -> None:
    async with a_room(sqlite_url(tmp_path)) as room:
        crm = await a_remote_crm(world_of(fake, hubspot), room.sessions)
        lead, further = Write("contact", "lifecycle", "lead"), Write("contact", "lifecycle", "opportunity")
        await crm.apply(an_order("a" * 64, "talk-1", ADA, lead), "a" * 64)
        effect = await crm.apply(an_order("b" * 64, "talk-1", ADA, further), "b" * 64)
        # One request writes it, in vain, the second empties it, and the third is lost.
        fake.faults.waiting.append(Fault(503, {}, method="PATCH", path="/objects/contacts", skip=2))
        with suppress(ProviderBusy):
            await crm.undo(SITE, effect, "b" * 64)
        (contact,) = fake.living("contacts").values()
        between = contact["lifecyclestage"]

        crm = await a_remote_crm(world_of(fake, an_adapter(fake)), room.sessions)
        result = await crm.undo(SITE, effect, "b" * 64)

    (contact,) = fake.living("contacts").values()
    assert (between or "", result.outcome, contact["lifecyclestage"]) == ("", "undone", "lead")


async def test_a_stage_that_was_emptied_while_an_order_was_carried_out_is_written_by_the_next_attempt(
    fake: HubSpotFake, hubspot: HubSpot, tmp_path: Path
) -> None:
    async with a_room(sqlite_url(tmp_path)) as room:
        crm = await a_remote_crm(world_of(fake, hubspot), room.sessions)
        further, lead = Write("contact", "lifecycle", "opportunity"), Write("contact", "lifecycle", "lead")
        await crm.apply(an_order("a" * 64, "talk-1", ADA, further), "a" * 64)
        back = an_order("b" * 64, "talk-1", ADA, lead)
        fake.faults.waiting.append(Fault(503, {}, method="PATCH", path="/objects/contacts", skip=2))
        with suppress(ProviderBusy):
            await crm.apply(back, "b" * 64)
        (contact,) = fake.living("contacts").values()
        between = contact["lifecyclestage"]

        effect = await crm.apply(back, "b" * 64)

    (contact,) = fake.living("contacts").values()
    assert (between or "", contact["lifecyclestage"], effect.notes) == ("", "lead", ())


async def test_an_answer_that_is_lost_on_the_way_leaves_one_of_each(
    fake: HubSpotFake, hubspot: HubSpot, tmp_path: Path
) -> None:
    async with a_room(sqlite_url(tmp_path)) as room:
        crm = await a_remote_crm(world_of(fake, hubspot), room.sessions)
        for step in (1, 4, 6, 8, 10):
            key = f"{step:064d}"
            writes = (Write("company", "team_size", 40), Write("deal", "seats", 40))
            order = an_order(key, f"talk-{step}", f"ada@lifts{step}.example.com", *writes)
            fake.faults.waiting[:] = [Fault(504, {}, after=True, skip=step)]
            with suppress(ProviderBusy):
                await crm.apply(order, key)
            await crm.apply(order, key)

    assert [len(fake.living(each)) for each in ("contacts", "companies", "deals")] == [5, 5, 5]
