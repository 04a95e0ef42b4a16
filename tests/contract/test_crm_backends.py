"""What every vendor's file must do, whichever it is: find, make once, change, tie, enter once, take out, say no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_sync.errors import ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.remote.checking import check
from crm_sync.remote.mapping import RECORD_NAMES
from crm_sync.remote.ports import Entry, FieldInfo, Made
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds import BackendWorld
from tests.support.crm_worlds.registry import WORLDS, opened
from tests.support.fakes.served import Fault
from tests.support.remote_crm import mapping_of

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ADA, BEA = "ada@example.com", "bea@example.com"
KEY = "k" * 64
OTHER = "o" * 64


@pytest.fixture(params=sorted(WORLDS))
async def world(request: pytest.FixtureRequest) -> AsyncIterator[BackendWorld]:
    async with opened(request.param) as made:
        # Where deals keep their seats is a field of our own at most vendors; the names tell.
        for record, name, label in (
            ("deal", "deal.seats", "Seats"),
            ("company", "company.team_size", "Team size"),
        ):
            known = {each.name for each in await made.backend.fields(record)}  # type: ignore[arg-type]
            if made.names[name] not in known:
                await made.backend.prepare(record, [FieldInfo(made.names[name], label, "integer")])  # type: ignore[arg-type]
            else:
                await made.backend.prepare(record, [])  # type: ignore[arg-type]
        await made.backend.prepare("contact", [])
        yield made


async def a_contact(world: BackendWorld, address: str | None = ADA, *, key: str = KEY, **more: Any) -> Made:
    values = {**world.required.get("contact", {}), **_named(world, "contact", more)}
    if address:
        values[world.names["contact.email"]] = address
    return await world.backend.create("contact", values, key=key)


async def a_company(world: BackendWorld, domain: str = "example.com", *, key: str = KEY) -> Made:
    values = {**world.required.get("company", {}), world.names["company.domain"]: domain}
    return await world.backend.create("company", values, key=key)


async def a_deal(world: BackendWorld, name: str = "Team for 40", *, key: str = KEY) -> Made:
    values = {**world.required.get("deal", {}), world.names["deal.name"]: name}
    return await world.backend.create("deal", values, key=key)


def a_note(subject: str = "Asked about SSO", *, key: str = KEY) -> Entry:
    return Entry("note", key, subject, "Wants SAML.", AT, url="https://example.com/talk/1")


def _named(world: BackendWorld, record: str, values: dict[str, Any]) -> dict[str, Any]:
    return {world.names[f"{record}.{name}"]: value for name, value in values.items()}


# -- records -------------------------------------------------------------------------------------------------


async def test_a_record_that_was_made_can_be_read(world: BackendWorld) -> None:
    title, mail = world.names["contact.job_title"], world.names["contact.email"]

    made = await a_contact(world, job_title="Operations lead")

    held = await world.backend.read("contact", made.id, [title, mail])
    assert made.created
    assert held is not None
    assert held.id == made.id
    assert dict(held.values) == {title: "Operations lead", mail: ADA}


async def test_making_twice_with_one_key_is_one_record(world: BackendWorld) -> None:
    makers = {"contact": a_contact, "company": a_company, "deal": a_deal}
    for record, make in makers.items():
        first = await make(world)  # type: ignore[operator]
        again = await make(world)  # type: ignore[operator]

        assert (first.created, again.created) == (True, False), record
        assert again.id == first.id, record
        assert list(world.records(record)) == [first.id], record  # type: ignore[arg-type]


async def test_contacts_without_an_address_are_told_apart_by_their_keys(world: BackendWorld) -> None:
    first = await a_contact(world, None, key=KEY, job_title="One")
    second = await a_contact(world, None, key=OTHER, job_title="Two")
    again = await a_contact(world, None, key=KEY, job_title="One")

    assert first.id != second.id
    assert (again.id, again.created) == (first.id, False)


async def test_deals_of_the_same_name_with_two_keys_are_two(world: BackendWorld) -> None:
    first = await a_deal(world, key=KEY)
    second = await a_deal(world, key=OTHER)

    assert first.id != second.id
    assert len(world.records("deal")) == 2


async def test_a_taken_address_returns_its_contact(world: BackendWorld) -> None:
    first = await a_contact(world, key=KEY)

    second = await a_contact(world, key=OTHER)

    assert (second.id, second.created) == (first.id, False)
    assert len(world.records("contact")) == 1


@pytest.mark.parametrize("record", ["contact", "company", "deal"])
async def test_an_answer_that_was_lost_after_the_effect_leaves_one_record(
    world: BackendWorld, record: ObjectName
) -> None:
    make: Any = {"contact": a_contact, "company": a_company, "deal": a_deal}[record]

    for skip in range(4):
        key = f"{skip}" * 64
        values = {
            "contact": f"lost{skip}@example.com",
            "company": f"lost{skip}.example.com",
            "deal": f"Lost {skip}",
        }
        world.faults.waiting.append(Fault(503, {"message": "gone"}, after=True, skip=skip))
        made = await _tried(lambda: make(world, values[record], key=key))  # noqa: B023
        world.faults.waiting.clear()
        again = await make(world, values[record], key=key)

        assert again.id == made.id
        assert not again.created
        assert len(world.records(record)) == skip + 1


async def test_a_record_is_found_by_a_field_whatever_the_case(world: BackendWorld) -> None:
    mail, title = world.names["contact.email"], world.names["contact.job_title"]
    made = await a_contact(world, job_title="Operations lead")
    await a_contact(world, BEA, key=OTHER)
    world.settle()

    found = await world.backend.find("contact", mail, "ADA@example.com", [title])

    assert [(held.id, dict(held.values)) for held in found] == [(made.id, {title: "Operations lead"})]
    assert await world.backend.find("contact", mail, "nobody@example.com", [title]) == ()


async def test_a_contact_is_found_by_its_address_at_once(world: BackendWorld) -> None:
    made = await a_contact(world)

    found = await world.backend.find("contact", world.names["contact.email"], ADA, [])

    assert [held.id for held in found] == [made.id]


async def test_companies_of_one_domain_are_all_found_oldest_first(world: BackendWorld) -> None:
    first = await a_company(world, key=KEY)
    second = await a_company(world, key=OTHER)
    world.settle()

    found = await world.backend.find("company", world.names["company.domain"], "example.com", [])

    # A vendor may hold domains to be unique; then both are one.
    assert [held.id for held in found] == list(dict.fromkeys([first.id, second.id]))


async def test_fields_are_changed_and_emptied(world: BackendWorld) -> None:
    title, mail = world.names["contact.job_title"], world.names["contact.email"]
    made = await a_contact(world, job_title="Operations lead")

    await world.backend.change("contact", made.id, {title: "Head of operations"})
    changed = await world.backend.read("contact", made.id, [title, mail])
    await world.backend.change("contact", made.id, {title: None})
    emptied = await world.backend.read("contact", made.id, [title, mail])

    assert changed is not None
    assert emptied is not None
    assert dict(changed.values) == {title: "Head of operations", mail: ADA}
    assert dict(emptied.values) == {mail: ADA}


async def test_a_field_that_a_person_typed_is_read(world: BackendWorld) -> None:
    title = world.names["contact.job_title"]
    made = await a_contact(world, job_title="Operations lead")

    world.edit("contact", made.id, title, "Chief of operations")

    held = await world.backend.read("contact", made.id, [title])
    assert held is not None
    assert held.values[title] == "Chief of operations"


async def test_numbers_come_back_as_what_they_are(world: BackendWorld) -> None:
    seats = world.names["deal.seats"]
    made = await a_deal(world)

    await world.backend.change("deal", made.id, {seats: 40})

    held = await world.backend.read("deal", made.id, [seats])
    assert held is not None
    assert float(held.values[seats]) == 40


async def test_what_is_gone_reads_as_nothing(world: BackendWorld) -> None:
    made = await a_contact(world)

    await world.backend.remove("contact", made.id)
    await world.backend.remove("contact", made.id)

    assert await world.backend.read("contact", made.id, []) is None
    assert made.id not in world.records("contact")


async def test_what_was_removed_can_be_made_again_with_its_key(world: BackendWorld) -> None:
    first = await a_contact(world)
    await world.backend.remove("contact", first.id)
    world.settle()

    second = await a_contact(world)

    assert second.created
    assert await world.backend.read("contact", second.id, []) is not None


async def test_changing_what_is_gone_is_refused(world: BackendWorld) -> None:
    made = await a_contact(world)
    await world.backend.remove("contact", made.id)

    with pytest.raises(ProviderRefused):
        await world.backend.change("contact", made.id, {world.names["contact.job_title"]: "Lead"})


async def test_an_unknown_field_is_refused_in_the_vendors_words(world: BackendWorld) -> None:
    made = await a_contact(world)

    with pytest.raises(ProviderRefused, match="no_such_field"):
        await world.backend.change("contact", made.id, {"no_such_field": "x"})


# -- ties ----------------------------------------------------------------------------------------------------


async def test_a_company_is_tied_once_and_untied(world: BackendWorld) -> None:
    domain = world.names["company.domain"]
    contact, company = await a_contact(world), await a_company(world)

    await world.backend.tie(contact.id, "company", company.id)
    await world.backend.tie(contact.id, "company", company.id)
    tied = await world.backend.tied(contact.id, "company", [domain])
    await world.backend.untie(contact.id, "company", company.id)
    await world.backend.untie(contact.id, "company", company.id)

    assert [(held.id, dict(held.values)) for held in tied] == [(company.id, {domain: "example.com"})]
    assert await world.backend.tied(contact.id, "company", [domain]) == ()


async def test_deals_of_a_contact_come_newest_first(world: BackendWorld) -> None:
    name = world.names["deal.name"]
    contact = await a_contact(world)
    first, second = await a_deal(world, "First", key=KEY), await a_deal(world, "Second", key=OTHER)

    await world.backend.tie(contact.id, "deal", first.id)
    await world.backend.tie(contact.id, "deal", second.id)

    tied = await world.backend.tied(contact.id, "deal", [name])
    assert [held.values[name] for held in tied] == ["Second", "First"]


# -- timeline ------------------------------------------------------------------------------------------------


async def test_an_entry_is_written_once_per_key(world: BackendWorld) -> None:
    contact = await a_contact(world)

    first = await world.backend.enter(a_note(), contact=contact.id, company=None, deal=None)
    again = await world.backend.enter(a_note(), contact=contact.id, company=None, deal=None)

    assert (again.id, first.created, again.created) == (first.id, True, False)
    assert world.entries() == [("note", "Asked about SSO")]


@pytest.mark.parametrize("skip", range(4))
async def test_an_entry_whose_answer_was_lost_is_not_written_again(world: BackendWorld, skip: int) -> None:
    contact, company, deal = await a_contact(world), await a_company(world), await a_deal(world)
    on = {"contact": contact.id, "company": company.id, "deal": deal.id}

    world.faults.waiting.append(Fault(503, {"message": "gone"}, after=True, skip=skip))
    await _tried(lambda: world.backend.enter(a_note(), **on))

    assert world.entries() == [("note", "Asked about SSO")]


async def test_meetings_and_tasks_are_entered_revised_and_taken_out(world: BackendWorld) -> None:
    contact = await a_contact(world)
    later = AT + timedelta(days=1)
    meeting = Entry("meeting", KEY, "Demo", "By video", AT, end=AT + timedelta(minutes=30))
    task = Entry("task", OTHER, "Call back", "", AT, due=later, priority="high")

    met = await world.backend.enter(meeting, contact=contact.id, company=None, deal=None)
    todo = await world.backend.enter(task, contact=contact.id, company=None, deal=None)
    before = sorted(world.entries())
    moved = Entry("meeting", KEY, "Demo (moved)", "", later, end=later + timedelta(minutes=30))
    await world.backend.revise(met.id, moved)
    revised = sorted(world.entries())
    for kind, made in (("meeting", met), ("task", todo), ("meeting", met)):
        await world.backend.take_out(kind, made.id)  # type: ignore[arg-type]

    assert before == [("meeting", "Demo"), ("task", "Call back")]
    assert revised == [("meeting", "Demo (moved)"), ("task", "Call back")]
    assert world.entries() == []


async def test_a_meeting_can_be_called_off(world: BackendWorld) -> None:
    contact = await a_contact(world)
    end = AT + timedelta(minutes=30)
    met = await world.backend.enter(
        Entry("meeting", KEY, "Demo", "", AT, end=end), contact=contact.id, company=None, deal=None
    )

    await world.backend.revise(
        met.id, Entry("meeting", KEY, "Cancelled: Demo", "", AT, end=end, cancelled=True)
    )

    assert world.entries() in ([("meeting", "Cancelled: Demo")], [])


async def test_an_entry_makes_history(world: BackendWorld) -> None:
    contact = await a_contact(world)
    assert not await world.backend.has_history("contact", contact.id)

    await world.backend.enter(a_note(), contact=contact.id, company=None, deal=None)

    assert await world.backend.has_history("contact", contact.id)


# -- metadata ------------------------------------------------------------------------------------------------


async def test_the_account_is_named(world: BackendWorld) -> None:
    assert await world.backend.whoami()


async def test_metadata_describes_the_fields_that_are_used(world: BackendWorld) -> None:
    for name, types in (
        ("contact.email", {"email", "string"}),
        ("contact.job_title", {"string", "text"}),
        ("deal.name", {"string", "text"}),
        ("company.team_size", {"integer", "number", "choice"}),
    ):
        record = name.partition(".")[0]
        fields = {each.name: each for each in await world.backend.fields(record)}  # type: ignore[arg-type]
        found = fields[world.names[name]]
        assert found.type in types, name
        assert found.writable, name
        assert found.label, name


async def test_fields_are_made_once(world: BackendWorld) -> None:
    wanted = [FieldInfo("frontdesk_region", "Region", "choice", options=("North", "South"))]

    try:
        made = await world.backend.prepare("contact", wanted)
    except ProviderRefused as refusal:
        assert "frontdesk_region" in str(refusal), "a vendor that can not make fields says which to make"  # noqa: PT017
        return
    again = await world.backend.prepare("contact", wanted)

    assert len(made) == 1
    assert again == ()
    described = {each.label: each for each in await world.backend.fields("contact")}["Region"]
    assert (described.type, set(described.options)) == ("choice", {"North", "South"})


async def test_the_shipped_mapping_passes_its_check(world: BackendWorld) -> None:
    mapping = mapping_of(world)
    for record in RECORD_NAMES:
        await world.backend.prepare(record, Translator(mapping).new_fields(record))

    found = await check(world.backend, mapping)

    assert [each for each in found.findings if each.is_sure] == []
    assert found.account
    assert found.fields > 10


# -- saying no -----------------------------------------------------------------------------------------------


async def test_too_many_requests_are_busy_with_the_pause_that_was_asked_for(world: BackendWorld) -> None:
    contact = await a_contact(world)
    world.faults.waiting.append(world.limited())

    with pytest.raises(ProviderBusy) as caught:
        await world.backend.read("contact", contact.id, [])

    assert not isinstance(caught.value, ProviderDenied)
    assert caught.value.retry_after_s == world.limited_for_s


async def test_a_server_that_is_down_is_busy(world: BackendWorld) -> None:
    contact = await a_contact(world)
    world.faults.waiting.append(Fault(503, {"message": "maintenance"}))

    with pytest.raises(ProviderBusy) as caught:
        await world.backend.change("contact", contact.id, {world.names["contact.job_title"]: "Lead"})

    assert not isinstance(caught.value, ProviderDenied)


async def test_a_refused_key_is_denied_whatever_was_asked(world: BackendWorld) -> None:
    contact = await a_contact(world)
    denied = world.denied()
    denied.times = 100
    world.faults.waiting.append(denied)

    with pytest.raises(ProviderDenied):
        await world.backend.whoami()
    with pytest.raises(ProviderDenied):
        await world.backend.change("contact", contact.id, {world.names["contact.job_title"]: "Lead"})


async def test_nothing_is_repeated_after_it_may_have_had_an_effect(world: BackendWorld) -> None:
    contact = await a_contact(world)
    world.faults.asked.clear()
    world.faults.waiting.append(Fault(503, {"message": "gone"}, times=100))

    with pytest.raises(ProviderBusy):
        await world.backend.change("contact", contact.id, {world.names["contact.job_title"]: "Lead"})

    assert len(world.faults.asked) == 1


async def _tried(call: Any) -> Made:
    """Once more after a failure, as the engine does."""
    try:
        made: Made = await call()
    except ProviderBusy:
        made = await call()
    return made
