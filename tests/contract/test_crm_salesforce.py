"""What is special about Salesforce: sessions, SOQL, duplicate rules, rights field by field, composites, activities."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest

from crm_sync.errors import PolicyInvalid, ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.salesforce import Salesforce
from tests.support.crm_worlds.salesforce import ADA, KEY, a_contact, an_org, client
from tests.support.fakes.salesforce_crm import SalesforceFake
from tests.support.fakes.salesforce_objects import DuplicateRule
from tests.support.fakes.salesforce_store import Validation

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def fake() -> SalesforceFake:
    return an_org()


@pytest.fixture
def crm(fake: SalesforceFake) -> Salesforce:
    return client(fake)


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
    # What is left of a day may be more than eight attempts an hour apart.
    assert sum(caught.value.pauses_s or ()) > 24 * 3_600 if pause else caught.value.pauses_s is None


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


async def test_a_rule_that_strikes_on_a_change_is_told_with_what_it_named(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    contact = await a_contact(crm)
    other = fake.put("Contact", LastName="Somebody", Email="bea@example.com")

    with pytest.raises(ProviderRefused, match=f"'Standard_Contact_Duplicate_Rule' named Contact {other}"):
        await crm.change("contact", contact, {"Email": "bea@example.com"})


async def test_a_record_of_another_kind_is_never_taken_for_ours(
    fake: SalesforceFake, crm: Salesforce
) -> None:
    fake.rules = [DuplicateRule("Contact", ("Email",), "Contacts_and_leads", against=("Lead",))]
    fake.rows["Lead"] = {"00Q000000000001AAA": {"Id": "00Q000000000001AAA", "Email": ADA}}

    with pytest.raises(ProviderRefused, match="Lead 00Q000000000001AAA"):
        await a_contact(crm)
