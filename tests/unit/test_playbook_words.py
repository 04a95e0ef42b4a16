"""A playbook in several languages: what is translated is said, the rest stands in the site's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import BadPlaybook
from server.playbook import load_playbook
from server.playbook.words import untranslated

BOOK = """\
version: 1
site:
  name: Example
  greeting: Ask anything.
  starters: ["What does it cost?"]
questions:
  - key: team_size
    fact: team_size
    ask: How many are you?
    why: Because plans differ.
    choices: [{value: "10", label: 1 to 10}]
    when: {intents: [pricing]}
meetings:
  title: Example demo
  reps: [{key: ada, name: Ada, email: ada@example.com, hours: {mon: ["09:00-12:00"]}}]
translations:
  de:
    site: {greeting: Fragen Sie.}
    questions:
      team_size: {ask: "Wie viele sind Sie?", choices: {"10": 1 bis 10}}
    meetings: {title: Beispiel-Demo}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "example.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_visitor_reads_what_is_translated_and_the_rest_as_it_was_written(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, BOOK))

    german = book.spoken("de-AT")

    assert german.site.greeting == "Fragen Sie."
    assert german.site.starters == ("What does it cost?",)
    question = german.policy().question("team_size")
    assert question is not None
    assert (question.ask, question.why) == ("Wie viele sind Sie?", "Because plans differ.")
    assert [(reply.value, reply.label) for reply in question.choices] == [("10", "1 bis 10")]


def test_a_language_that_nobody_translated_gets_the_site_s_own(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, BOOK))

    assert book.spoken("fr") is book
    assert book.spoken("xx") is book


def test_what_is_not_translated_yet_is_named(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, BOOK))

    lacking = untranslated(book.site, book.questions, book.translations["de"], meets=True)

    assert list(lacking) == ["site.starters", "questions.team_size.why"]


def test_a_meeting_keeps_its_title_for_the_company_and_has_another_for_the_visitor(tmp_path: Path) -> None:
    desk = load_playbook(written(tmp_path, BOOK)).desk("https://example.com")

    assert desk.calendar.type("demo").title == "Example demo"
    assert desk.titles == {"de": "Beispiel-Demo"}


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        (
            "      team_size: {ask:",
            "      team: {ask:",
            20,
            "there is no question 'team'; there are team_size",
        ),
        ('choices: {"10":', 'choices: {"11":', 20, "no quick reply has the value '11'"),
        ("  de:\n", "  en:\n", 17, "remove this translation"),
        ("  de:\n", "  nl:\n", 17, "translations"),
        ("{greeting: Frag", "{greting: Frag", 18, "did you mean 'greeting'"),
    ],
)
def test_a_translation_of_what_is_not_there_is_refused_with_its_line(
    tmp_path: Path, right: str, wrong: str, line: int, says: str
) -> None:
    file = written(tmp_path, BOOK.replace(right, wrong))

    with pytest.raises(BadPlaybook) as error:
        load_playbook(file)

    assert f"{file}:{line}:" in str(error.value)
    assert says in str(error.value)
