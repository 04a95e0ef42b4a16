"""Proposals as wild as Hypothesis makes them, through the ledger to a receiver that checks every request it gets."""

from __future__ import annotations

import asyncio
import copy
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from uuid_utils import uuid7

from crm_sync import (
    Activity,
    Consent,
    Evidence,
    Learned,
    Ledger,
    Meeting,
    Point,
    Policy,
    Proposal,
    Score,
    Target,
    Task,
)
from crm_sync.deciding.policy import Rule
from crm_sync.documents.catalogue import sealed_fields, value_schemas
from crm_sync.documents.validation import published
from crm_sync.providers.webhook import WebhookCrm, sign
from crm_sync.tables import Base
from evals import gates
from evals.report import Report

Tell = Callable[[str], None]
SITE = "demo"
TALK = "talk-1"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="  # noqa: S105  of this bench
_KNOWN = {"[email_1]": "ada@example.com"}


def _learned(name: str, value: Any, *, confidence: float = 0.95, how: Any = "said") -> Learned:
    record, field_name = name.split(".", 1)
    words = Evidence(quote="we are 40", message_id="m-1", start=0, end=9)
    return Learned(record, field_name, value, how, confidence, ("fact",), (words,))  # type: ignore[arg-type]


NAMES = [
    *sorted({name for fields in value_schemas().values() for name in fields}),
    "custom.region",
    "shoe_size",
    "",
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "[email_1]",
            "[person_1]",
            "ada@example.com",
            "Team",
            "qualified",
            "DE",
            "example.com",
            "\x00",
            "\ud800",
        ]
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(),
    TEXTS,
    st.just(object()),
    st.just(NOW),
    st.just(b"x"),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(TEXTS, SCALARS, max_size=2))
ODD = st.one_of(st.just("deal"), st.just("contact"), st.just("company"), VALUES)
INSTANTS = st.one_of(st.just(NOW), st.just(NOW.replace(tzinfo=None)), st.just("tomorrow"))

LEARNED: st.SearchStrategy[Any] = st.builds(
    Learned,
    object=st.one_of(st.sampled_from(["contact", "company", "deal"]), ODD),
    name=st.one_of(st.sampled_from(NAMES), TEXTS),
    value=VALUES,
    how=st.one_of(st.sampled_from(["said", "chosen", "edited"]), VALUES),
    confidence=st.one_of(st.floats(0, 1), SCALARS),
    reasons=st.tuples(TEXTS),
    evidence=st.tuples(st.builds(Evidence, quote=TEXTS, start=st.integers(-3, 3))),
)
ACTIVITIES: st.SearchStrategy[Any] = st.builds(
    Activity,
    type=st.one_of(st.just("note"), TEXTS),
    subject=TEXTS,
    body=TEXTS,
    at=INSTANTS,
    meeting=st.one_of(
        st.none(), st.builds(Meeting, ref=TEXTS, start=st.just(NOW), end=st.just(NOW), zone=TEXTS)
    ),
    task=st.one_of(st.none(), st.builds(Task, title=TEXTS)),
)
SCORES = st.builds(
    Score,
    fit=st.floats(),
    intent=st.floats(-100, 100),
    total=st.integers(-100, 100),
    stage=st.one_of(st.just("evaluation"), TEXTS),
    points=st.tuples(st.builds(Point, code=TEXTS, points=st.floats(), kind=st.just("fit"), because=TEXTS)),
)
FACTS = st.sampled_from(
    [
        _learned("contact.email", "[email_1]"),
        _learned("contact.name", "[person_9]"),
        _learned("contact.country", "DE"),
        _learned("company.team_size", 40, confidence=0.3),
        _learned("company.domain", "example.com"),
        _learned("deal.seats", 7, how="chosen"),
        _learned("deal.custom.regions", ["north", "south"]),
    ]
)
SOUND: st.SearchStrategy[Any] = st.builds(
    Proposal,
    site=st.just(SITE),
    kind=st.sampled_from(["contact.qualified", "cart.filled"]),
    cause=st.uuids().map(str),
    occurred_at=st.just(NOW),
    conversation=st.just(TALK),
    turn=st.one_of(st.none(), st.just("turn-1")),
    target=st.sampled_from([Target("conversation", TALK), Target("email", "[email_1]")]),
    consent=st.sampled_from([Consent("conversation", NOW), Consent("necessary")]),
    learned=st.lists(FACTS, max_size=4).map(tuple),
    activity=st.one_of(st.none(), st.just(Activity("note", "Asked about SSO", "for [email_1]", NOW))),
)
SPOILED: dict[str, st.SearchStrategy[Any]] = {
    "kind": TEXTS,
    "turn": TEXTS,
    "occurred_at": INSTANTS,
    "target": st.builds(Target, by=st.sampled_from(["email", "external_id", "phone"]), value=TEXTS),
    "consent": st.builds(Consent, level=TEXTS, at=INSTANTS),
    "learned": st.lists(st.one_of(FACTS, LEARNED), min_size=1, max_size=4).map(tuple),
    "activity": ACTIVITIES,
    "score": SCORES,
}


