"""Reading anybody's data: what is accepted, and what a complaint says."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.datasets import fingerprint, labelled, retrieval_set, texts
from evals.errors import BadData
from evals.suites import intents


def a_file(folder: Path, name: str, *lines: str) -> Path:
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def a_corpus(folder: Path) -> Path:
    return a_file(
        folder,
        "corpus.jsonl",
        '{"_id": "a", "title": "Prices", "text": "Team costs 12."}',
        '{"id": "b", "text": "No title here.", "metadata": {}}',
    )


def test_a_line_that_is_not_json_is_named_with_its_number(tmp_path: Path) -> None:
    file = a_file(tmp_path, "train.jsonl", '{"text": "hi", "intent": "greeting"}', "", "{broken")

    with pytest.raises(BadData, match=rf"{file}:3: not valid JSON .*; write one object"):
        labelled(file)


@pytest.mark.parametrize(
    "line", ['{"text": "hi"}', '{"text": "", "intent": "x"}', '{"text": 1.5, "intent": "x"}']
)
def test_a_line_without_text_or_intent_says_which_is_missing(tmp_path: Path, line: str) -> None:
    file = a_file(tmp_path, "test.jsonl", line)

    with pytest.raises(
        BadData, match=rf"{file}:1: no text under '(text|intent)'; a line needs text and intent"
    ):
        labelled(file)


def test_a_list_is_not_an_object(tmp_path: Path) -> None:
    file = a_file(tmp_path, "oos.jsonl", '["hi"]')

    with pytest.raises(BadData, match=rf"{file}:1: not a JSON object"):
        texts(file)


def test_a_missing_file_and_an_empty_one_say_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"nowhere\.jsonl:1: there is no such file; name a file of JSON lines"):
        texts(tmp_path / "nowhere.jsonl")
    with pytest.raises(BadData, match="the file is empty"):
        texts(a_file(tmp_path, "empty.jsonl", ""))


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "latin.jsonl"
    file.write_bytes(b'{"text": "fine"}\n{"text": "caf\xe9"}\n')

    with pytest.raises(BadData, match=rf"{file}:2: not UTF-8 text"):
        texts(file)


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    assert texts(a_file(tmp_path, "odd.jsonl", '{"text": "one\u2028two"}')) == ["one\u2028two"]


def test_ids_and_titles_may_be_called_as_usual_elsewhere(tmp_path: Path) -> None:
    queries = a_file(tmp_path, "queries.jsonl", '{"id": 7, "query": "how much?"}')
    qrels = a_file(tmp_path, "qrels.tsv", "query-id\tcorpus-id\tscore", "7\ta\t1")

    data = retrieval_set(a_corpus(tmp_path), queries, qrels)

    assert [(page.id, page.title) for page in data.pages] == [("a", "Prices"), ("b", "")]
    assert [(question.id, question.text) for question in data.questions] == [("7", "how much?")]
    assert data.relevant == {"7": {"a": 1.0}}


def test_judgements_in_trec_layout_and_of_zero_are_understood(tmp_path: Path) -> None:
    queries = a_file(tmp_path, "queries.jsonl", '{"_id": "q", "text": "how much?"}')
    qrels = a_file(tmp_path, "qrels.txt", "q 0 a 2", "q 0 b 0")

    assert retrieval_set(a_corpus(tmp_path), queries, qrels).relevant == {"q": {"a": 2.0}}


def test_questions_without_a_judgement_are_not_asked_and_others_judgements_not_read(tmp_path: Path) -> None:
    queries = a_file(tmp_path, "queries.jsonl", '{"_id": "q", "text": "x"}', '{"_id": "other", "text": "y"}')
    qrels = a_file(tmp_path, "qrels.tsv", "q\ta\t1", "of-another-split\tb\t1")

    assert [question.id for question in retrieval_set(a_corpus(tmp_path), queries, qrels).questions] == ["q"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("q\ta", "2 columns; write query-id, corpus-id and score"),
        ("q\ta\tgood", "the score 'good' is not a number"),
        ("q\tnowhere\t1", "none of the pages judged stands in the corpus"),
        ("nobody\ta\t1", "is judged relevant to a page; check the ids"),
    ],
)
def test_a_judgement_that_can_not_be_used_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    queries = a_file(tmp_path, "queries.jsonl", '{"_id": "q", "text": "how much?"}')
    qrels = a_file(tmp_path, "qrels.tsv", line)

    with pytest.raises(BadData, match=rf"{qrels}:1: .*{complaint}"):
        retrieval_set(a_corpus(tmp_path), queries, qrels)


def test_lines_labelled_out_of_scope_are_strangers_and_not_an_intent(tmp_path: Path) -> None:
    train = a_file(
        tmp_path,
        "train.jsonl",
        '{"text": "hi", "intent": "greeting"}',
        '{"text": "bye", "intent": "thanks"}',
        '{"text": "basil", "intent": "oos"}',
    )
    test = a_file(
        tmp_path, "t.jsonl", '{"text": "hey", "intent": "greeting"}', '{"text": "?", "intent": "none"}'
    )
    oos = a_file(tmp_path, "oos.jsonl", '{"text": "how do I grow basil", "intent": "oos"}')

    data = intents.from_files(train, test, oos)

    assert [row.intent for row in data.train] == ["greeting", "thanks"]
    assert data.strangers == ["basil"]
    assert [row.text for row in data.test] == ["hey"]
    assert data.oos == ["?", "how do I grow basil"]


def test_a_test_intent_that_was_never_trained_is_named(tmp_path: Path) -> None:
    train = a_file(tmp_path, "train.jsonl", '{"text": "hi", "intent": "a"}', '{"text": "bye", "intent": "b"}')
    test = a_file(tmp_path, "test.jsonl", '{"text": "hi", "intent": "a"}', '{"text": "eh", "intent": "c"}')

    with pytest.raises(BadData, match=rf"{test}:2: intent 'c' has no line in {train}"):
        intents.from_files(train, test, None)


def test_a_known_set_is_recognised_whatever_its_files_are_called(tmp_path: Path) -> None:
    one, two = a_file(tmp_path, "one.jsonl", "same"), a_file(tmp_path, "two.jsonl", "same")

    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(a_file(tmp_path, "three.jsonl", "other"))


def test_no_golden_message_stands_among_the_examples_of_the_catalogue() -> None:
    data = intents.shipped()
    examples = {row.text.casefold().strip(" ?!.") for row in data.train} | {
        text.casefold().strip(" ?!.") for text in data.strangers
    }

    asked = [row.text for row in data.test] + list(data.oos)

    assert [text for text in asked if text.casefold().strip(" ?!.") in examples] == []
