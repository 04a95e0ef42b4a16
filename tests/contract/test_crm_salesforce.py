"""What is special about Salesforce: sessions, SOQL, duplicate rules, rights field by field, composites, activities."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest

from crm_sync.errors import PolicyInvalid, ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.salesforce import Salesforce
from crm_sync.remote.ports import Entry, FieldInfo
from tests.support.crm_worlds.salesforce import an_org, client
from tests.support.fakes.salesforce_crm import SalesforceFake
from tests.support.fakes.salesforce_objects import DuplicateRule
from tests.support.fakes.salesforce_store import Validation

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KEY, OTHER = "k" * 64, "o" * 64
ADA = "ada@example.com"


@pytest.fixture
def fake() -> SalesforceFake:
    return an_org()


@pytest.fixture
def crm(fake: SalesforceFake) -> Salesforce:
    return client(fake)


async def a_contact(crm: Salesforce, address: str = ADA, key: str = KEY) -> str:
    return (await crm.create("contact", {"LastName": "Unknown", "Email": address}, key=key)).id


async def a_deal(crm: Salesforce, key: str = KEY) -> str:
    values = {"Name": "Team for 40", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    return (await crm.create("deal", values, key=key)).id


# -- the session ---------------------------------------------------------------------------------------------


async def test_an_expired_session_is_renewed_once_for_all_that_met_it(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    contact = await a_contact(crm)
    fake.expire()

    held = await asyncio.gather(*(crm.read("contact", contact, ["Email"]) for _ in range(5)))

    assert [each.values["Email"] for each in held if each] == [ADA] * 5
    assert fake.signed_in == 2


async def test_a_session_that_is_refused_again_is_denied(fake: SalesforceFake, crm: Salesforce) -> None:
    await crm.whoami()
    for _ in range(2):
        fake.refuse("INVALID_SESSION_ID", "Session expired or invalid", 401)

    with pytest.raises(ProviderDenied, match="Session expired"):
        await crm.whoami()

    assert fake.signed_in == 2


async def test_a_wrong_key_is_denied_with_how_to_mend_it(fake: SalesforceFake) -> None:
    with pytest.raises(ProviderDenied, match="copy the consumer secret again") as caught:
        await Salesforce(fake.url, fake.client_id, "WRONG-S3CRET").whoami()
    assert "WRONG" not in str(caught.value)

    with pytest.raises(ProviderDenied, match="copy the consumer key again"):
        await Salesforce(fake.url, "unknown", fake.secret).whoami()

    fake.run_as = ""
    with pytest.raises(ProviderDenied, match="under Run As"):
        await client(fake).whoami()


def test_a_secret_is_never_sent_in_the_clear() -> None:
    with pytest.raises(PolicyInvalid, match="not https"):
        Salesforce("http://fernway.my.salesforce.com", "key", "secret")


# -- saying no -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "pause"),
    [
        ("REQUEST_LIMIT_EXCEEDED", 403, 3_600.0),
        ("UNABLE_TO_LOCK_ROW", 400, None),
        ("SERVER_UNAVAILABLE", 503, None),
        ("UNKNOWN_EXCEPTION", 500, None),
    ],
)
async def test_limits_locks_and_maintenance_are_busy(
    fake: SalesforceFake, crm: Salesforce, code: str, status: int, pause: float | None
) -> None:
    contact = await a_contact(crm)
    said = "TotalRequests Limit exceeded." if status == 403 else "unable to obtain exclusive access"
    fake.refuse(code, said, status)

    with pytest.raises(ProviderBusy, match=code) as caught:
        await crm.change("contact", contact, {"Title": "Lead"})

    assert not isinstance(caught.value, ProviderDenied)
    assert caught.value.retry_after_s == pause


@pytest.mark.parametrize("code", ["API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "STORAGE_LIMIT_EXCEEDED"])
async def test_what_concerns_the_whole_org_is_denied(
    fake: SalesforceFake, crm: Salesforce, code: str
) -> None:
    await crm.whoami()
    fake.refuse(code, "The REST API is not enabled for this Organization.", 403)

    with pytest.raises(ProviderDenied, match=code):
        await crm.whoami()


async def test_a_right_that_lacks_for_one_record_is_refused_not_denied(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    contact = await a_contact(crm)
    fake.refuse("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", 403)

    with pytest.raises(ProviderRefused, match="insufficient access rights"):
        await crm.change("contact", contact, {"Title": "Lead"})


async def test_nobody_at_the_other_end_is_busy(fake: SalesforceFake) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"

        with pytest.raises(ProviderBusy, match="ReadTimeout") as caught:
            await Salesforce(address, "key", "secret", timeout_s=0.1).whoami()
    assert not isinstance(caught.value, ProviderDenied)

    with pytest.raises(ProviderBusy, match="ConnectionError"):
        await Salesforce(address, "key", "secret").whoami()


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"Title": "x" * 129}, "Title", "STRING_TOO_LONG"),
        ({"Email": "not-an-address"}, "Email", "INVALID_EMAIL_ADDRESS"),
        ({"LastName": None}, "LastName", "REQUIRED_FIELD_MISSING"),
        ({"Phone": "+49 30 1"}, "Phone", "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Department": "Dispatch"}, "Department", "Ask sales operations first"),
    ],
)
async def test_a_refusal_names_the_field_and_repeats_no_value(
    fake: SalesforceFake, crm: Salesforce, values: dict[str, str | None], field: str, words: str
) -> None:
    contact = await a_contact(crm)
    fake.read_only.add(("Contact", "Phone"))
    fake.validations.append(
        Validation(
            "Contact", "Department", "Ask sales operations first", lambda row: bool(row.get("Department"))
        )
    )

    with pytest.raises(ProviderRefused, match=words) as caught:
        await crm.change("contact", contact, values)

    assert f"fields: {field}" in str(caught.value)
    assert not any(value in str(caught.value) for value in values.values() if value)


# -- queries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "x' OR Name != '",
        "O'Neil \\",
        "\\' OR Id != null OR Name = \\'",
        'a "quoted"\nline',
        "{0} {literal}",
        "50%_",
    ],
)
async def test_a_value_stays_a_value_in_a_query(fake: SalesforceFake, crm: Salesforce, typed: str) -> None:
    fake.put("Contact", LastName="Somebody", Title="Lead")
    own = fake.put("Contact", LastName="Unknown", Title=typed)

    found = await crm.find("contact", "Title", typed, ["LastName"])

    assert [held.id for held in found] == [own]


@pytest.mark.parametrize("name", ["Email = null OR Name", "Id FROM User", "Name'", ""])
async def test_only_a_name_stands_where_a_field_belongs(crm: Salesforce, name: str) -> None:
    with pytest.raises(ProviderRefused, match="no name of a Salesforce field"):
        await crm.find("contact", name, "x", [])
    with pytest.raises(ProviderRefused, match="no name of a Salesforce field"):
        await crm.find("contact", "Email", "x", [name])


async def test_a_website_is_found_by_its_host_over_several_pages(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    fake.page_size = 2
    typed = (
        "https://www.example.com/en",
        "example.com.au",
        "notexample.com",
        "EXAMPLE.com",
        "http://example.com:8080",
    )
    own = [fake.put("Account", Name="Unknown", Website=each) for each in typed]

    found = await crm.find("company", "Website", "example.com", ["Name", "Website"])

    assert [held.id for held in found] == [own[0], own[3], own[4]]
    assert [held.values for held in found] == [{"Name": "Unknown", "Website": "example.com"}] * 3
    assert fake.faults.count("GET", "/query/01g") == 2


# -- one record per key --------------------------------------------------------------------------------------


async def test_making_again_writes_nothing_over_what_a_person_typed(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    contact = await a_contact(crm)
    fake.rows["Contact"][contact]["LastName"] = "Lovelace"

    again = await crm.create("contact", {"LastName": "Unknown", "Email": ADA}, key=KEY)

    assert (again.id, again.created) == (contact, False)
    assert fake.rows["Contact"][contact]["LastName"] == "Lovelace"


async def test_two_that_make_at_the_same_moment_are_told_one_record(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    await crm.whoami()
    said = "duplicate value found: Frontdesk_Key__c duplicates value on record with id: 003000000000001"
    fake.refuse("DUPLICATE_VALUE", said, after=True, skip=1)

    made = await crm.create("deal", {"Name": "A", "StageName": "New", "CloseDate": "2026-12-31"}, key=KEY)

    assert not made.created
    assert list(fake.rows["Opportunity"]) == [made.id]


async def test_the_one_contact_with_the_same_address_that_a_rule_names_is_taken(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    own = fake.put("Contact", LastName="Lovelace", Email="ADA@example.com")

    made = await crm.create("contact", {"LastName": "Unknown", "Email": ADA}, key=KEY)

    assert (made.id, made.created) == (own, False)
    assert fake.rows["Contact"][own]["LastName"] == "Lovelace"


async def test_whatever_else_a_rule_names_is_for_a_person_to_decide(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    fake.rules = [DuplicateRule("Contact", ("LastName",), "Same_Name", allow_save=False)]
    one = fake.put("Contact", LastName="Lovelace", Email="other@example.com")

    with pytest.raises(ProviderRefused, match=f"'Same_Name' named Contact {one}"):
        await crm.create("contact", {"LastName": "Lovelace", "Email": ADA}, key=KEY)

    two = fake.put("Contact", LastName="Lovelace", Email=ADA)
    with pytest.raises(ProviderRefused, match=two):
        await crm.create("contact", {"LastName": "Lovelace", "Email": ADA}, key=KEY)

    assert len(fake.rows["Contact"]) == 2


async def test_a_record_of_another_kind_is_never_taken_for_ours(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    fake.rules = [DuplicateRule("Contact", ("Email",), "Contacts_and_leads", against=("Lead",))]
    fake.rows["Lead"] = {"00Q000000000001AAA": {"Id": "00Q000000000001AAA", "Email": ADA}}

    with pytest.raises(ProviderRefused, match="Lead 00Q000000000001AAA"):
        await a_contact(crm)


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