@st.composite
def some_proposals(draw: st.DrawFn) -> Proposal:
    """Sound ones with up to two parts spoiled."""
    proposal: Proposal = draw(SOUND)
    for part in draw(st.lists(st.sampled_from(sorted(SPOILED)), max_size=2, unique=True)):
        proposal = replace(proposal, **{part: draw(SPOILED[part])})
    return proposal


PROPOSALS = some_proposals()
EVERYTHING = Policy(rules=(Rule(tier="write"),), otherwise="write", forward_only={})


@dataclass
class StrictReceiver:
    """Another company's system that believes nothing: signature, envelope and every value are held to the published
    schemas, with a validator that is not the one that we send by."""

    requests: int = 0
    invalid: list[str] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if problem := self._problem(request):
            self.invalid.append(problem)
            return httpx.Response(422, json={"error": problem})
        return httpx.Response(204)

    def _problem(self, request: httpx.Request) -> str:
        stamp = int(request.headers["webhook-timestamp"])
        if sign(SECRET, request.headers["webhook-id"], stamp, request.content) not in request.headers[
            "webhook-signature"
        ].split(" "):
            return "the signature does not fit"
        document = json.loads(request.content)["data"]
        sealed = copy.deepcopy(document)
        for change in document["fields"]:
            schema = published(change["object"])["properties"].get(change["name"])
            if schema is not None and (error := _first(schema, change["value"])):
                return f"{change['object']}.{change['name']}: {error}"
        for change in sealed["fields"]:
            # On its way a personal value stands in the open; the document's own schema knows its placeholder.
            if (change["object"], change["name"]) in sealed_fields():
                change["value"] = "[email_1]"
        if sealed["target"]["match"]["by"] == "email":
            sealed["target"]["match"]["value"] = "[email_1]"
        return _first(published("crm-update"), sealed)


def _first(schema: dict[str, Any], value: Any) -> str:
    errors = Draft202012Validator(schema).iter_errors(value)
    return next((f"{list(error.absolute_path)} {error.validator}" for error in errors), "")


@dataclass
class Outcomes:
    """What became of all proposals."""

    receiver: StrictReceiver = field(default_factory=StrictReceiver)
    ended: Counter[str] = field(default_factory=Counter)
    without_pointer: int = 0
    """Refused without saying where."""


def run(tell: Tell, *, examples: int) -> Report:
    """So many proposals, sound ones and spoiled ones, proposed, validated and delivered."""
    tell(f"making up {examples} proposals")
    found = outcomes(examples)
    figures = {
        "examples": found.ended.total(),
        "sent": found.receiver.requests,
        "invalid_sent": len(found.receiver.invalid),
        "quarantined": found.ended["quarantined"],
        "quarantined_without_pointer": found.without_pointer,
        "refused_when_opened": found.ended["needs_review"],
        "nothing_new": found.ended["unchanged"],
    }
    remarks = tuple(found.receiver.invalid[:20])
    return Report("proposals", figures, gates.bars("bench-proposals", figures), remarks)


def outcomes(examples: int) -> Outcomes:
    """Each proposal is a contact of its own, on a database in memory."""
    found = Outcomes()

    async def every() -> None:
        engine = await _engine()
        crm = WebhookCrm("https://crm.example/hook", [SECRET], transport=found.receiver.transport())
        ledger = Ledger(async_sessionmaker(engine, expire_on_commit=False), crm, _unseal, EVERYTHING)
        loop = asyncio.get_running_loop()

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(PROPOSALS)
        def one(proposal: Proposal) -> None:
            number = found.ended.total()
            asked = replace(proposal, contact=f"contact-{number}", cause=f"cause-{number}")
            asyncio.run_coroutine_threadsafe(_through(ledger, engine, asked, found), loop).result()

        await asyncio.to_thread(one)
        await engine.dispose()

    asyncio.run(every())
    return found


async def _through(ledger: Ledger, engine: AsyncEngine, proposal: Proposal, found: Outcomes) -> None:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        update = await ledger.propose(session, proposal, now=NOW, id=str(uuid7()))
        await session.commit()
    status = await ledger.deliver(update.id, now=NOW) if update.is_due else update.status
    found.ended[status] += 1
    if status == "quarantined" and (update.problem_pointer is None or not update.last_error):
        found.without_pointer += 1


async def _unseal(site: str, conversation: str, text: str) -> str:  # noqa: ARG001
    for placeholder, value in _KNOWN.items():
        text = text.replace(placeholder, value)
    return text


async def _engine() -> AsyncEngine:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return engine
