"""What `frontdesk eval` and `frontdesk bench` promise to whoever calls them: output, results file, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from tests.support.models import exported_embedder

GREETINGS = ["hi", "hello", "good morning", "hey there", "hi all", "hello again", "good evening", "hey"]
PRICES = [
    "how much is it",
    "what does it cost",
    "price per seat",
    "is it expensive",
    "your prices",
    "cost a month",
]


class Folder:
    """A folder with somebody's data, and the call that measures it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, *lines: str) -> Path:
        file = self.path / name
        file.write_text("\n".join(lines), encoding="utf-8")
        return file

    def call(self, command: str, *words: str) -> Result:
        results = self.path / "results.jsonl"
        data_dir = exported_embedder()
        return CliRunner().invoke(
            main, [command, *words, "--data-dir", str(data_dir), "--results", str(results)]
        )

    def intents(self, *more: str) -> Result:
        train = [json.dumps({"text": text, "intent": "greeting"}) for text in GREETINGS]
        train += [json.dumps({"text": text, "intent": "pricing"}) for text in PRICES]
        self.write("train.jsonl", *train)
        self.write("test.jsonl", json.dumps({"text": "how much does it cost", "intent": "pricing"}))
        self.write("oos.jsonl", json.dumps({"text": "the capital of Peru"}))
        files = [f"--{name}={self.path / name}.jsonl" for name in ("train", "test", "oos")]
        return self.call("eval", "intents", *files, *more)

    def corpus(self) -> list[str]:
        self.write(
            "corpus.jsonl",
            json.dumps(
                {"_id": "p", "title": "Prices", "text": "The Team plan costs 12 EUR per seat a month."}
            ),
            json.dumps({"_id": "s", "title": "Security", "text": "Data is stored in Frankfurt and Dublin."}),
        )
        self.write(
            "queries.jsonl", json.dumps({"_id": "1", "text": "What does the Team plan cost per seat?"})
        )
        self.write("qrels.tsv", "query-id\tcorpus-id\tscore", "1\tp\t1")
        names = {"corpus": "corpus.jsonl", "queries": "queries.jsonl", "qrels": "qrels.tsv"}
        return [f"--{option}={self.path / name}" for option, name in names.items()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_stdout_is_one_json_object_and_nothing_else(folder: Folder) -> None:
    done = folder.intents("--json")

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert set(report) == {"name", "figures", "bars"}
    assert report["name"] == "intents"
    assert {"accuracy", "macro_f1", "oos_auroc", "oos_recall", "ms_median"} <= set(report["figures"])
    assert report["figures"]["accuracy"] == 1.0
    assert report["bars"] == []


def test_retrieval_measures_the_served_retriever_beside_the_plain_ones(folder: Folder) -> None:
    done = folder.call("eval", "retrieval", *folder.corpus(), "--json")

    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)["figures"]
    for system in ("", "bm25_", "dense_", "min_max_"):
        assert {f"{system}{name}" for name in ("ndcg_at_10", "recall_at_5", "mrr_at_10", "ms_median")} <= set(
            figures
        )
    assert figures["ndcg_at_10"] == 1.0


def test_answers_report_what_was_answered_quoted_and_left_unanswered(folder: Folder) -> None:
    unanswerable = folder.write("u.jsonl", json.dumps({"text": "how do I bake sourdough bread"}))

    done = folder.call("eval", "answers", *folder.corpus(), "--unanswerable", str(unanswerable), "--json")

    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)["figures"]
    asked_for = {"answered", "right_page", "verbatim", "abstained_on_unanswerable", "answerability_auroc"}
    assert asked_for <= set(figures)
    assert figures["verbatim"] in {None, 1.0}
    assert figures["abstained_on_unanswerable"] == 1.0


def test_several_suites_come_in_one_object(folder: Folder) -> None:
    done = folder.call("eval", "retrieval", "answers", *folder.corpus(), "--json")

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["name"] == "eval"
    assert [suite["name"] for suite in report["suites"]] == ["retrieval", "answers"]


def test_every_call_leaves_a_line_in_the_results_file(folder: Folder) -> None:
    folder.intents("--json")
    folder.intents()

    lines = (folder.path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert {"at", "commit", "machine", "name", "figures", "bars"} <= set(json.loads(lines[0]))


def test_a_gate_that_does_not_hold_exits_one_and_one_that_holds_zero(folder: Folder) -> None:
    high = folder.write("high.yaml", "suites: {intents: {at_least: {accuracy: 1.01}}}", "known: {}")
    low = folder.write("low.yaml", "suites: {intents: {at_least: {accuracy: 0.5}}}", "known: {}")

    missed = folder.intents("--json", "--gate", "--gates", str(high))
    held = folder.intents("--json", "--gate", "--gates", str(low))
    unasked = folder.intents("--json", "--gates", str(high))

    assert (missed.exit_code, held.exit_code, unasked.exit_code) == (1, 0, 0)
    assert json.loads(missed.stdout)["bars"] == [
        {"bar": "accuracy", "value": 1.0, "target": 1.01, "holds": False}
    ]


def test_a_malformed_line_is_one_line_on_stderr_with_its_place_and_exit_two(folder: Folder) -> None:
    bad = folder.write("bad.jsonl", '{"text": "hi", "intent": "greeting"}', "oops")

    done = folder.call("eval", "intents", f"--train={bad}", f"--test={bad}", "--json")

    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("frontdesk:")]
    assert f"{bad}:2: not valid JSON" in line


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["eval", "spelling"], "there is no eval 'spelling'; choose from intents, intent-sets, retrieval"),
        (["bench", "nothing"], "there is no bench 'nothing'; choose from "),
        (["eval", "retrieval"], "eval retrieval needs --corpus, --queries and --qrels"),
        (["eval", "intents", "--train", "a.jsonl"], "--test is missing; give --train, --test together"),
        (["eval", "intents", "--train", "a.jsonl", "--test", "b.jsonl"], "a.jsonl:1: there is no such file"),
        (["eval", "conversations", "--only", "nobody"], "no golden conversation named 'nobody'"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_two(folder: Folder, words: list[str], complaint: str) -> None:
    done = folder.call(*words)

    assert done.exit_code == 2
    assert complaint in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("command", "name"), [("eval", "conversations"), ("bench", "delivery")])
def test_without_a_name_the_command_lists_what_there_is(folder: Folder, command: str, name: str) -> None:
    listed, in_json = folder.call(command), folder.call(command, "--json")

    assert listed.exit_code == 0
    assert name in listed.stdout
    assert name in json.loads(in_json.stdout)["names"]
