"""Facts from free text: sizes, tools, trades, budgets, carts, people, corrections and answers."""

from __future__ import annotations

from typing import Any

import pytest

from intents.values import Asked
from tests.support.intents_world import a_context, facts_in, values_of


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("about 40 of us", 40),
        ("we are a team of 12", 12),
        ("we're 25", 25),
        ("around forty-five people", 45),
        ("a dozen technicians", 12),
        ("a couple hundred employees", 200),
        ("a few hundred staff", 300),
        ("1,200 users", 1200),
        ("1.5k employees worldwide", 1500),
        ("company of 80", 80),
        ("we have 15 techs on the road", 15),
        ("a 30-person team", 30),
        ("just me", 1),
        ("me and two others", 3),
        ("how much for 10 people", 10),
        ("half a dozen plumbers", 6),
        ("there are six of us", 6),
        ("headcount is 64", 64),
    ],
)
def test_a_team_size_is_read(text: str, size: int) -> None:
    assert values_of("team_size", text) == [size]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("20-30 technicians", 20, 30),
        ("between 20 and 30 people", 20, 30),
        ("10 to 15 users", 10, 15),
        ("over 50 employees", 50, None),
        ("50+ people", 50, None),
        ("up to 25 users", None, 25),
    ],
)
def test_a_range_is_kept_as_a_range(text: str, low: int | None, high: int | None) -> None:
    assert values_of("team_size_range", text) == [{"low": low, "high": high}]


@pytest.mark.parametrize(
    "text",
    [
        "we have 3 locations",
        "add 5 users",
        "we are 100% sure",
        "in 2019 we grew",
        "we're open from 9",
        "it costs 40",
        "600 requests a minute",
    ],
)
def test_other_numbers_are_no_team(text: str) -> None:
    assert values_of("team_size", text) == []


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("sorry, 14 not 40", 14),
        ("not 40 but 14", 14),
        ("sorry, 14 and not 40", 14),
        ("we are 40. sorry, 14 and not 40", 14),
        ("sorry, not 40 people but 14", 14),
        ("i meant 14", 14),
        ("we are 40. sorry, 14", 14),
        ("actually we're 14 people", 14),
        ("make that 14", 14),
    ],
)
def test_a_correction_holds_over_what_was_said_before(text: str, size: int) -> None:
    found = [fact for fact in facts_in(text) if fact.name == "team_size"]

    assert found[-1].value == size


def test_a_correction_of_seats_corrects_seats() -> None:
    assert values_of("seats", "add 5 seats, sorry, 6") == [5, 6]
    assert values_of("seats", "sorry, not 8 seats but 18") == [18]
    assert values_of("seats", "sorry, 18 seats and not 8") == [18]


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("we use excel and whatsapp", ["Excel", "WhatsApp"]),
        ("moving from salesforce", ["Salesforce"]),
        ("we currently work with service titan", ["ServiceTitan"]),
        ("our dispatchers still use paper", ["paper"]),
        ("we're on Planwerk today", ["Planwerk"]),
        ("does it integrate with hubspot", []),
        ("can we meet on monday", []),
    ],
)
def test_tools_in_use_are_read_and_ones_asked_about_are_not(text: str, tools: list[str]) -> None:
    assert values_of("current_tool", text) == tools


@pytest.mark.parametrize(
    ("text", "industry"),
    [
        ("we're an hvac company", ["hvac"]),
        ("we maintain lifts", ["lift_maintenance"]),
        ("i run a cleaning company", ["cleaning"]),
        ("do you have customers in construction", ["construction"]),
        ("our solar installers need it", ["solar"]),
        ("hello there", []),
    ],
)
def test_the_trade_is_read(text: str, industry: list[str]) -> None:
    assert values_of("industry", text) == industry


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("our budget is €500 per month", (500, "EUR", "month", False)),
        ("we can spend up to 2k usd a year", (2000, "USD", "year", True)),
        ("budget around 300", (300, None, None, False)),
    ],
)
def test_a_budget_is_read(text: str, budget: tuple[Any, ...]) -> None:
    (value,) = values_of("budget", text)

    assert tuple(value.values()) == budget  # type: ignore[attr-defined]


def test_a_price_asked_about_is_no_budget() -> None:
    assert values_of("budget", "why is it €12 per seat") == []


@pytest.mark.parametrize(
    ("text", "plan", "seats", "period"),
    [
        ("add 5 seats of Team, yearly", ["Team"], [5], ["year"]),
        ("put 12 licences on business in my cart, billed monthly", ["Business"], [12], ["month"]),
        ("upgrade us to business", ["Business"], [], []),
        ("the team plan for us", ["Team"], [], []),
        ("we need 3 more users", [], [3], []),
        ("i want 10 licences from team, yearly plan", ["Team"], [10], ["year"]),
        ("i want buy 10 licence del plan team", ["Team"], [10], []),
        ("i want 10 licences offer team", ["Team"], [10], []),
        ("can my team see this", [], [], []),
        ("is our business safe with you", [], [], []),
    ],
)
def test_a_cart_is_read(text: str, plan: list[str], seats: list[int], period: list[str]) -> None:
    assert values_of("plan", text) == plan
    assert values_of("seats", text) == seats
    assert values_of("billing_period", text) == period


@pytest.mark.parametrize(
    ("text", "urgency", "by"),
    [
        ("we need it before Q3", "later", "2027-06-30"),
        ("asap", "now", None),
        ("just looking for now", "none", None),
        ("we want to go live by end of march", "later", "2027-03-31"),
        ("by the end of the year", "soon", "2026-12-31"),
        ("next quarter", "later", "2027-03-31"),
    ],
)
def test_a_time_line_is_read(text: str, urgency: str, by: str | None) -> None:
    assert values_of("timeline", text) == [{"urgency": urgency, "by": by}]


