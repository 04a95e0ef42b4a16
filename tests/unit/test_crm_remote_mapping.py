"""A field mapping: read with its mistakes named, and carrying values there and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_sync.errors import MappingInvalid
from crm_sync.remote.mapping import Date, DateTime, Join, Scale, Target, Template
from crm_sync.remote.mapping_file import read_mapping, shipped_mapping
from crm_sync.remote.transforms import Untranslatable, back, country_code, there
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds.memory import MAPPING

TEXT = MAPPING.read_text("utf-8")
MEMORY = Translator(read_mapping(TEXT, "memory.yaml"))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("[lower]", "[loer]", "m.yaml:6: contact.fields.email.transforms.0: 'loer' is none of"),
        ("[lower]", "lower", "m.yaml:6: contact.fields.email.transforms: a list belongs here"),
        (
            "truncate: 128",
            "trunc: 128",
            "m.yaml:11: contact.fields.job_title.transforms.0: {'trunc': 128} is no",
        ),
        (
            "truncate: 128",
            "truncate: abc",
            "m.yaml:11: contact.fields.job_title.transforms.0.truncate: 'abc' is no",
        ),
        (
            "job_title",
            "job_titel",
            "contact.fields.job_titel: a contact of ours has no field 'job_titel'; did you",
        ),
        ("custom.region", "region", "has no field 'region'; write custom.region for a field of your own"),
        ("to: Stage", "tp: Stage", "m.yaml:34: deal.fields.stage.tp: unknown key 'tp'"),
        ("won: Won", "win: Won", "deal.fields.stage.values.win: deal.stage is never 'win'; write one of new"),
        ("skip: [owner, ", "skip: [phone, ", "contact.skip.0: 'phone' stands under fields as well"),
        ("phone: Phone", "owner: Phone", "contact.fields.owner: an owner is never written; move it to skip"),
        ("phone: Phone", "phone: Title", "'Title' belongs to 'phone' already"),
        (
            "phone: Phone",
            "phone: a b",
            "contact.fields.phone: 'a b' does not fit; write a field name of theirs",
        ),
        ("Name: Chat", "Name: '{deal.x}'", "deal.defaults.Name: {deal.x} is no field of ours"),
        ("label: Plan", "label: Plan, size: 3", "deal.fields.plan.create.size: unknown key 'size'"),
        ("version: memory-1\n", "", "m.yaml:1: version: 'version' is missing; write it"),
        ("seats: Seats", "seats: Seats\n    seats: S", "'seats' stands here a second time"),
        ("contact:", "contact: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_line_and_fix(was: str, now: str, said: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        read_mapping(TEXT.replace(was, now, 1), "m.yaml")

    assert said in str(caught.value)


def test_a_mapping_of_a_template_has_one_hole() -> None:
    with pytest.raises(MappingInvalid, match=r"must hold \{value\} once"):
        read_mapping(TEXT.replace("{truncate: 128}", "{template: 'no hole'}", 1), "m.yaml")


@pytest.mark.parametrize("provider", ["hubspot", "salesforce", "pipedrive"])
def test_the_shipped_mappings_tell_what_becomes_of_every_field(provider: str) -> None:
    mapping = shipped_mapping(provider)

    for record in ("contact", "company", "deal"):
        part = mapping.record(record)
        assert "owner" in part.skip
    assert mapping.provider == provider
    assert Translator(mapping).lookup("contact", "email", "Ada@Example.com") is not None
    assert Translator(mapping).is_closed(Translator(mapping).there("deal", "stage", "won"))
    assert not Translator(mapping).is_closed(Translator(mapping).there("deal", "stage", "new"))


WORD = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=12)
NAMES = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
TRIPS = [
    (Target(to="x"), st.one_of(NAMES, st.integers(), st.booleans())),
    (Target(to="x", transforms=("trim",)), NAMES),
    (Target(to="x", transforms=(Scale(scale=100),)), st.decimals(0, 10_000, places=2).map(float)),
    (Target(to="x", transforms=(Scale(scale=0.001),)), st.integers(0, 10**6)),
    (Target(to="x", transforms=(Join(join=";"),)), st.lists(WORD, min_size=1, max_size=5)),
    (Target(to="x", transforms=(Date(date="%d.%m.%Y"),)), st.dates().filter(lambda d: d.year > 999).map(str)),
    (Target(to="x", transforms=("country_name",)), st.sampled_from(["DE", "AT", "US", "GB", "CI", "TR"])),
    (Target(to="x", transforms=(Template(template="Seats: {value} (said)"),)), NAMES),
    (
        Target(to="x", values={"a": "one", "b": ("two", "zwei"), "true": "Y", "3": 4}),
        st.sampled_from(["a", "b", "3"]),
    ),
    (
        Target(to="x", values={"a": "one", "b": "two"}, transforms=(Join(join=";"),)),
        st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=3),
    ),
]


@pytest.mark.parametrize("place", range(len(TRIPS)))
def test_a_value_comes_back_as_it_went(place: int) -> None:
    target, values = TRIPS[place]

    @settings(max_examples=40, deadline=None)
    @given(values)
    def trip(value: Any) -> None:
        assert back(target, there(target, value)) == value

    trip()


@settings(max_examples=60, deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_to_the_millisecond(at: Any) -> None:
    target = Target(to="x", transforms=(DateTime(datetime="epoch_ms"),))

    again = datetime.fromisoformat(back(target, there(target, at.isoformat())))

    assert abs((again - at).total_seconds()) < 0.002


@settings(max_examples=60, deadline=None)
@given(NAMES)
def test_a_name_split_in_two_is_one_name_again(name: str) -> None:
    written = MEMORY.there("contact", "name", name)

    assert MEMORY.back("contact", "name", written) == (None if name == "Unknown" else name)
    assert written["Last"], "the vendor wants a last name, and a first name alone gets one"


def test_what_a_vendor_makes_of_spelling_is_the_same_value() -> None:
    assert MEMORY.alike("contact", "phone", {"Phone": "+49 (0)30 12"}, {"Phone": "+4903012"})
    assert MEMORY.alike("contact", "email", {"Mail": "ada@example.com"}, {"Mail": "Ada@Example.com"})
    assert MEMORY.alike("deal", "seats", {"Seats": "40.0"}, {"Seats": 40})
    assert MEMORY.alike("contact", "job_title", {"Title": " Lead  of ops"}, {"Title": "Lead of ops"})
    assert not MEMORY.alike("contact", "job_title", {"Title": "lead"}, {"Title": "Lead"})
    assert not MEMORY.alike("deal", "seats", {"Seats": None}, {"Seats": 0})


def test_what_was_only_filled_in_counts_as_nothing() -> None:
    assert MEMORY.is_empty("company", "name", {"Name": "Unknown"})
    assert not MEMORY.is_empty("company", "name", {"Name": "Lifts"})
    assert MEMORY.fields("company", {"Name": "Unknown", "Staff": "40"}) == {"team_size": 40}


def test_the_first_default_whose_holes_can_be_filled_is_taken() -> None:
    assert MEMORY.defaults("company", {}, {"company.domain": "lifts.example"}) == {"Name": "lifts.example"}
    assert MEMORY.defaults("company", {}, {}) == {"Name": "Unknown"}
    assert MEMORY.defaults("company", {"Name": "Lifts"}, {}) == {}


def test_a_value_that_the_enumeration_lacks_is_not_guessed() -> None:
    with pytest.raises(Untranslatable, match="has no counterpart of 'trial'"):
        MEMORY.there("deal", "stage", "trial")

    assert MEMORY.back("deal", "stage", {"Stage": "Somewhere else"}) is None
    assert MEMORY.back("deal", "stage", {"Stage": "Discussing"}) == "qualified"


def test_values_come_back_with_our_types() -> None:
    assert MEMORY.back("deal", "seats", {"Seats": "40"}) == 40
    assert MEMORY.back("contact", "lead_score", {"x_score": "12.5"}) == 12.5
    assert MEMORY.back("contact", "phone", {"Phone": 4930}) == "4930"
    assert MEMORY.back("deal", "seats", {"Seats": "many"}) is None


@pytest.mark.parametrize(
    ("name", "code"), [("germany", "DE"), ("de", "DE"), (" Austria ", "AT"), ("Nowhere", None)]
)
def test_a_country_is_known_by_name_or_code(name: str, code: str | None) -> None:
    assert country_code(name) == code
