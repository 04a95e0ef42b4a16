"""Which messages sound angry, and which only use an angry word."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.errors import BadData
from evals.suites import mood
from intents.sentiment import read_mood


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("my order of tablets still hasn't arrived", "still_not"),
        ("this is the third time i ask, where is my invoice", "again"),
        ("great, another outage", "sarcasm"),
        ("nobody ever called me back", "no_reply"),
        ("you just repeated the same thing", "not_understood"),
        ("I give up", "gives_up"),
        ("you cancelled my account without telling me", "harm"),
        ("WHERE IS MY DATA", "shouting"),
        ("you are useless", "insult"),
        ("fuck you and your software", "abuse"),
    ],
)
def test_a_complaint_is_heard_and_says_why(text: str, reason: str) -> None:
    heard = read_mood(text)

    assert heard.frustration >= 0.5
    assert reason in heard.reasons


@pytest.mark.parametrize(
    "text",
    [
        "how do I kill a stuck import process",
        "what is your error rate",
        "how do we terminate the contract at the end of the year",
        "I'm not angry, just curious how it works",
        "not bad at all, thanks",
        "our current tool is terrible so we are looking around",
        "we service trash trucks and garbage collection",
        "how do you handle angry customers",
        "damn that's fast",
        "we still have 10 days of trial left, right?",
        "the second time slot works for me",
        "no answer needed, thanks",
        "what does HTTP 500 INTERNAL SERVER ERROR mean",
        "OK THANKS",
        "is music on hold possible",
        "can I put a job on hold",
        "what is the worst case if a region goes offline",
        "does the timer keep running when the phone is off",
        "if nobody answers the door, how is that noted",
    ],
)
def test_a_hard_word_without_anger_is_no_frustration(text: str) -> None:
    assert read_mood(text).frustration < 0.5


def test_the_suite_tells_abuse_from_anger_and_names_what_it_misheard(tmp_path: Path) -> None:
    file = tmp_path / "mood.jsonl"
    file.write_text(
        '{"text": "you are an idiot", "mood": "abusive"}\n{"text": "great, another outage", "mood": "calm"}\n',
        encoding="utf-8",
    )

    report = mood.run(lambda _: None, file)

    assert (report.figures["abuse_precision"], report.figures["abuse_recall"]) == (1.0, 1.0)
    assert report.figures["frustration_precision"] == 0.5
    assert "great, another outage" in report.remarks[0]


@pytest.mark.parametrize("line", ['{"text": "hi"}', '{"text": "hi", "mood": "sunny"}', ""])
def test_a_line_that_can_not_be_used_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "mood.jsonl"
    file.write_text(line, encoding="utf-8")

    with pytest.raises(BadData, match=r"mood\.jsonl:1"):
        mood.run(lambda _: None, file)
