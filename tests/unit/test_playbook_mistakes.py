"""What an operator who slipped is told: the line of the slip, the thing, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import BadPlaybook, FrontdeskError
from server.playbook.idle import idle_rules
from server.playbook.loading import load_playbook
from server.simulated_talk import load_talk_script

BOOK = """version: 1
site: { name: Acme }
questions:
  - { key: size, fact: team_size, ask: "How many are you?", why: Plans differ by size., when: { intents: [pricing] } }
  - { key: trade, fact: industry, ask: "What do you do?", why: To show what fits., when: { intents: [pricing] } }
regions:
  - { key: europe, zones: [Europe/] }
exclusions: { pages: [/careers] }
meetings:
  types:
    - { key: demo, title: A demo }
    - { key: review, title: A review, reps: [ada] }
  reminders_hours: [24]
  reps:
    - key: ada
      name: Ada
      email: ada@acme.example
      hours: { mon: ["09:00-12:00"] }
      holidays: DE
      dates:
        2026-12-23: ["09:00-12:00"]
    - key: ben
      name: Ben
      email: ben@acme.example
      hours: { mon: ["09:00-12:00"] }
catalogue:
  currency: EUR
  plans:
    - { key: team, name: Team, monthly: "15.00", yearly: "12.00" }
trial: { plan: Team }
routing:
  reps: [{ key: ada }]
  rules:
    - { to: ada, because: They are big, when: { fact: team_size, at_least: 20 } }
    - { to: ada, because: They are near, when: { places: [DE] } }
"""


@pytest.mark.parametrize(
    ("good", "slip", "line", "words"),
    [
        ("key: trade", "key: size", 5, "question key 'size' stands twice"),
        ("key: ben", "key: ada", 22, "rep key 'ada' stands twice"),
        ("key: review", "key: demo", 12, "type key 'demo' stands twice"),
        ("reps: [ada] }", "reps: [adda] }", 12, "type 'review' is held by 'adda'"),
        ("plan: Team", "plan: Pro", 30, "trial.plan 'Pro' is not in the catalogue"),
        (
            "reminders_hours: [24]",
            "reminders_hours: 24",
            13,
            "a list belongs here; write it in brackets: [24]",
        ),
        (
            "pages: [/careers]",
            "pages: [careers]",
            8,
            "'careers' does not fit; write a path that begins with /",
        ),
        ("holidays: DE", "holidays: Germany", 19, "write it like 'DE'"),
        ("2026-12-23:", "23.12.2026:", 21, "'23.12.2026' is no day; write it like 2026-12-24"),
        ('2026-12-23: ["09:00-12:00"]', '2026-12-23: "9-12"', 21, "dates.2026-12-23: a list belongs here"),
        ('"15.00"', '"15,00"', 29, "'15,00' is no price; write it like \"12.00\""),
        ("EUR", "Euro", 27, "'Euro' does not fit; write three capital letters"),
        ("      email: ben@acme.example\n", "", 22, "'email' is missing; write it"),
        ("at_least: 20", "at_least: many", 34, "'many' is no number"),
        ("types:", "assignment: roundrobin\n  types:", 10, "did you mean 'round_robin'?"),
        ("version: 1", "version: 1\nhelp: { features: [billing/] }", 2, "did you mean 'featured'?"),
        ("version: 1", "version: 1\nmembers: { plans: { pro: { nam: Pro } } }", 2, "'name' is missing"),
        (
            "version: 1",
            "version: 1\nmembers: { plans: { pro: { name: Pro, audiences: [pro] } } }",
            2,
            "did you mean 'audience'?",
        ),
        (
            "version: 1",
            "version: 1\nmembers: { plans: { basic: { name: Pro }, pro: { name: Professional } } }",
            2,
            "'pro' is what both plan 'basic' and 'pro' are called",
        ),
        (
            "version: 1",
            "version: 1\nuploads: { when: always, max_bytes: 99999999 }",
            2,
            "write at most 26214400",
        ),
        ("key: trade", "key: my trade", 5, "write small letters, digits and _, a letter first"),
    ],
)
def test_a_slip_is_told_with_its_own_line_and_what_to_write(
    tmp_path: Path, good: str, slip: str, line: int, words: str
) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(BOOK.replace(good, slip, 1), encoding="utf-8")

    with pytest.raises(BadPlaybook) as refused:
        load_playbook(file)

    assert f"acme.yaml:{line}: " in str(refused.value)
    assert words in str(refused.value)


def test_the_book_without_a_slip_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(BOOK, encoding="utf-8")

    assert list(idle_rules(load_playbook(file))) == []


@pytest.mark.parametrize(
    ("good", "slip", "words"),
    [
        ("zones: [Europe/]", "zones: [Europa/]", "no time zone begins with 'Europa/'"),
        ("when: { fact: team_size", "when: { fact: teamsize", "nothing ever tells the fact 'teamsize'"),
        ("places: [DE]", "places: [Germany]", "no visitor is in 'Germany'"),
    ],
)
def test_a_rule_that_waits_for_what_never_comes_is_a_warning(
    tmp_path: Path, good: str, slip: str, words: str
) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(BOOK.replace(good, slip, 1), encoding="utf-8")

    assert any(words in why for _, why in idle_rules(load_playbook(file)))


def test_a_slip_in_a_talk_to_play_is_told_as_one_in_a_playbook(tmp_path: Path) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text('steps:\n  - say: Hello\n  - chose: "50"\n', encoding="utf-8")

    with pytest.raises(FrontdeskError, match=r"talk\.yaml:3: steps\.1\.chose: .*did you mean 'choose'\?"):
        load_talk_script(file)
