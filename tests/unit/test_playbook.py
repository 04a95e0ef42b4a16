"""Playbooks: data whose mistakes are named by file, line and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import BadPlaybook, NotFound
from server.playbook import DEFAULT, load_playbook, load_playbooks

GOOD = """\
version: 1
site:
  name: Example
questions:
  - key: team_size
    fact: team_size
    ask: How many are you?
    why: Because plans differ.
    when: {intents: [pricing]}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "example.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_playbook_is_read_with_its_version(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, GOOD))

    assert book.site.name == "Example"
    assert book.policy().question("team_size") is not None
    assert len(book.digest) == 12


@pytest.mark.parametrize(
    ("wrong", "line", "fix"),
    [
        (GOOD.replace("questions:", "qestions:"), 4, "did you mean 'questions'"),
        (GOOD.replace("    ask:", "    aks:"), 5, "questions.0.ask"),
        (GOOD.replace("version: 1", "version: 7"), 1, "version"),
        (GOOD + "limits:\n  questions_per_conversation: 40\n", 11, "write at most 4"),
        (GOOD + "site: [\n", 10, "not valid YAML"),
        ("- just\n- a list\n", 1, "mapping"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_fix(tmp_path: Path, wrong: str, line: int, fix: str) -> None:
    file = written(tmp_path, wrong)

    with pytest.raises(BadPlaybook) as error:
        load_playbook(file)

    assert str(error.value).startswith(f"{file}:")
    assert fix in str(error.value)
    assert f":{line}:" in str(error.value) or "YAML" in fix


def test_two_questions_may_not_share_a_key(tmp_path: Path) -> None:
    twice = GOOD + GOOD.split("questions:\n")[1]

    with pytest.raises(BadPlaybook, match="stands twice"):
        load_playbook(written(tmp_path, twice))


def test_plays_whose_section_is_missing_are_off(tmp_path: Path) -> None:
    assert load_playbook(written(tmp_path, GOOD)).policy().plays == {"qualify"}
    assert DEFAULT.calendar() is None


def test_a_site_without_a_playbook_is_named(tmp_path: Path) -> None:
    written(tmp_path, GOOD)

    books = load_playbooks(tmp_path)

    assert books.sites == ("example",)
    with pytest.raises(NotFound, match=r"there are: example\); put a playbook at playbooks/other\.yaml$"):
        books.of("other")
    with pytest.raises(NotFound, match="FRONTDESK_DEMO=true"):
        books.of("demo")


def test_of_two_playbooks_for_a_site_the_operators_holds(tmp_path: Path) -> None:
    for folder, name in (("ours", "Our own"), ("theirs", "Example")):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, GOOD.replace("name: Example", f"name: {name}"))

    assert load_playbooks(tmp_path / "ours", tmp_path / "theirs").of("example").site.name == "Our own"


def test_the_demo_playbook_is_fine() -> None:
    book = load_playbook(Path(__file__).parents[2] / "demo" / "playbooks" / "demo.yaml")

    assert book.policy().plays == {"book", "trial", "cart", "handoff", "qualify"}


def test_the_playbook_to_start_from_is_fine_too() -> None:
    book = load_playbook(Path(__file__).parents[2] / "demo" / "starter.yaml")

    assert book.site.origins


def test_an_intent_that_the_catalogue_does_not_hold_is_named_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD.replace("[pricing]", "[prcing]"))

    with pytest.raises(BadPlaybook, match=r":9: questions\.0\.when\.intents: .*did you mean 'pricing'"):
        load_playbook(file, intents=("pricing", "trial"))


@pytest.mark.parametrize(
    ("more", "fix"),
    [
        ("handoff: {email: a@b.example, hours: {mon: ['17:00-09:00']}}\n", "swap the times"),
        ("handoff: {email: a@b.example, hours: {mon: ['9-17']}}\n", '"09:00-17:00"'),
        (
            "trial: {plan: Bacon}\ncatalogue: {currency: EUR, plans: [{key: team, name: Team}]}\n",
            "its plans are Team",
        ),
    ],
)
def test_what_would_silently_do_nothing_is_refused(tmp_path: Path, more: str, fix: str) -> None:
    with pytest.raises(BadPlaybook) as error:
        load_playbook(written(tmp_path, GOOD + more))

    assert fix in str(error.value)


@pytest.mark.parametrize("origin", ["capacitor://localhost", "http://localhost:8091", "null"])
def test_apps_and_sandboxed_frames_have_origins_too(tmp_path: Path, origin: str) -> None:
    text = GOOD.replace("  name: Example\n", f'  name: Example\n  origins: ["{origin}"]\n')

    assert load_playbook(written(tmp_path, text)).site.origins == (origin,)


def test_an_origin_with_a_path_is_refused_with_an_example(tmp_path: Path) -> None:
    text = GOOD.replace("  name: Example\n", "  name: Example\n  origins: [https://x.example/]\n")

    with pytest.raises(BadPlaybook, match=r"write it like https://www\.acme\.example"):
        load_playbook(written(tmp_path, text))
