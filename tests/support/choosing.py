"""Words for tests of the chooser: a question, and an outside model behind a real endpoint."""

from __future__ import annotations

import json

from intents.choosing import Option, Question
from knowledge.writing.openai import Endpoint, OpenAiChat
from knowledge.writing.spending import DayBook, Purse
from server.choosing import Limits, OutsideModel
from tests.support.fake_openai import FakeOpenAi, Reply, says
from tests.support.writing import KEY, Log, Time

BOOK = Option("book_meeting", "Wants a demo, call or meeting at some time.")
PRICE = Option("pricing", "What it costs.")
QUESTION = Question("got 20 min on friday?", (BOOK, PRICE))
LIMITS = Limits(seconds=1.0, tokens_per_turn=1_000, tokens_per_day=10_000)


def picks(name: str) -> Reply:
    return says(json.dumps({"choice": name}), usage=(200, 8))


def a_model(server: FakeOpenAi, *, clock: Time | None = None, log: Log | None = None) -> OutsideModel:
    time = clock or Time()
    book = DayBook(log or Log(), time, Purse())
    return OutsideModel(OpenAiChat(Endpoint(server.url, "tiny-1", KEY)), book, time)
