"""How personal it may be, through the real engine: what is remembered, what is not, and caps over conversations."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from server.cli import main
from server.dialogue.record import DecisionRecord
from server.floor import Floor, Joined
from server.frames import Choose, Consent, Hello, Say
from server.settings import Settings
from server.store.conversations import load_talk
from server.store.tables import DecisionRow
from server.turn import take_turn
from server.wiring import DEMO, House, build
from tests.support.models import an_installation

PRICE = "What does the Team plan cost?"


class Visitor:
    """One browser, which begins conversations and says things in them."""

    def __init__(self, house: House, consent: Any) -> None:
        self.house, self.consent = house, consent
        self.floor = Floor(house.desk)
        self.token: str | None = None
        self.joined: Joined | None = None
        self.acts = 0

    async def begins(self) -> Joined:
        hello = Hello(type="hello", site="demo", visitor_token=self.token, consent=self.consent)
        self.joined = await self.floor.join(hello)
        self.token = self.joined.token
        return self.joined

    async def says(self, text: str) -> DecisionRecord:
        self.acts += 1
        return await self._takes(Say(type="say", id=f"frame-{id(self):x}-{self.acts:04}"[-40:], text=text))

    async def chooses(self, record: DecisionRecord, value: str) -> DecisionRecord:
        self.acts += 1
        prompt = record.reply[-1]["prompt"]
        frame = Choose(type="choose", id=f"frame-{self.acts:08}", prompt=prompt, value=value, label=value)
        return await self._takes(frame)

    async def allows(self, level: Any) -> None:
        assert self.joined is not None
        self.consent = level
        self.acts += 1
        await self.floor.consent(
            self.joined, Consent(type="consent", id=f"consent-{self.acts:08}", level=level)
        )

    async def facts(self) -> dict[str, tuple[Any, str]]:
        assert self.joined is not None
        async with self.house.desk.readers() as session:
            talk = await load_talk(session, self.house.desk.vault, "demo", self.joined.conversation)
        return {fact.name: (fact.value, fact.how) for fact in talk.state.facts}

    async def _takes(self, frame: Say | Choose) -> DecisionRecord:
        assert self.joined is not None
        saved = await take_turn(self.house.desk, "demo", self.joined.conversation, frame)
        assert saved is not None
        async with self.house.desk.readers() as session:
            row = await session.scalar(select(DecisionRow).where(DecisionRow.turn == saved.turn))
        assert row is not None
        return DecisionRecord.model_validate(row.record)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return an_installation(tmp_path_factory.mktemp("personal"))


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    made = build(settings)
    await made.desk.library.refresh("demo")
    yield made
    made.desk.pool.shutdown()
    await made.engine.dispose()


def why(record: DecisionRecord, name: str) -> str:
    return next(check.why for check in record.checks if check.name == name and not check.passed)


async def told_forty(visitor: Visitor) -> None:
    """A first conversation in which the question was asked and answered."""
    await visitor.begins()
    asked = await visitor.says(PRICE)
    assert "asks:team_size" in asked.reasons
    await visitor.chooses(asked, "30")


async def test_what_is_remembered_is_known_until_it_is_turned_down(house: House) -> None:
    ada = Visitor(house, "remembered")
    await told_forty(ada)

    await ada.begins()
    again = await ada.says(PRICE)
    assert why(again, "due") == "team_size: known from an earlier conversation"
    assert (await ada.facts())["team_size"] == (30, "remembered")

    await ada.says("we are 55 people now")
    assert (await ada.facts())["team_size"] == (55, "said"), "a newer word corrects it"
    await ada.begins()
    await ada.says("hello")
    assert (await ada.facts())["team_size"] == (55, "remembered")

    await ada.allows("conversation")
    assert "team_size" not in await ada.facts()
    await ada.allows("remembered")
    await ada.says("hello")
    assert "team_size" not in await ada.facts(), "turned down is forgotten for good"


async def test_with_less_nothing_of_an_earlier_conversation_is_known(house: House) -> None:
    for level in ("necessary", "conversation"):
        ada = Visitor(house, level)
        await told_forty(ada)
        await ada.begins()

        again = await ada.says(PRICE)

        assert "asks:team_size" in again.reasons
        assert "team_size" not in await ada.facts()


async def test_the_cap_of_the_day_holds_over_conversations(house: House) -> None:
    ada = Visitor(house, "conversation")
    for _ in range(8):
        await ada.begins()
        assert "asks:team_size" in (await ada.says(PRICE)).reasons

    await ada.begins()
    ninth = await ada.says(PRICE)

    assert why(ninth, "questions_today") == "8 of 8 asked this person today"


def test_simulate_plays_by_a_playbook_and_shows_what_another_does_otherwise(
    settings: Settings, tmp_path: Path
) -> None:
    own, other = DEMO / "playbooks" / "demo.yaml", tmp_path / "quiet.yaml"
    text = own.read_text(encoding="utf-8")
    quiet = text.replace("qualify: { unless", "qualify: { enabled: false, unless")
    # Somebody else's CRM, whose key is not at hand and which is not asked; the policy lies beside the playbook.
    other.write_text(quiet + "\ncrm: {provider: hubspot, policy: ours.yaml}\n", encoding="utf-8")
    (tmp_path / "ours.yaml").write_text('version: "1"\nrules: []\notherwise: approve\n', encoding="utf-8")
    before = (settings.data_dir / "frontdesk.db").read_bytes()

    result = CliRunner().invoke(
        main,
        ["playbook", "simulate", str(own), "--against", str(other), "-m", "hello", "-m", PRICE,
         "--data-dir", str(settings.data_dir), "--json"],
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert [each["turn"] for each in value["differ"]] == [2]
    assert value["differ"][0]["this"]["question"] == "team_size"
    assert value["differ"][0]["other"]["question"] is None
    assert "12 EUR" in json.dumps(value["differ"][0]["this"]["reply"])
    assert (settings.data_dir / "frontdesk.db").read_bytes() == before
