"""The command line as an operator uses it: JSON shapes, exit codes, one line for what went wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from intents.scoring.versions import ScoreModels
from server import asking
from server.cli import main
from server.dialogue.decide import decide
from server.dialogue.values import Case, Decision
from tests.support.models import an_installation


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installation")
    an_installation(folder)
    return folder


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, [str(argument) for argument in arguments])


def answered(result: Result) -> dict[str, Any]:
    """The one JSON object on stdout."""
    assert result.exit_code == 0, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


def test_ask_gives_the_answer_with_citations_intent_and_decision(data_dir: Path) -> None:
    value = answered(run("ask", "What does the Team plan cost?", "--json", "--data-dir", data_dir))

    assert "12 EUR" in value["answer"]
    assert set(value["citations"][0]) == {
        "n",
        "url",
        "title",
        "heading",
        "quote",
        "score",
        "document_version",
    }
    assert value["abstained"] is False
    assert value["intent"]["name"] == "pricing"
    assert 0 < value["intent"]["confidence"] <= 1
    assert value["decision"]["play"] == "answer"
    assert value["timings_ms"]


def test_ask_abstains_when_the_documents_are_silent(data_dir: Path) -> None:
    value = answered(run("ask", "Can I run it on my own servers?", "--json", "--data-dir", data_dir))

    assert value["abstained"] is True
    assert value["citations"] == []


def test_search_finds_passages_best_first(data_dir: Path) -> None:
    value = answered(run("search", "single sign-on", "--k", "3", "--json", "--data-dir", data_dir))

    scores = [hit["score"] for hit in value["results"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert any("sso" in hit["url"] for hit in value["results"])


def test_classify_reads_intents_and_facts_and_redacts(data_dir: Path) -> None:
    text = "we are 40 people, can i see a demo? ada@example.com"
    value = answered(run("classify", text, "--json", "--data-dir", data_dir))

    assert "book_meeting" in value["asked_for"]
    assert {fact["name"]: fact["value"] for fact in value["facts"]}["team_size"] == 40
    assert "ada@example.com" not in json.dumps(value)


def test_doctor_names_every_setting_and_its_source(data_dir: Path) -> None:
    result = run("doctor", "--json", "--data-dir", data_dir, env={"FRONTDESK_PORT": "9123"})

    value = json.loads(result.stdout)
    assert value["settings"]["port"] == {"value": 9123, "source": "environment"}
    assert value["settings"]["data_dir"]["source"] == "option"
    assert {"database", "embedder", "intents"} <= {check["check"] for check in value["checks"] if check["ok"]}


def test_an_unknown_setting_is_one_line_and_exit_code_two(data_dir: Path) -> None:
    result = run("doctor", "--data-dir", data_dir, env={"FRONTDESK_PROT": "1"})

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "FRONTDESK_PORT" in result.stderr


def test_a_call_that_is_wrong_exits_with_two() -> None:
    assert run("search").exit_code == 2
    assert run("ingest", "/no/such/folder").exit_code == 2
    assert run("nonsense").exit_code == 2


def test_ask_scores_as_the_server_does_with_what_was_trained_for_the_site(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, seen = object(), list[object]()

    def watched(case: Case) -> Decision:
        seen.append(case.policy.score_model)
        return decide(replace(case, policy=case.policy.model_copy(update={"score_model": None})))

    monkeypatch.setattr(ScoreModels, "of", lambda _models, site: trained if site == "demo" else None)
    monkeypatch.setattr(asking, "decide", watched)

    answered(run("ask", "What does the Team plan cost?", "--json", "--data-dir", data_dir))

    assert seen
    assert all(model is trained for model in seen)


def test_asking_before_anything_was_ingested_says_what_to_do(data_dir: Path) -> None:
    result = run("ask", "hello?", "--site", "elsewhere", "--data-dir", data_dir)

    assert result.exit_code == 1
    assert "frontdesk ingest" in result.stderr


def test_a_broken_file_is_reported_and_the_rest_is_read(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Parking\n\nVisitors park behind the north gate.\n", encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 this is not one")

    result = run("ingest", tmp_path, "--site", "small", "--json", "--data-dir", data_dir)
    value = answered(result)
    answer = answered(
        run("ask", "Where do visitors park?", "--site", "small", "--json", "--data-dir", data_dir)
    )

    assert (value["added"], value["broken"]) == (1, 1)
    assert value["broken_files"][0]["path"].endswith("broken.pdf")
    assert "broken.pdf" in result.stderr
    assert "north gate" in answer["answer"]


def test_a_playbook_with_a_typo_stops_the_start_with_file_line_and_fix(
    data_dir: Path, tmp_path: Path
) -> None:
    playbook = tmp_path / "acme.yaml"
    playbook.write_text("version: 1\nsite:\n  name: Acme\n  greating: Hi\n", encoding="utf-8")

    result = run("playbook", "check", playbook)
    asked = run("ask", "hi", "--data-dir", data_dir, env={"FRONTDESK_PLAYBOOKS": str(tmp_path)})

    assert (result.exit_code, asked.exit_code) == (2, 2)
    assert f"{playbook}:4: site.greating: unknown key 'greating'; did you mean 'greeting'?" in result.stderr


def test_a_malformed_line_of_training_data_is_named(data_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"text": "hi", "intent": "greeting"}\n{"text": "oops"}\n', encoding="utf-8")

    result = run("train", "--data", data, "--data-dir", data_dir)

    assert result.exit_code == 2
    assert f"{data}:2:" in result.stderr
