"""Trials: asked for, confirmed by the mailed link, joined by whoever asks again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.actions import trial
from server.actions.errors import BadLink, TrialRefused
from server.actions.goods import Trial, TrialOutcome, TrialRequest, TrialTerms
from tests.support.actions_world import World, a_world, new_id

TERMS = TrialTerms(plan="Business")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def ask(
    world: World, address: str = "visitor@lifts.example", *, site: str = "demo", sealed: str = "[email_1]"
) -> TrialOutcome:
    async with world.sessions.begin() as session:
        request = TrialRequest(site, "c-1", address, sealed)
        return await trial.start(session, request, TERMS, secret="s", now=world.clock(), id=new_id())


async def mailed_token(world: World) -> str:
    await world.run_all()
    link = re.search(r"/trial/verify/(\S+)", (await world.mails())[0].text)
    assert link is not None
    return link.group(1)


async def verify(world: World, token: str) -> Trial:
    async with world.sessions.begin() as session:
        opened = world.links.read("trial", token, now=world.clock())
        return await trial.verify(session, opened, now=world.clock())


async def test_asking_mails_a_link_and_the_link_starts_the_days(world: World) -> None:
    asked = await ask(world)

    running = await verify(world, await mailed_token(world))

    assert asked.state == "mail_sent"
    assert running.state == "verified"
    assert running.ends_at == world.clock() + timedelta(days=14)


async def test_the_link_works_once(world: World) -> None:
    await ask(world)
    token = await mailed_token(world)
    running = await verify(world, token)
    world.clock.passes(timedelta(hours=1))

    with pytest.raises(BadLink, match="runs until") as refusal:
        await verify(world, token)

    assert refusal.value.code == "link_used"
    async with world.sessions() as session:
        assert (await trial.trial(session, "demo", running.id)).ends_at == running.ends_at


async def test_asking_again_joins_the_running_trial(world: World) -> None:
    first = await ask(world)
    await verify(world, await mailed_token(world))

    again = await ask(world, "Visitor@Lifts.example")
    labelled = await ask(world, "visitor+2@lifts.example", sealed="[email_2]")

    assert (again.state, labelled.state) == ("exists", "exists")
    assert again.trial.id == labelled.trial.id == first.trial.id
    assert len(await world.mails()) == 1


async def test_a_trial_that_ran_out_is_told_as_ended(world: World) -> None:
    await ask(world)
    await verify(world, await mailed_token(world))
    world.clock.passes(timedelta(days=15))

    assert (await ask(world)).state == "ended"


async def test_asking_twice_in_a_minute_sends_one_mail(world: World) -> None:
    await ask(world)

    assert (await ask(world)).state == "waiting"
    await world.run_all()
    assert len(await world.mails()) == 1


async def test_a_newer_mail_replaces_the_older_link(world: World) -> None:
    await ask(world)
    older = await mailed_token(world)
    world.clock.passes(timedelta(minutes=5))

    assert (await ask(world)).state == "mail_sent"
    newer = await mailed_token(world)

    with pytest.raises(BadLink) as refusal:
        await verify(world, older)
    assert refusal.value.code == "link_replaced"
    assert (await verify(world, newer)).state == "verified"


async def test_nobody_is_mailed_more_than_five_times(world: World) -> None:
    for _ in range(8):
        await ask(world)
        world.clock.passes(timedelta(hours=1))
        await world.run_all()

    assert len(await world.mails()) == 5


async def test_each_site_has_its_own_trials(world: World) -> None:
    first = await ask(world)

    assert (await ask(world, site="other")).trial.id != first.trial.id


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("visitor", "email_malformed"),
        ("visitor@", "email_malformed"),
        ("a@b@c.example.com", "email_malformed"),
        ("", "email_malformed"),
        ("me@mailinator.com", "email_disposable"),
        ("me@box.YOPMAIL.com", "email_disposable"),
    ],
)
async def test_an_address_that_can_not_have_a_trial_is_refused(world: World, address: str, code: str) -> None:
    with pytest.raises(TrialRefused) as refusal:
        await ask(world, address)

    assert refusal.value.code == code
    assert "@" not in refusal.value.message


def test_the_key_of_an_address_depends_on_secret_and_site() -> None:
    keys = {
        trial.email_key(secret, site, "visitor@lifts.example")
        for secret in ("one", "two")
        for site in ("demo", "other")
    }

    assert len(keys) == 4
    assert not any("visitor" in key for key in keys)
