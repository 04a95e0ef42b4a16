"""Slips that no schema sees: a zone or language that there is none of, a fact that nothing tells by that name."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
from server.playbook import load_playbook
from server.playbook.idle import idle_rules
from tests.unit.test_playbook import GOOD, written

DEMO = Path(__file__).parents[2] / "demo" / "playbooks" / "demo.yaml"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--time-zone", "Mars/X"], "time_zone: there is no zone 'Mars/X'"),
        (["--time-zone", "Europe/Berln"], "did you mean 'Europe/Berlin'?"),
        (["--locale", "xx-YY"], "locale: there is no language 'xx'"),
        (["--locale", "de-YY"], "locale: there is no country 'YY' in 'de-YY'"),
        (["--locale", "de_CH"], "write it like 'de-CH'"),
    ],
)
def test_a_visitor_of_nowhere_is_not_simulated(tmp_path: Path, options: list[str], told: str) -> None:
    file = written(tmp_path, GOOD)
    talk = tmp_path / "talk.yaml"
    talk.write_text("steps:\n  - say: hello\n", encoding="utf-8")

    for given in (["-m", "hello"], ["--script", str(talk)]):
        result = CliRunner().invoke(main, ["playbook", "simulate", str(file), *given, *options])

        assert result.exit_code != 0
        assert told in result.output


def test_a_question_whose_fact_is_nearly_one_that_messages_tell_is_doubted(tmp_path: Path) -> None:
    text = GOOD.replace("fact: team_size", "fact: team_sise")
    assert text != GOOD

    warnings = [why for path, why in idle_rules(load_playbook(written(tmp_path, text))) if path[-1] == "fact"]

    assert len(warnings) == 1
    assert "did you mean 'team_size'?" in warnings[0]


def test_the_demo_asks_for_nothing_by_a_wrong_name() -> None:
    assert not [
        why for path, why in idle_rules(load_playbook(DEMO)) if path[0] == "questions" and path[-1] == "fact"
    ]
