"""Laws of matching: one spelling stays itself, and no pair depends on who comes first."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_sync.comparing import matching, matching_rules, normalising
from crm_sync.comparing.values import Identity, MatchedObject

WORDS = st.text(
    alphabet=st.sampled_from("abcdeghilmnorstuABÄÖÜßéñøłİı .,-&+@'’/0123"), min_size=0, max_size=24
)
ANY = st.one_of(WORDS, st.text(max_size=24))
HOSTS = st.sampled_from(
    ["gmail.com", "googlemail.com", "lifts.example", "WWW.Lifts.example", "münchen.example"]
)
ADDRESSES = st.one_of(ANY, st.builds("{}@{}".format, WORDS, HOSTS))
PHONES = st.one_of(
    ANY, st.sampled_from(["030 23125 111", "+49 30 23125111", "07400 123456", "+447400123456"])
)
COUNTRIES = st.sampled_from(["", "DE", "GB", "xx"])


def a_record(kind: MatchedObject, id_: str) -> st.SearchStrategy[Identity]:
    return st.builds(
        Identity,
        st.just(kind),
        st.just(id_),
        name=WORDS,
        email=ADDRESSES,
        phone=PHONES,
        domain=st.one_of(st.just(""), HOSTS),
        company=WORDS,
        country=COUNTRIES,
    )


PAIRS = st.one_of(
    st.tuples(a_record("contact", "a"), a_record("contact", "b")),
    st.tuples(a_record("company", "a"), a_record("company", "b")),
)


@given(ANY)
@example("ß’İ")
@settings(max_examples=60, deadline=None)
def test_what_is_spelled_plainly_stays_as_it_is(text: str) -> None:
    assert normalising.plain(normalising.plain(text)) == normalising.plain(text)


@given(ADDRESSES)
@example("+@x.example")
@settings(max_examples=60, deadline=None)
def test_an_address_in_its_one_form_stays_as_it_is(text: str) -> None:
    once = normalising.email_form(text)

    assert normalising.email_form(once) == once


@given(st.one_of(ANY, HOSTS))
@settings(max_examples=60, deadline=None)
def test_a_domain_in_its_one_form_stays_as_it_is(text: str) -> None:
    once = normalising.domain_form(text)

    assert normalising.domain_form(once) == once


@given(WORDS)
@example("the co")
@example("a.b. and co. kg")
@settings(max_examples=60, deadline=None)
def test_a_companys_name_without_its_legal_form_stays_as_it_is(text: str) -> None:
    once = normalising.company_form(text)

    assert normalising.company_form(once) == once


@given(PHONES, COUNTRIES)
@settings(max_examples=60, deadline=None)
def test_a_number_in_e164_reads_the_same_in_every_country(text: str, country: str) -> None:
    once = normalising.phone_form(text, country)

    assert not once or normalising.phone_form(once, "US") == once


@given(PAIRS)
@settings(max_examples=80, deadline=None)
def test_a_score_is_the_same_whichever_comes_first(pair: tuple[Identity, Identity]) -> None:
    one, other = pair

    forward, back = matching.score(one, other), matching.score(other, one)

    assert forward == back
    assert 0.0 <= forward[0] <= 1.0


@given(PAIRS)
@settings(max_examples=80, deadline=None)
def test_whatever_reaches_the_threshold_shares_a_key(pair: tuple[Identity, Identity]) -> None:
    one, other = pair
    points, _ = matching.score(one, other)

    shared = set(matching_rules.keys(matching_rules.face(one))) & set(
        matching_rules.keys(matching_rules.face(other))
    )

    assert shared or points < matching.THRESHOLD


@given(a_record("contact", "a"))
@settings(max_examples=60, deadline=None)
def test_reasons_never_hold_a_value(record: Identity) -> None:
    _, reasons = matching.score(record, record)
    values = [each for each in (record.email.strip(), record.phone.strip()) if len(each) > 5]

    assert not [each for each in reasons for value in values if value in each.said]
