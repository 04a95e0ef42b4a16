"""The playbook's section `help`: mistakes named with line and fix, texts in other languages, whom things are for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.errors import FrontdeskError
from server.playbook import help as help_panel
from server.playbook import load_playbook
from server.playbook.help import Meant

BOOK = """version: 1
site: { name: Acme }
members: { plans: { team: { name: Team } } }
help:
  sections: { billing: Billing }
  announcements:
    - { key: news, title: News, text: Something., from: 2026-03-01, until: 2026-03-31, for: { plans: [team] } }
  guides:
    - key: start
      title: Start
      summary: One step.
      steps: [{ key: one, title: Go, text: Do it. }]
translations:
  de:
    help:
      sections: { billing: Abrechnung }
      announcements: { news: { title: Neues, text: Etwas. } }
      guides: { start: { title: Los, steps: { one: { title: Geh } } } }
"""


def a_book(folder: Path, text: str = BOOK) -> Path:
    file = folder / "acme.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_texts_are_said_in_the_reader_s_language_as_far_as_they_are_translated(tmp_path: Path) -> None:
    book = load_playbook(a_book(tmp_path))

    said = book.spoken("de-AT").help

    assert said.sections == {"billing": "Abrechnung"}
    assert said.announcements[0].title == "Neues"
    assert (said.guides[0].title, said.guides[0].summary, said.guides[0].steps[0].title) == (
        "Los",
        "One step.",
        "Geh",
    )
    assert list(help_panel.untold(book.help, book.translations["de"].help)) == [
        "help.guides.start.summary",
        "help.guides.start.steps.one.text",
    ]


@pytest.mark.parametrize(
    ("wrong", "right", "line", "fix"),
    [
        ("plans: [team]", "plans: [teams]", 7, "is no plan of `members.plans`; there are team"),
        ("until: 2026-03-31", "until: 2026-02-01", 7, "it ends on 2026-02-01 before it begins on 2026-03-01"),
        ("text: Do it. }", "text: Do it., done_wen: x }", 12, "did you mean 'done_when'?"),
        ("{ news: { title", "{ nwes: { title", 17, "there is no announcement 'nwes'; there are news"),
        (
            "steps: { one: { title: Geh }",
            "steps: { two: { title: Geh }",
            18,
            "there is no step 'two'; there are one",
        ),
        (
            "[{ key: one, title: Go, text: Do it. }]",
            "[{ key: one, title: Go, text: Do. }, { key: one, title: Go, text: Do. }]",
            12,
            "the step 'one' stands twice",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_fix(
    tmp_path: Path, wrong: str, right: str, line: int, fix: str
) -> None:
    file = a_book(tmp_path, BOOK.replace(wrong, right, 1))

    with pytest.raises(FrontdeskError) as refused:
        load_playbook(file)

    assert f"acme.yaml:{line}:" in str(refused.value)
    assert fix in str(refused.value)


def test_each_list_of_for_has_to_hold_and_one_entry_of_it_is_enough() -> None:
    both = Meant(plans=("team", "business"), features=("sso",))

    assert both.is_for("team", {"sso", "api"}, ())
    assert not both.is_for("team", {"api"}, ())
    assert not both.is_for("starter", {"sso"}, ())
    assert Meant(audience=("beta",)).is_for("", (), ("public", "beta"))
    assert Meant().is_for("", (), ())


def test_an_announcement_is_shown_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    [news] = load_playbook(a_book(tmp_path)).help.announcements

    shown = [
        news.is_shown(datetime(2026, month, day, 12, tzinfo=UTC))
        for month, day in ((2, 28), (3, 1), (3, 31), (4, 1))
    ]

    assert shown == [False, True, True, False]