def test_who_writes_is_read_with_names_sealed() -> None:
    facts = {
        fact.name: fact for fact in facts_in("I'm Ada from Acme GmbH, head of operations. ada@acme.example")
    }

    assert facts["person"].value == "[person_1]"
    assert facts["email"].value == "[email_1]"
    assert facts["company"].value == "Acme GmbH"
    assert facts["role"].value == "head of operations"
    assert facts["email_kind"].value == "work"


def test_a_city_is_no_company() -> None:
    assert values_of("company", "Hi, I am from Berlin and need some help with pricing") == []


def test_every_fact_points_at_its_words_in_the_redacted_text() -> None:
    from tests.support.intents_world import a_reader

    text = "my mail is ada@example.com, we are 40 people on excel, demo next tuesday at 3pm?"
    redacted = a_reader().redact(text)

    for fact in facts_in(text):
        assert redacted.text[fact.start : fact.end] == fact.text
        assert fact.message_id == "m1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40", 40),
        ("a dozen", 12),
        ("around forty i think", 40),
        ("we're 25", 25),
        ("it's about 60 people", 60),
        ("1-10", 5),
    ],
)
def test_a_bare_number_answers_our_question(text: str, value: int) -> None:
    context = a_context(asked=Asked("crew_count", "number"))

    assert values_of("crew_count", text, context) == [value] or values_of("team_size", text, context) == [
        value
    ]


@pytest.mark.parametrize(
    "text", ["skip", "I'd rather not say", "no comment", "not sure yet", "prefer not to say"]
)
def test_a_refusal_names_the_field(text: str) -> None:
    assert values_of("declined", text, a_context(asked=Asked("team_size", "number"))) == ["team_size"]


@pytest.mark.parametrize(
    ("text", "choice"), [("excel", "Excel"), ("Something else", "Something else"), ("exel", "Excel")]
)
def test_a_quick_reply_is_recognised(text: str, choice: str) -> None:
    asked = Asked("current_tool", "choice", ("Excel", "Paper", "Something else"))

    assert values_of("current_tool", text, a_context(asked=asked)) == [choice]


def test_a_chip_with_a_range_is_a_range() -> None:
    asked = Asked("team_size", "number", ("1-10", "11-50", "51-200", "more than 200"))

    assert values_of("team_size_range", "11-50", a_context(asked=asked)) == [{"low": 11, "high": 50}]
    assert values_of("team_size_range", "more than 200", a_context(asked=asked)) == [
        {"low": 200, "high": None}
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes please", [True]),
        ("yep", [True]),
        ("no thanks", [False]),
        ("not now", [False]),
        ("no idea", []),
        ("right now we use paper", []),
    ],
)
def test_yes_and_no(text: str, value: list[bool]) -> None:
    assert values_of("yes_no", text) == value


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("we're based in germany, sorry, austria", "country", "AT"),
        ("we use trello, i mean asana", "current_tool", "Asana"),
        ("i'm the CTO, sorry the CEO", "role", "ceo"),
        ("upgrade us to the Team plan, i mean the Business plan", "plan", "Business"),
        ("billed yearly. sorry, i meant monthly billing", "billing_period", "month"),
        ("yes. wait, no", "yes_no", False),
        ("no sorry, yes", "yes_no", True),
    ],
)
def test_every_fact_can_be_corrected(text: str, name: str, value: object) -> None:
    held = [fact for fact in facts_in(text) if fact.name == name]

    assert held[-1].value == value
    assert text[held[-1].start : held[-1].end] == held[-1].text


def test_a_corrected_budget_keeps_its_currency_and_period() -> None:
    text = "our budget is 500 euros a month, sorry, 700"

    budgets = [fact for fact in facts_in(text) if fact.name == "budget"]

    assert [fact.value["amount"] for fact in budgets] == [500, 700]
    assert budgets[-1].value["currency"] == "EUR"
    assert budgets[-1].value["period"] == "month"
    assert budgets[-1].reason == "corrects 'budget is 500 euros a month'"


def test_a_sorry_before_a_question_corrects_nothing() -> None:
    assert not facts_in("sorry, do you have an api?")


@pytest.mark.parametrize("asked", [None, Asked("team_size", "number"), Asked("budget", "text")])
@pytest.mark.parametrize("text", ["6" * 500, f"budget is {'9' * 400} euros", f"{'7' * 330} users"])
def test_a_figure_longer_than_anything_that_is_counted_is_no_fact(text: str, asked: Asked | None) -> None:
    names = {fact.name for fact in facts_in(text, a_context(asked=asked))}

    assert not names & {"team_size", "seats", "budget"} - (
        {asked.field} if asked and asked.kind == "text" else set()
    )


@pytest.mark.parametrize("text", ["no", "Nope.", "yes"])
def test_a_bare_yes_or_no_names_no_tool(text: str) -> None:
    assert values_of("current_tool", text, a_context(asked=Asked("current_tool", "text"))) == []


@pytest.mark.parametrize("field", ["timeline", "current_tool"])
@pytest.mark.parametrize(
    "text",
    [
        "my email is ada@north.example",
        "Mi correo es ada@north.example",
        "Mon adresse est ada@north.example",
        "Meine Mailadresse lautet ada@north.example",
        "بريدي الإلكتروني هو ada@north.example",
        "ada@north.example",
        "you can reach me on +49 30 901820",
        "my name is Ada Lovelace",
    ],
)
def test_who_only_tells_how_they_are_reached_answers_no_other_question(text: str, field: str) -> None:
    assert values_of(field, text, a_context(asked=Asked(field, "text"))) == []
