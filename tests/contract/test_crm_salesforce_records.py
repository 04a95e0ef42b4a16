"""Salesforce's fields, roles and activities: what may be seen and written, what goes together, whose a task is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm_sync.errors import ProviderBusy, ProviderRefused
from crm_sync.providers.salesforce import Salesforce
from crm_sync.remote.checking import check
from crm_sync.remote.mapping import RECORD_NAMES
from crm_sync.remote.mapping_file import shipped_mapping
from crm_sync.remote.ports import Entry, FieldInfo
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds.salesforce import KEY, OTHER, a_contact, a_deal, an_org, client
from tests.support.fakes.salesforce_crm import SalesforceFake

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def fake() -> SalesforceFake:
    return an_org()


@pytest.fixture
def crm(fake: SalesforceFake) -> Salesforce:
    return client(fake)


# -- fields --------------------------------------------------------------------------------------------------


async def test_rights_on_fields_are_seen_before_anything_is_written(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    fake.read_only.add(("Contact", "Phone"))
    fake.objects["Contact"]["Department"].hidden = True

    fields = {each.name: each for each in await crm.fields("contact")}
    deal = {each.name: each for each in await crm.fields("deal")}

    assert (fields["Phone"].writable, fields["Title"].writable, fields["Name"].writable) == (
        False,
        True,
        False,
    )
    assert (fields["LastName"].required, fields["FirstName"].required) == (True, False)
    assert (fields["Email"].type, fields["Title"].max_length) == ("email", 128)
    assert "Department" not in fields
    assert (deal["StageName"].type, deal["StageName"].options[0]) == ("choice", "Prospecting")
    assert fields["Frontdesk_Key__c"].unique


async def test_a_new_org_gets_its_keys_and_our_user_may_see_them(fake: SalesforceFake) -> None:
    fake.reset()
    crm = client(fake)
    wanted = [FieldInfo("Frontdesk_Region__c", "Region", "choice", options=("North", "South"))]

    with pytest.raises(ProviderRefused, match="frontdesk crm prepare"):
        await a_contact(crm)
    made = await crm.prepare("contact", wanted)
    again = await crm.prepare("contact", wanted)

    fields = {each.name: each for each in await crm.fields("contact")}
    assert made == ("Frontdesk_Region__c", "Frontdesk_Key__c", "Activity.Frontdesk_Key__c")
    assert again == ()
    assert fields["Frontdesk_Region__c"].options == ("North", "South")
    assert (fields["Frontdesk_Key__c"].unique, fields["Frontdesk_Key__c"].max_length) == (True, 64)
    contact = await a_contact(crm)
    note = Entry("note", KEY, "Asked about SSO", "", AT)
    assert (await crm.enter(note, contact=contact, company=None, deal=None)).created


async def test_a_new_org_that_was_prepared_takes_the_shipped_mapping(fake: SalesforceFake) -> None:
    fake.reset()
    crm, mapping = client(fake), shipped_mapping("salesforce")
    for record in RECORD_NAMES:
        await crm.prepare(record, Translator(mapping).new_fields(record))

    found = await check(crm, mapping)

    assert [each for each in found.findings if each.is_sure] == []


async def test_a_field_that_was_made_and_not_shown_is_shown_the_next_time(fake: SalesforceFake) -> None:
    fake.reset()
    crm = client(fake)
    # Describe, make the field, look for the permission set: the fourth answer never comes.
    await crm.whoami()
    fake.refuse("SERVER_UNAVAILABLE", "try later", 503, skip=3)
    with pytest.raises(ProviderBusy):
        await crm.prepare("deal", [])

    assert await crm.prepare("deal", []) == ()
    assert "Frontdesk_Key__c" in {each.name for each in await crm.fields("deal")}


async def test_who_may_not_make_fields_is_told_which_to_make_by_hand(fake: SalesforceFake) -> None:
    fake.reset()
    fake.may_customise = False

    with pytest.raises(ProviderRefused) as caught:
        await client(fake).prepare("contact", [FieldInfo("Frontdesk_Score__c", "Score", "number")])

    for line in (
        "Contact.Frontdesk_Score__c: Number(18, 2)",
        "Contact.Frontdesk_Key__c: Text(64), unique, external ID",
        "Activity.Frontdesk_Key__c: Text(64), unique, external ID",
        "INSUFFICIENT_ACCESS",
    ):
        assert line in str(caught.value)


async def test_the_org_is_named_with_what_is_used_of_the_day(crm: Salesforce) -> None:
    assert "'Fernway'" in await crm.whoami()
    assert "18 of 15000 requests" in await crm.whoami()
    assert "can not be seen" not in await crm.whoami()


async def test_the_operator_is_told_where_our_key_can_not_be_seen(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    fake.objects["Task"]["Frontdesk_Key__c"].hidden = True
    fake.closed.add("Event")

    assert "can not be seen on Task, Event: run `frontdesk crm prepare`" in await crm.whoami()


# -- ties ----------------------------------------------------------------------------------------------------


async def test_a_role_and_the_account_of_our_deal_are_written_together_or_not_at_all(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    account = fake.put("Account", Name="Example Lifts")
    contact, deal = await a_contact(crm), await a_deal(crm)
    await crm.tie(contact, "company", account)
    fake.read_only.add(("Opportunity", "AccountId"))

    with pytest.raises(ProviderRefused, match="fields: AccountId"):
        await crm.tie(contact, "deal", deal)
    assert fake.rows["OpportunityContactRole"] == {}

    fake.read_only.clear()
    await crm.tie(contact, "deal", deal)
    await crm.tie(contact, "deal", deal)
    await crm.tie(contact[:15], "deal", deal[:15])
    roles = [(row["ContactId"], row["IsPrimary"]) for row in fake.rows["OpportunityContactRole"].values()]
    assert roles == [(contact, True)]
    assert fake.rows["Opportunity"][deal]["AccountId"] == account


async def test_a_persons_deal_keeps_its_account_and_its_first_contact(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    first = await a_contact(crm)
    second = await a_contact(crm, "bea@example.com", OTHER)
    await crm.tie(second, "company", fake.put("Account", Name="Example Lifts"))
    deal = fake.put("Opportunity", Name="Theirs", StageName="Prospecting", CloseDate="2026-12-31")
    fake.put("OpportunityContactRole", OpportunityId=deal, ContactId=first, IsPrimary=True)

    await crm.tie(second, "deal", deal)

    roles = {row["ContactId"]: row["IsPrimary"] for row in fake.rows["OpportunityContactRole"].values()}
    assert roles == {first: True, second: False}
    assert fake.rows["Opportunity"][deal].get("AccountId") is None

    await crm.untie(second, "deal", deal)
    assert [row["ContactId"] for row in fake.rows["OpportunityContactRole"].values()] == [first]


async def test_another_account_of_the_contact_is_not_untied(fake: SalesforceFake, crm: Salesforce) -> None:
    ours, theirs = fake.put("Account", Name="Ours"), fake.put("Account", Name="Theirs")
    contact = await a_contact(crm)
    await crm.tie(contact, "company", theirs)

    await crm.untie(contact, "company", ours)

    assert [held.id for held in await crm.tied(contact, "company", [])] == [theirs]


async def test_an_account_that_goes_takes_no_contact_along(fake: SalesforceFake, crm: Salesforce) -> None:
    account = (await crm.create("company", {"Name": "Example Lifts"}, key=KEY)).id
    contact = fake.put("Contact", LastName="There before", Email="bea@example.com")
    await crm.tie(contact, "company", account)
    hung = await crm.has_history("company", account)

    await crm.remove("company", account)

    assert not hung
    assert fake.rows["Account"] == {}
    assert fake.rows["Contact"][contact]["AccountId"] is None


@pytest.mark.parametrize(
    ("sobject", "values"),
    [
        ("Contact", {"LastName": "A colleague"}),
        ("Opportunity", {"Name": "Theirs", "StageName": "Prospecting", "CloseDate": "2026-12-31"}),
    ],
)
async def test_what_would_go_with_an_account_hangs_on_it(
    fake: SalesforceFake, crm: Salesforce, sobject: str, values: dict[str, str]
) -> None:
    account = (await crm.create("company", {"Name": "Example Lifts"}, key=KEY)).id
    await crm.tie(await a_contact(crm), "company", account)
    before = await crm.has_history("company", account)

    fake.put(sobject, AccountId=account, **values)

    assert (before, await crm.has_history("company", account)) == (False, True)


# -- activities ----------------------------------------------------------------------------------------------


async def test_tasks_and_meetings_belong_to_the_contacts_owner(fake: SalesforceFake, crm: Salesforce) -> None:
    rep = "005000000000002AAA"
    fake.users[rep] = True
    contact = await a_contact(crm)
    fake.rows["Contact"][contact]["OwnerId"] = rep

    task = await crm.enter(Entry("task", KEY, "Call back", "", AT), contact=contact, company=None, deal=None)
    fake.users[rep] = False
    later = await crm.enter(
        Entry("task", OTHER, "Call again", "", AT), contact=contact, company=None, deal=None
    )

    assert fake.rows["Task"][task.id]["OwnerId"] == rep
    assert fake.rows["Task"][later.id]["OwnerId"] == fake.run_as
    assert len(fake.rows["Task"]) == 2


async def test_a_task_that_the_rep_did_stays_done(fake: SalesforceFake, crm: Salesforce) -> None:
    contact, entry = await a_contact(crm), Entry("task", KEY, "Call back", "", AT, due=AT, priority="high")
    made = await crm.enter(entry, contact=contact, company=None, deal=None)
    fake.rows["Task"][made.id]["Status"] = "Completed"

    await crm.enter(entry, contact=contact, company=None, deal=None)
    await crm.revise(made.id, entry)

    row = fake.rows["Task"][made.id]
    assert (row["Status"], row["Priority"], row["ActivityDate"]) == ("Completed", "High", "2026-03-02")


async def test_a_long_note_is_cut_and_hangs_on_the_deal(fake: SalesforceFake, crm: Salesforce) -> None:
    contact, deal = await a_contact(crm), await a_deal(crm)
    note = Entry("note", KEY, "s" * 300, "b" * 40_000, AT, url="https://example.com/talk/1")

    made = await crm.enter(note, contact=contact, company=None, deal=deal)

    row = fake.rows["Task"][made.id]
    assert (row["WhoId"], row["WhatId"], row["Status"]) == (contact, deal, "Completed")
    assert (len(row["Subject"]), len(row["Description"])) == (255, 32_000)
    assert row["Description"].endswith("https://example.com/talk/1")


async def test_a_meeting_that_was_called_off_leaves_the_time_free(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    contact, end = await a_contact(crm), AT + timedelta(minutes=45)
    meeting = Entry("meeting", KEY, "Demo", "", AT, end=end, url="https://meet.example.com/1")
    made = await crm.enter(meeting, contact=contact, company=None, deal=None)
    row = dict(fake.rows["Event"][made.id])

    await crm.revise(made.id, Entry("meeting", KEY, "Demo", "", AT, end=end, cancelled=True))

    assert (row["StartDateTime"], row["EndDateTime"]) == ("2026-03-02T10:00:00Z", "2026-03-02T10:45:00Z")
    assert (row["ShowAs"], row["Location"]) == ("Busy", "https://meet.example.com/1")
    after = fake.rows["Event"][made.id]
    assert (after["Subject"], after["ShowAs"]) == ("Cancelled: Demo", "Free")


async def test_nobody_can_say_that_nothing_hangs_on_a_contact_when_cases_are_closed_to_us(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    contact = await a_contact(crm)
    fake.closed.add("Case")

    assert await crm.has_history("contact", contact)


async def test_several_choices_are_written_as_one_text(fake: SalesforceFake, crm: Salesforce) -> None:
    contact = await a_contact(crm)

    await crm.change("contact", contact, {"Description": ["Dispatch", "Invoices"]})

    assert fake.rows["Contact"][contact]["Description"] == "Dispatch;Invoices"


async def test_a_deal_closes_some_day_when_nobody_says_which(fake: SalesforceFake) -> None:
    crm = Salesforce(fake.url, fake.client_id, fake.secret, clock=lambda: AT)

    open_end = await crm.create("deal", {"Name": "A", "StageName": "Prospecting"}, key=KEY)
    said = await crm.create(
        "deal", {"Name": "B", "StageName": "Prospecting", "CloseDate": "2026-04-01"}, key=OTHER
    )

    deals = fake.rows["Opportunity"]
    assert (deals[open_end.id]["CloseDate"], deals[said.id]["CloseDate"]) == ("2026-05-31", "2026-04-01")
    assert not {each.name: each for each in await crm.fields("deal")}["CloseDate"].required
