"""Plays, questions, regions and scores: what can not be is an error with line and fix, what never fires a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
from server.errors import BadPlaybook
from server.playbook import load_playbook
from server.playbook.idle import at, highest_score, idle_rules
from tests.unit.test_playbook import GOOD, written

DEMO = Path(__file__).parents[2] / "demo" / "playbooks" / "demo.yaml"
EUROPE = "regions:\n  - {key: europe, zones: [Europe/]}\n"
AGAIN = "code: price, kind: fit, points: 1, because: b, when_fact: plan"
SHOES = "code: a, kind: fit, points: 1, because: b, when_fact: shoe_size"


def question(more: str) -> str:
    return f"{GOOD}    {more}\n"


def scored(more: str) -> str:
    return (
        f"{GOOD}score:\n  rules:\n    - {{ code: price, kind: intent, points: 10, because: price, {more} }}\n"
    )


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        (GOOD + "site:\n  name: Twice\n", 10, "'site' stands here a second time, and first on line 2"),
        (question("ask: Once more?"), 10, "first on line 7"),
        (GOOD + "plays: {bok: {enabled: false}}\n", 10, "did you mean 'book'"),
        (GOOD + "plays:\n  book:\n    stage: [new]\n", 12, "did you mean 'stages'"),
        (GOOD + "plays:\n  book:\n    stages: [qualifed]\n", 12, "'qualified'"),
        (GOOD + "plays:\n  book: {intents: [prcing]}\n", 11, "did you mean 'pricing'"),
        (GOOD + "exclusions:\n  intents: [prcing]\n", 11, "did you mean 'pricing'"),
        (GOOD + "plays:\n  book: {min_score: 9, max_score: 3}\n", 11, "swap them"),
        (GOOD + "plays:\n  book: {pages: [pricing]}\n", 11, "plays.book.pages.0"),
        (GOOD + "plays:\n  book: {regions: [europ]}\n" + EUROPE, 11, "did you mean 'europe'"),
        (GOOD + "regions:\n  - {key: nowhere}\n", 11, "give it zones"),
        (GOOD + "regions:\n  - {key: a, locales: [de]}\n  - {key: a, locales: [fr]}\n", 12, "its own key"),
        (question("field: company.industri"), 10, "did you mean 'company.industry'"),
        (question("field: contact.email"), 10, "set `fact: email`"),
        (question("fits: {min: 3}"), 5, "set `kind: number`"),
        (question("fits: {pattern: '['}"), 10, "no regular expression"),
        (question("choices: [{value: a, label: x}, {value: a, label: y}]"), 10, "give each its own"),
        (question("choices: [{value: a, label: x}, {value: b, label: x}]"), 10, "the label 'x'"),
        (question("choices: [{value: a, label: ''}]"), 10, "write at least 1"),
        (question("choices: [{value: red, label: Red}]\n    fits: {one_of: [blue]}"), 10, "would be refused by `fits`"),
        (scored("when_intent: [pricing], when_page: /pricing"), 12, "when_intent and when_page"),
        (scored(""), 12, "waits for nothing"),
        (scored("when_intent: [pricing]") + f"    - {{ {AGAIN} }}\n", 13, "its own code"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_named_with_line_and_fix(tmp_path: Path, text: str, line: int, fix: str) -> None:
    file = written(tmp_path, text)

    with pytest.raises(BadPlaybook) as error:
        load_playbook(file, intents=("pricing", "migration"))

    assert fix in str(error.value)
    assert str(error.value).startswith(f"{file}:{line}:")


@pytest.mark.parametrize(
    ("more", "where", "why"),
    [
        ("plays: {book: {}}\n", "plays.book", "off without the section `meetings`"),
        ("plays: {qualify: {min_score: 11}}\n", "plays.qualify.min_score", "highest possible score is 0"),
        ("plays: {qualify: {max_score: -1}}\n", "plays.qualify.max_score", "lowest possible score is 0"),
        ("plays: {qualify: {stages: [trial]}}\n", "plays.qualify.stages.0", "without the section `trial`"),
        ("plays: {qualify: {stages: [new], unless: {stages: [new]}}}\n", "plays.qualify.unless.stages", "never opens"),
        ("plays: {qualify: {stages: [customer], modes: [chat]}}\n", "plays.qualify.modes", "never opens"),
        ("plays: {qualify: {otherwise: handoff}}\n", "plays.qualify.otherwise", "nobody to hand over to"),
        ("plays: {qualify: {enabled: false}}\n", "questions.0", "plays.qualify is not enabled"),
        ("limits: {questions_per_conversation: 0}\n", "questions.0", "limits allow no question"),
        ("limits: {weigh: {question: 0}}\n", "questions.0", "worth 0"),
        ("regions: [{key: eu, zones: [Europe/]}, {key: fr, zones: [Europe/Paris]}]\n", "regions.1", "stands before it"),
        (f"score: {{rules: [{{{SHOES}}}]}}\n", "score.rules.0.when_fact", "shoe_size"),
    ],
)  # fmt: skip
def test_a_rule_that_can_never_fire_is_a_warning(tmp_path: Path, more: str, where: str, why: str) -> None:
    book = load_playbook(written(tmp_path, GOOD + more))

    warnings = {at(path): words for path, words in idle_rules(book)}

    assert why in warnings[where]


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{}", "names nothing"),
        ("{facts: [team_size]}", "brings 'team_size' about"),
        ("{facts: [shoe_size], page_visited_twice: [pricing]}", "brings 'shoe_size', 'pricing' about"),
        ("{intents: [pricing]}\n    unless: {intents: [pricing]}", "every intent of `when`"),
    ],
)
def test_a_question_that_is_never_asked_is_a_warning(tmp_path: Path, when: str, why: str) -> None:
    book = load_playbook(written(tmp_path, GOOD.replace("{intents: [pricing]}", when)))

    assert any(why in words for _, words in idle_rules(book))


def test_the_playbooks_that_we_ship_hold_no_idle_rule() -> None:
    for file in (DEMO, DEMO.parents[1] / "starter.yaml"):
        assert list(idle_rules(load_playbook(file))) == []
    assert highest_score(load_playbook(DEMO)) > 100


def test_check_prints_a_warning_with_its_line_and_still_passes(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD + "plays:\n  cart: {pages: [/shop]}\n")

    result = CliRunner().invoke(main, ["playbook", "check", str(file)])

    assert result.exit_code == 0, result.output
    assert f"{file}:11: plays.cart: the play is off without the section `catalogue`" in result.output


def test_a_message_and_a_script_at_once_is_a_wrong_call(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)

    result = CliRunner().invoke(main, ["playbook", "simulate", str(file)])

    assert result.exit_code == 2
    assert "give messages with -m, or a talk with --script" in result.output


def test_a_mistake_in_a_talk_is_named_by_its_line(tmp_path: Path) -> None:
    talk = tmp_path / "talk.yaml"
    talk.write_text("steps:\n  - say: hello\n  - shout: hello\n", encoding="utf-8")

    result = CliRunner().invoke(
        main, ["playbook", "simulate", str(written(tmp_path, GOOD)), "--script", str(talk)]
    )

    assert result.exit_code == 2
    assert f"{talk}:3: steps.1.shout" in result.output
