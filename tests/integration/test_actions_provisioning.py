"""A confirmed trial is set up in the operator's product once, whatever it answers, and nobody is left alone."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox, trial
from server.actions.goods import Provisioning, Trial, TrialRequest, TrialTerms
from server.actions.outbox import RunOutcome
from server.actions.posting import Answered, NotPosted, Poster
from server.actions.provisioning import SCHEDULE, pause
from server.actions.signing import Keys, keys_of
from server.actions.tables import EffectRow, HandoffRow
from server.actions.trial_effects import Provisioner
from server.actions.values import Happening, TrialChanged
from server.errors import Conflict
from tests.support.actions_world import World, a_world, new_id, unseal
from tests.support.product import OLD_SECRET, SECRET, ScriptedProduct, says, the_documented_receiver

READY = b'{"status": "ready", "login_url": "https://app.fernway.example/in", "external_id": 7}'


@dataclass
class Installation:
    """A world whose site has a product."""

    world: World
    product: ScriptedProduct = field(default_factory=ScriptedProduct)
    secrets: str = SECRET
    happened: list[Happening] = field(default_factory=list)
    post: object = None

    def keys(self, site: str) -> Keys:
        return keys_of(self.secrets, site, "FRONTDESK_PROVISIONING_SECRET")

    async def tell(self, _session: AsyncSession, happening: Happening) -> None:
        self.happened.append(happening)

    async def run_due(self) -> list[RunOutcome]:
        """Everything that is due now."""
        world = self.world
        provisioner = Provisioner(
            world.sessions,
            self.post or self.product.post,  # type: ignore[arg-type]  # either posts
            self.keys,
            world.mailbox(),
            unseal,
            lambda _site: world.desk,
            world.clock,
            on_change=self.tell,
            jitter=lambda: 0.5,
        )
        handlers = {**world.postroom().handlers(), **provisioner.handlers()}
        async with world.sessions() as session:
            waiting = await outbox.due(session, now=world.clock())
        return [await outbox.run(world.sessions, handlers, each, clock=world.clock) for each in waiting]

    async def confirmed(self, address: str = "visitor@lifts.example", conversation: str = "c-1") -> Trial:
        """Ask for a trial and press the button of its mail."""
        world = self.world
        async with world.sessions.begin() as session:
            wish = TrialRequest("demo", conversation, address)
            await trial.start(
                session, wish, TrialTerms("Business"), secret="s", now=world.clock(), id=new_id()
            )
        await self.run_due()
        token = re.search(r"/trial/verify/(\S+)", (await world.mails())[0].text)
        assert token is not None
        async with world.sessions.begin() as session:
            link = world.links.read("trial", token[1], now=world.clock())
            return await trial.verify(session, link, now=world.clock(), provision=True)

    async def stands(self, made: Trial) -> Trial:
        async with self.world.sessions() as session:
            return await trial.trial(session, "demo", made.id)

    async def tasks(self) -> list[str]:
        async with self.world.sessions() as session:
            return [row.reason for row in await session.scalars(select(HandoffRow))]

    async def next_attempt(self) -> datetime:
        async with self.world.sessions() as session:
            found = await session.scalars(select(EffectRow).where(EffectRow.kind == "trial_provision"))
            return found.one().next_attempt_at


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with a_world(tmp_path) as world:
        world.desk = replace(world.desk, provisioning=Provisioning("https://app.fernway.example/hooks"))
        yield Installation(world)


async def test_the_documented_receiver_sets_it_up_and_the_visitor_gets_the_link(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.world.clock.at = datetime.now(UTC)  # the receiver checks timestamps by its own clock
    installation.post = Poster().post
    with the_documented_receiver(tmp_path, monkeypatch) as url:
        installation.world.desk = replace(
            installation.world.desk, provisioning=Provisioning(url, allow_private=True)
        )
        made = await installation.confirmed()

        await installation.run_due()
        await installation.run_due()

    ready = await installation.stands(made)
    assert (made.provision, ready.provision) == ("waiting", "ready")
    mail = next(each for each in await installation.world.mails() if "is ready" in each.subject)
    assert mail.to == "visitor@lifts.example"
    assert "https://app.acme.example/sign-in" in mail.text
    assert installation.happened == [TrialChanged("ready", ready)]


async def test_what_is_sent_names_the_trial_and_is_signed_with_every_secret(
    installation: Installation,
) -> None:
    installation.secrets = f"{SECRET} other={OLD_SECRET} demo={OLD_SECRET}"
    installation.product.answers = [says(200, READY)]
    made = await installation.confirmed()

    await installation.run_due()

    headers, body = installation.product.came[0]
    sent = json.loads(body)
    assert headers["webhook-id"] == f"trial_{made.id}"
    assert len(headers["webhook-signature"].split()) == 2
    assert sent["data"]["email"] == "visitor@lifts.example"
    assert (sent["type"], sent["data"]["trial"], sent["data"]["plan"]) == (
        "trial.requested",
        made.id,
        "Business",
    )


async def test_outages_are_waited_out_on_the_published_schedule_under_one_id(
    installation: Installation,
) -> None:
    away: list[Answered | NotPosted] = [
        NotPosted("no answer"),
        says(503),
        says(429),
        says(409),
        says(500),
        says(200, READY),
    ]
    installation.product.answers = list(away)
    made = await installation.confirmed()
    pauses = []
    for _ in range(5):
        began = installation.world.clock()
        assert [each.status for each in await installation.run_due()] == ["waiting"]
        pauses.append(await installation.next_attempt() - began)
        installation.world.clock.at = await installation.next_attempt()

    await installation.run_due()

    assert pauses == [pause(attempt, 0.5) for attempt in range(1, 6)]
    assert [round(each.total_seconds()) for each in pauses] == [5, 315, 1_890, 7_560, 18_900]
    assert len({headers["webhook-id"] for headers, _ in installation.product.came}) == 1
    assert (await installation.stands(made)).provision == "ready"


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        ("Mon, 02 Mar 2026 07:10:00 GMT", 600),
        ("soon", 5.25),
        ("99999999", 86_400),
    ],
)
async def test_a_product_that_asks_for_patience_gets_it(
    installation: Installation, retry_after: str, seconds: float
) -> None:
    installation.product.answers = [says(429, retry_after=retry_after)]
    await installation.confirmed()

    await installation.run_due()

    waits = await installation.next_attempt() - installation.world.clock()
    assert waits.total_seconds() == pytest.approx(seconds)


async def test_pending_waits_for_the_product_and_asks_nobody_again(installation: Installation) -> None:
    installation.product.answers = [says(202, b'{"status": "pending", "external_id": "t-7"}')]
    made = await installation.confirmed()

    await installation.run_due()
    installation.world.clock.passes(timedelta(days=2))
    await installation.run_due()

    waiting = await installation.stands(made)
    assert len(installation.product.came) == 1
    assert waiting.provision == "pending"
    assert trial.told(waiting, installation.world.clock()) == (
        "Your address is confirmed, and your trial is being set up."
    )


@pytest.mark.parametrize(
    "answers",
    [
        [says(400)],
        [says(404)],
        [says(302, location="https://elsewhere.example")],
        [says(200, b"<html>")],
        [says(200, b'{"status": "ready", "login_url": "javascript:alert(1)"}')],
        [NotPosted("it leads to 10.0.0.1", refused=True)],
    ],
)
async def test_what_no_attempt_can_mend_is_a_persons_task_at_once(
    installation: Installation, answers: list[object]
) -> None:
    installation.product.answers = answers  # type: ignore[assignment]  # of either kind
    made = await installation.confirmed()

    await installation.run_due()
    await installation.run_due()

    failed = await installation.stands(made)
    assert failed.provision == "failed"
    assert len(installation.product.came) == 1
    assert await installation.tasks() == ["The trial could not be set up"]
    assert "Our team has been told" in trial.told(failed, installation.world.clock())
    assert installation.happened == [TrialChanged("failed", failed)]


async def test_ten_attempts_in_vain_are_a_persons_task(installation: Installation) -> None:
    installation.product.answers = [says(500)]
    made = await installation.confirmed()
    for wait in (*SCHEDULE, timedelta(0)):
        await installation.run_due()
        installation.world.clock.passes(wait * 1.2)

    await installation.run_due()

    assert len(installation.product.came) == 10
    assert (await installation.stands(made)).provision == "failed"
    assert len(await installation.tasks()) == 1


async def test_a_person_tries_again_and_it_is_still_the_same_wish(installation: Installation) -> None:
    installation.product.answers = [says(404), says(200, READY)]
    made = await installation.confirmed()
    await installation.run_due()
    await installation.run_due()

    async with installation.world.sessions.begin() as session:
        await trial.tell_again(session, "demo", made.id, now=installation.world.clock())
    await installation.run_due()

    assert (await installation.stands(made)).provision == "ready"
    assert len({headers["webhook-id"] for headers, _ in installation.product.came}) == 1
    async with installation.world.sessions.begin() as session:
        with pytest.raises(Conflict):
            await trial.tell_again(session, "demo", made.id, now=installation.world.clock())


async def test_a_product_that_is_gone_is_left_alone_until_a_person_says_so(
    installation: Installation,
) -> None:
    installation.product.answers = [says(410), says(200, READY)]
    first = await installation.confirmed()
    await installation.run_due()
    await installation.run_due()
    second = await installation.confirmed("other@lifts.example", "c-2")
    await installation.run_due()
    await installation.run_due()
    asked = len(installation.product.came)

    async with installation.world.sessions.begin() as session:
        await trial.tell_again(session, "demo", second.id, now=installation.world.clock())
    await installation.run_due()

    assert asked == 1
    assert [(await installation.stands(each)).provision for each in (first, second)] == ["failed", "ready"]


@pytest.mark.parametrize("address", ["visitor@lifts.example", "Visitor+two@lifts.example"])
async def test_asking_again_from_another_conversation_joins_and_sets_up_nothing_more(
    installation: Installation, address: str
) -> None:
    installation.product.answers = [says(200, b'{"status": "pending"}')]
    made = await installation.confirmed()
    await installation.run_due()

    async with installation.world.sessions.begin() as session:
        wish = TrialRequest("demo", "c-2", address)
        again = await trial.start(
            session, wish, TrialTerms("Business"), secret="s", now=installation.world.clock(), id=new_id()
        )
    await installation.run_due()

    assert (again.state, again.trial.id) == ("exists", made.id)
    assert len(installation.product.came) == 1


async def test_a_conversation_that_is_erased_is_set_up_for_nobody(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.product.answers = [says(200, READY)]
    made = await installation.confirmed()
    monkeypatch.setitem(__import__("tests.support.actions_world", fromlist=["VAULT"]).VAULT, "[email_1]", "")

    await installation.run_due()

    assert installation.product.came == []
    assert (await installation.stands(made)).provision == "waiting"


def _resolves_to(address: str) -> Callable[..., object]:
    async def found(_host: str, _port: int) -> list[str]:
        return [address]

    return found


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "100.64.0.1"]
)
async def test_no_address_of_a_private_machine_is_asked_unless_it_is_allowed(address: str) -> None:
    poster = Poster(resolve_host=_resolves_to(address))  # type: ignore[arg-type]  # as resolve does it

    with pytest.raises(NotPosted) as refused:
        await poster.post("https://app.acme.example/hooks", b"{}", {})

    assert refused.value.refused
    assert address in refused.value.message


@pytest.mark.parametrize(
    "url", ["ftp://app.acme.example", "https://user:pw@app.acme.example", "file:///etc/hosts"]
)
async def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(NotPosted) as refused:
        await Poster().post(url, b"{}", {})

    assert refused.value.refused
