"""The ledger in the house: each site's policy from its playbook, whose an update is, and whom it is told."""

from __future__ import annotations

import textwrap
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.actions import routing
from server.actions.notices import Addresses
from server.actions.tables import EffectRow
from server.errors import BadPlaybook
from server.floor import Floor, Joined
from server.frames import Hello, Say
from server.playbook import Playbooks, load_playbook
from server.store.tables import Doubt
from server.turn import take_turn
from server.wiring import House, build
from server.wiring.team import SiteTeam, house_rules
from tests.support.crm import NOW, a_proposal, learned, new_id
from tests.support.models import an_installation

ROUTED = """
version: 1
site: {name: Acme}
routing:
  reps:
  - {key: ada, name: Ada, logins: [ada.l], owner: ["Rep 7"]}
  - {key: ben, name: Ben}
notices: {events: [update_overdue]}
"""


def a_book(folder: Path, text: str, name: str = "acme") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(textwrap.dedent(text))
    return file


def test_each_site_goes_by_its_own_policy_and_deadline(tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text("version: strict\notherwise: never\nrules: []\n")
    crm = "crm: {policy: strict.yaml, deadline_hours: 8}\n"
    book = load_playbook(a_book(tmp_path, "version: 1\nsite: {name: Acme}\n" + crm))
    other = load_playbook(a_book(tmp_path, "version: 1\nsite: {name: Other}\n", "other"))
    (tmp_path / "strict.yaml").touch()

    rules = house_rules(Playbooks({"acme": book, "other": other}))

    assert rules("acme").policy.version.startswith("strict@")
    assert rules("acme").deadline == timedelta(hours=8)
    assert rules("other") == rules("a site that is gone")
    assert rules("other").deadline is None


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (None, "acme.yaml:3: crm.policy: {folder}/p.yaml: there is no such file"),
        ("rules: [{field: deal.seat, tier: write}]", "crm.policy: {folder}/p.yaml:1: rules.0.field: deal has no field"),
    ],
)  # fmt: skip
def test_a_playbook_with_a_broken_policy_is_refused_with_both_lines(
    tmp_path: Path, policy: str | None, words: str
) -> None:
    if policy is not None:
        (tmp_path / "p.yaml").write_text(policy)
    file = a_book(tmp_path, "version: 1\nsite: {name: Acme}\ncrm: {policy: p.yaml}\n")

    with pytest.raises(BadPlaybook) as refused:
        load_playbook(file)

    assert words.format(folder=tmp_path) in str(refused.value)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    for site in built.desk.playbooks.sites:
        await built.desk.library.refresh(site)
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


async def _said(house: House, words: str) -> Joined:
    who = await Floor(house.desk).join(Hello(type="hello", site="demo", consent="conversation"))
    await take_turn(house.desk, "demo", who.conversation, Say(type="say", id=uuid.uuid4().hex, text=words))
    return who


async def test_what_a_rep_calls_misread_is_filed_for_whoever_trains_the_assistant(house: House) -> None:
    who = await _said(house, "We are 40 technicians and use spreadsheets. What does Team cost?")
    ledger = house.desk.ledger
    (waits,) = await ledger.updates("demo", conversation=who.conversation, status="awaiting_approval")

    await ledger.reject("demo", waits.id, by="rep", code="misread", now=house.desk.clock())

    async with house.desk.readers() as session:
        (filed,) = await session.scalars(select(Doubt))
    assert (filed.why, filed.by, filed.status, filed.label) == ("misread", "rep", "waiting", None)
    assert filed.text.startswith("We are 40 technicians")
    assert filed.conversation == who.conversation


def _team(tmp_path: Path, **addresses: Any) -> SiteTeam:
    book = load_playbook(a_book(tmp_path, ROUTED, "demo"))
    return SiteTeam(Playbooks({"demo": book}), {"demo": Addresses(**addresses)}, new_id)


@pytest.mark.parametrize(
    ("owner", "login"), [("Rep 7", "ada.l"), ("  ADA ", "ada.l"), ("ben", "ben"), ("Somebody else", "Somebody else")]
)  # fmt: skip
def test_an_owner_in_the_crm_is_found_among_the_reps(tmp_path: Path, owner: str, login: str) -> None:
    assert _team(tmp_path).login("demo", owner) == login


async def test_a_routed_conversation_is_its_reps(house: House, tmp_path: Path) -> None:
    team = _team(tmp_path)
    async with house.desk.writers() as session:
        assert await team.assigned(session, "demo", "talk-1") is None
        await routing.move(session, "demo", "talk-1", "ada", "given", now=NOW, id=new_id())
        assert await team.assigned(session, "demo", "talk-1") == "ada.l"


async def test_what_is_overdue_is_told_once_by_its_fields_and_not_their_values(
    house: House, tmp_path: Path
) -> None:
    team = _team(tmp_path, slack="https://chat.example/hook")
    ledger, desk = house.desk.ledger, house.desk
    async with desk.writers() as session:
        waits = await ledger.propose(
            session, a_proposal(learned("deal.budget", "10k", confidence=0.3)), now=NOW, id=new_id()
        )
        await session.commit()
    late = (await ledger.waiting("demo", [waits.id]))[waits.id]

    for _ in range(2):
        async with desk.writers() as session:
            await team.overdue(session, replace(late, overdue_at=NOW, owner="ben"), now=NOW)
            await session.commit()

    async with desk.readers() as session:
        (told,) = await session.scalars(select(EffectRow).where(EffectRow.kind == "notice_slack"))
    assert told.payload["event"] == "update_overdue"
    assert (told.payload["reason"], told.payload["rep"]) == ("deal.budget", "ben")
    assert "10k" not in str(told.payload)
