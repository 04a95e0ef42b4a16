"""The playbook's messages: mistakes named with line and fix, translations, and what the loader is given."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.chat.loader import Loaders
from server.dialogue.gate_rules import is_under, lies_in
from server.dialogue.proactive_rules import ProactiveRule, ProactiveRules
from server.errors import BadPlaybook
from server.playbook import Playbooks, load_playbook
from server.playbook.proactive import baked

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
GOOD = """\
version: 1
site: { name: Example }
proactive:
  quiet_hours: "21:00-08:00"
  except_zones: [Europe/Paris]
  rules:
    - key: prices
      text: "Shall I work it out?"
      why: You are on our price page.
      choices: [{ value: team, label: Team }]
      when: { pages: [/pricing], seconds: 20 }
translations:
  de: { proactive: { prices: { text: "Soll ich rechnen?", why: Sie sind hier., choices: { team: Team } } } }
"""
QUESTION = """\
questions:
  - { pilot: true, key: size, fact: team_size, ask: "How many?", why: Because plans differ., when: {} }
"""
OPEN = GOOD.replace("      when:", "      consent: necessary\n      when:")


def written(folder: Path, text: str) -> Path:
    file = folder / "example.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("wrong", "line", "fix"),
    [
        (GOOD.replace("21:00-08:00", "9 to 5"), 4, 'write it like "21:00-08:00"'),
        (GOOD.replace("[/pricing]", "[pricing]"), 11, "proactive.rules.0.when.pages.0"),
        (GOOD.replace("      when:", "      opens: book\n      when:"), 11, "needs the section `meetings`"),
        (GOOD.replace("      when:", "      min_score: 20\n      when:"), 11, "without `score.rules`"),
        (GOOD.replace("      when:", "      business_hours: true\n      when:"), 11, "add `handoff.hours`"),
        (GOOD.replace("      when:", "      pilot: true\n      when:"), 11, "add the section `pilot`"),
        (OPEN.replace("seconds: 20", "visits: 2"), 12, "set `consent: conversation`"),
        (
            OPEN.replace("      when:", "      caps: { per_person_day: 1 }\n      when:"),
            12,
            "what was shown before",
        ),
        (
            GOOD.replace("prices: { text", "price: { text"),
            13,
            "there is no message 'price'; there are prices",
        ),
        (GOOD.replace("choices: { team:", "choices: { teem:"), 13, "no quick reply has the value 'teem'"),
        (GOOD.replace("seconds: 20", "seconds: 1"), 11, "at least 3"),
        (GOOD + "pilot: { share: 0.2 }\n", 14, "at most 0.1"),
        (GOOD + QUESTION, 15, "questions.0.pilot: there is no pilot group"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_fix(tmp_path: Path, wrong: str, line: int, fix: str) -> None:
    file = written(tmp_path, wrong)

    with pytest.raises(BadPlaybook) as error:
        load_playbook(file)

    assert str(error.value).startswith(f"{file}:{line}: ")
    assert fix in str(error.value)


def test_a_message_speaks_the_visitor_s_language(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, GOOD)).spoken("de-AT")

    assert book.proactive is not None
    assert book.proactive.rules[0].text == "Soll ich rechnen?"


def a_loader(folder: Path, *books: str) -> Loaders:
    (folder / "widget.js").write_text("begin(script);")
    (folder / "widget-nudges.js").write_text('begin(script,"__FRONTDESK_NUDGES__");')
    (folder / "widget-card.js").write_text('begin(script,"__FRONTDESK_NUDGES__");card();')
    sites = {f"site{number}": load_playbook(written(folder, text)) for number, text in enumerate(books)}
    return Loaders(folder, Playbooks(sites))


def test_the_loader_is_given_moments_and_no_words_that_need_consent(tmp_path: Path) -> None:
    script = a_loader(tmp_path, GOOD).script("site0", NOW).decode()

    told = json.loads(script.removeprefix("begin(script,").removesuffix(");"))
    assert told["r"] == [{"k": "prices", "p": "^/pricing/", "z": "^(?!Europe/Paris$)", "s": 20}]
    assert told["q"] == ["21:00", "08:00"]
    assert "w" not in told
    assert "card" not in script


PAGES = ["/", "/pricing", "/pricing/", "/pricing/teams", "/pricing-old", "/docs", "/docs/a.b", "/docs/axb"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("within", [(), ("/",), ("/pricing",), ("/pricing/", "/docs")])
@pytest.mark.parametrize("out", [(), ("/pricing/teams",), ("/docs/a.b",), ("/",)])
def test_the_loader_and_the_server_mean_the_same_pages(
    within: tuple[str, ...], out: tuple[str, ...], page: str
) -> None:
    section = ProactiveRules(rules=(message(pages=within),))

    told = baked(section, {}, (), out, holdout=0, is_open=True)

    means = (not within or bool(is_under(page, *within))) and not is_under(page, *out)
    assert bool(re.search(told["r"][0].get("p", ""), f"{page}/")) is means


@pytest.mark.parametrize("zone", ["Europe/Paris", "Europe/Berlin", "Etc/GMT+1", "Etc/GMT+10", "UTC"])
@pytest.mark.parametrize("within", [(), ("Europe/",), ("UTC", "Etc/GMT+1")])
@pytest.mark.parametrize("out", [(), ("Europe/Paris",), ("Europe/",)])
def test_the_loader_and_the_server_mean_the_same_zones(
    within: tuple[str, ...], out: tuple[str, ...], zone: str
) -> None:
    section = ProactiveRules(rules=(message(zones=within, except_zones=out),))

    told = baked(section, {}, (), (), holdout=0, is_open=True)

    means = (not within or lies_in(zone, within)) and not lies_in(zone, out)
    assert bool(re.search(told["r"][0].get("z", ""), zone)) is means


def message(*, pages: tuple[str, ...] = (), **more: tuple[str, ...]) -> ProactiveRule:
    return ProactiveRule.model_validate(
        {"key": "one", "text": "Anything else?", "why": "You are here.", "when": {"pages": pages}, **more}
    )


def test_what_shows_without_consent_brings_its_words_and_its_card(tmp_path: Path) -> None:
    script = a_loader(tmp_path, OPEN).script("site0", NOW).decode()

    assert "Soll ich rechnen?" in script
    assert "Why am I seeing this?" in script
    assert script.endswith("card();")


def test_a_site_without_messages_or_without_a_name_among_several_gets_the_loader_as_built(
    tmp_path: Path,
) -> None:
    plain = "version: 1\nsite: { name: Example }\n"
    loaders = a_loader(tmp_path, GOOD, plain)

    bare = b"begin(script);"
    assert loaders.script("site1", NOW) == bare
    assert loaders.script(None, NOW) == bare
    assert loaders.script("unknown", NOW) == bare
    assert b'"prices"' in loaders.script("site0", NOW)
    assert b'"prices"' in a_loader(tmp_path, GOOD).script(None, NOW)


def test_the_demo_s_loader_stays_within_3_kb() -> None:
    root = Path(__file__).resolve().parents[2]
    built = root / "widget" / "dist"
    if not (built / "widget.js").is_file():
        pytest.skip("the widget is not built: run `make widget`")
    book = load_playbook(root / "demo" / "playbooks" / "demo.yaml")

    script = Loaders(built, Playbooks({"demo": book})).script("demo", NOW)

    assert b'"prices"' in script
    assert len(gzip.compress(script, 9)) <= 3072 - 16, "a longer rule must not break what a page is promised"
