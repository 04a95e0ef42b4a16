"""The command line for understanding: checking one's own intents, and switching models."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from server.cli import main
from server.wiring import DEMO

OWN = """\
version: 1
intents:
  - name: pricing
    examples: [what's the damage per van]
  - name: press
    off: true
  - name: fleet_tracking
    description: Where the vans are.
    plays: [answer]
    examples: [where are my vans, vans on a map, gps of the vans, live van location, track the crew]
"""


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, [str(argument) for argument in arguments])


def test_catalog_check_prints_what_comes_from_where(tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "mine.yaml").write_text(OWN, encoding="utf-8")

    result = run("catalog", "check", "--json", "--data-dir", tmp_path)

    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    rows = {row["intent"]: row["from"] for row in value["intents"]}
    assert rows["pricing"] == f"extends, {tmp_path}/catalog/mine.yaml:3"
    assert rows["fleet_tracking"].startswith("adds, ")
    assert rows["thanks"] == "shipped"
    assert value["off"] == ["press"]
    assert "press                    switched off" in run("catalog", "check", tmp_path / "catalog").output


def test_a_mistake_in_the_catalogue_is_a_wrong_call_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN.replace("name: press", "name: pres"), encoding="utf-8")

    result = run("catalog", "check", tmp_path)

    assert result.exit_code == 2
    assert f"{tmp_path}/mine.yaml:5" in result.stderr
    assert "did you mean 'press'?" in result.stderr


def test_a_playbook_may_use_the_operators_own_intents(tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "mine.yaml").write_text(OWN, encoding="utf-8")
    text = (DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8")
    book = tmp_path / "demo.yaml"
    book.write_text(text.replace("intents: [pricing, ", "intents: [fleet_tracking, "), encoding="utf-8")
    assert "fleet_tracking" in book.read_text(encoding="utf-8")
    env = {"FRONTDESK_CATALOG": str(tmp_path / "catalog")}

    with_own = run("playbook", "check", book, env=env)
    without = run("playbook", "check", book)

    assert with_own.exit_code == 0, with_own.output
    assert without.exit_code == 2
    assert "fleet_tracking" in without.stderr


def test_training_with_candidates_goes_with_the_catalogue_only(tmp_path: Path) -> None:
    result = run("train", "--candidates", "--force", "--data-dir", tmp_path)

    assert result.exit_code == 2
    assert "--candidates" in result.stderr


def test_there_is_nothing_to_switch_to_or_to_go_back_to_before_a_training(tmp_path: Path) -> None:
    switch, undo = (run("train", each, "--data-dir", tmp_path) for each in ("switch", "undo"))

    assert (switch.exit_code, undo.exit_code) == (1, 1)
    assert "frontdesk train --candidates" in switch.stderr
    assert "nothing to go back to" in undo.stderr
