"""What a routing rule may look at, and what the trace says."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.dialogue.routing import Candidate, Lead, RouteRule, RouteWhen, country_of, holds, route
from server.errors import BadPlaybook
from server.playbook.loading import load_playbook

ADA, BEN = Candidate("ada", "Ada", called=("ada", "ada@fernway.example")), Candidate("ben", "Ben")
LEAD = Lead(
    facts={"industry": "Lifts", "trade": "lift_maintenance", "team_size": 40, "plan": "Business"},
    score=55,
    intents=frozenset({"pricing"}),
    language="de",
    country="AT",
    zone="Europe/Vienna",
    domain="lifts.example",
)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"fact": "industry"}, True),
        ({"fact": "industry", "one_of": ("lifts", "hvac")}, True),
        ({"fact": "industry", "one_of": ("hvac",)}, False),
        ({"fact": "trade", "one_of": ("lift maintenance",)}, True),
        ({"fact": "timeline"}, False),
        ({"fact": "team_size", "at_least": 40}, True),
        ({"fact": "team_size", "at_least": 20, "at_most": 39}, False),
        ({"fact": "team_size", "at_least": 20, "at_most": 40}, True),
        ({"fact": "industry", "at_least": 1}, False),
        ({"score_at_least": 55}, True),
        ({"score_at_least": 56}, False),
        ({"intents": ("pricing", "book_meeting")}, True),
        ({"intents": ("book_meeting",)}, False),
        ({"languages": ("de", "fr")}, True),
        ({"languages": ("fr",)}, False),
        ({"places": ("AT",)}, True),
        ({"places": ("Europe",)}, True),
        ({"places": ("Europe/Vienna",)}, True),
        ({"places": ("Eur", "DE")}, False),
        ({"plans": ("business",)}, True),
        ({"plans": ("Team",)}, False),
        ({"domains": ("LIFTS.example",)}, True),
        ({"domains": ("example",)}, False),
        ({"languages": ("de",), "score_at_least": 90}, False),
    ],
)
def test_a_rule_holds_when_all_that_is_written_does(when: dict[str, object], expected: bool) -> None:
    assert holds(RouteWhen.model_validate(when), LEAD) is expected


def test_the_trace_tells_each_step_up_to_the_rep() -> None:
    rules = (
        RouteRule(when=RouteWhen(languages=("fr",)), to="ada", because="French speakers go to Ada"),
        RouteRule(when=RouteWhen(fact="industry", one_of=("lifts",)), to="lifts", because="Lifts"),
    )
    team = (ADA, Candidate("ben", "Ben", is_off=True))

    routed = route(LEAD, team, rules, {"lifts": ("ben",)}, {})

    assert (routed.rep, routed.how) == ("ada", "turn")
    assert [step.what for step in routed.trace] == ["owner", "rule 2", "turn"]
    assert routed.trace[1].said == "Lifts: nobody can take it: 1 on leave, 0 with as many as they take a day"


@pytest.mark.parametrize(
    ("team", "said"),
    [
        ((ADA,), "Ada"),
        ((ADA, BEN), "Ada, whose turn it is of 2"),
        ((Candidate("ada", "Ada", is_free=False), BEN), "Ben"),
        ((Candidate("ada", "Ada", is_free=False),), "Ada; nobody is there now"),
        ((), "nobody is there to give it to"),
    ],
)
def test_the_trace_says_who_could_take_it(team: tuple[Candidate, ...], said: str) -> None:
    assert route(LEAD, team, (), {}, {}).trace[-1].said == said


def test_an_owner_who_is_no_rep_is_told_and_the_rules_go_on() -> None:
    routed = route(Lead(owner="Somebody else"), (ADA, BEN), (), {}, {})

    assert routed.how == "turn"
    assert "no rep of the playbook" in routed.trace[0].said


def test_nothing_personal_stands_in_a_trace() -> None:
    rules = (RouteRule(when=RouteWhen(domains=("lifts.example",)), to="ada", because="Key account"),)

    routed = route(Lead(domain="lifts.example", owner="ada@other.example"), (ADA, BEN), rules, {}, {})

    told = " ".join(step.said for step in routed.trace)
    assert "lifts.example" not in told
    assert "other.example" not in told


@pytest.mark.parametrize(
    ("locale", "country"), [("de-AT", "AT"), ("en_gb", "GB"), ("de", ""), ("zh-Hans-CN", "CN")]
)
def test_a_locale_may_name_a_country(locale: str, country: str) -> None:
    assert country_of(locale) == country


ROUTING = """\
version: 1
site: {{ name: Acme }}
meetings:
  reps:
    - {{ key: ada, name: Ada, email: ada@acme.example, hours: {{ mon: ["09:00-17:00"] }} }}
routing:
  reps:
    - {{ key: ada, logins: [ada] }}
    - {rep}
  teams: {{ north: [{member}] }}
  rules:
    - {rule}
"""


@pytest.mark.parametrize(
    ("changed", "line", "told"),
    [
        ({"rep": "{ key: bem }"}, 9, "'bem' is none of meetings.reps; give a name"),
        ({"rep": "{ key: ben, name: Ben, logins: [ada] }"}, 9, "login 'ada' is rep 'ada' already"),
        ({"rep": "{ key: ben, name: Ben, away: [2026-12-24/25] }"}, 9, "is no leave; write"),
        ({"rep": "{ key: ada, name: Ben, logins: [b] }"}, 9, "rep 'ada' stands twice; keep one"),
        ({"member": "bne"}, 10, "there is no rep 'bne'; did you mean 'ben'?"),
        ({"rule": "{ when: { languages: [de] }, to: nroth, because: German }"}, 12, "did you mean 'north'?"),
        ({"rule": "{ when: {}, to: ben, because: All }"}, 12, "nothing must hold"),
        ({"rule": "{ when: { at_least: 3 }, to: ben, because: All }"}, 12, "name it in `fact`"),
        ({"rule": "{ when: { intents: [pricng] }, to: ben, because: All }"}, 12, "did you mean 'pricing'?"),
    ],
)
def test_a_mistake_in_the_routing_is_told_with_its_line_and_fix(
    tmp_path: Path, changed: dict[str, str], line: int, told: str
) -> None:
    parts = {
        "rep": "{ key: ben, name: Ben }",
        "member": "ben",
        "rule": "{ when: { languages: [de] }, to: north, because: German }",
    }
    file = tmp_path / "acme.yaml"
    file.write_text(ROUTING.format(**{**parts, **changed}))

    with pytest.raises(BadPlaybook) as refused:
        load_playbook(file, intents=("pricing", "book_meeting"))

    assert f"acme.yaml:{line}: routing" in str(refused.value)
    assert told in str(refused.value)


def test_a_day_that_no_calendar_has_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    rule = "{ when: { languages: [de] }, to: north, because: German }"
    file.write_text(
        ROUTING.format(rep="{ key: ben, name: Ben, away: [2026-13-01] }", member="ben", rule=rule)
    )

    with pytest.raises(BadPlaybook, match=r"acme\.yaml:9: '2026-13-01' is no day of a calendar"):
        load_playbook(file)


def test_a_routing_that_fits_is_read(tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(
        ROUTING.format(
            rep="{ key: ben, name: Ben, away: [2026-12-24/2026-12-31, 2027-01-04] }",
            member="ben",
            rule="{ when: { languages: [de] }, to: north, because: German }",
        )
    )

    routing = load_playbook(file, intents=("pricing",)).routing

    assert routing is not None
    assert routing.reps[1].accounts() == ("ben",)
