"""What a reader may not see is as if it were not there: each answer equals that of an installation without it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.help_world import PLANS, HelpWorld, a_help_world, member, page

WORDS = ("invoice", "key", "stream", "audit", "portal", "crew", "vehicle", "backup", "region", "seat")
ODD = ("zirconium", "quagga", "xylophone", "obsidian", "jacquard", "kumquat", "vuvuzela", "wombat")
"""Each stands on one page only, so that whoever finds it has seen that page."""


def _library(seed: int) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Pages of random words, links and labels; and the labels by file."""
    chance = random.Random(seed)
    pages, labels = {}, {}
    names = [f"{chance.choice(('plans', 'security', 'api'))}/page-{number}" for number in range(len(ODD))]
    for number, name in enumerate(names):
        # The first is everybody's, the last for none of the readers below.
        audience = tuple(chance.sample(("public", *PLANS), k=chance.randint(1, 2)))
        if number in {0, len(ODD) - 1}:
            audience = ("public",) if number == 0 else ("enterprise",)
        link = chance.choice(names)
        body = (
            f"{' '.join(chance.choices(WORDS, k=12))} {ODD[number]}. See [the words](/docs/{link}) or "
            f"[these](../{link}.md).\n\n## {chance.choice(WORDS)} {chance.choice(WORDS)}\n\n"
            f"{' '.join(chance.choices(WORDS, k=15))}."
        )
        labels[f"{name}.md"] = audience
        pages[f"{name}.md"] = page(f"{chance.choice(WORDS).title()} {number}", body, *audience)
    return pages, labels


def _rules(labels: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Everything in the playbook points at every page."""
    paths = [file.removesuffix(".md") for file in labels]
    return {
        "featured": paths,
        "announcements": [
            {"key": f"news_{number}", "title": "News", "text": "Read it.", "url": f"/docs/{path}", "from": "2026-02-01"}
            for number, path in enumerate(paths)
        ]
        + [
            {"key": f"only_{plan}", "title": "Only", "text": "For you.", "from": "2026-02-01", "for": {"plans": [plan]}}
            for plan in PLANS
        ],
        "guides": [
            {
                "key": "all", "title": "All of it", "summary": "Every page.",
                "steps": [
                    {"key": f"s{number}", "title": "Go", "text": f"See [it](/docs/{path}).", "url": f"/docs/{path}"}
                    for number, path in enumerate(paths)
                ],
            },
            *(
                {
                    "key": f"for_{plan}", "title": "Only", "summary": "For you.", "for": {"audience": [plan]},
                    "steps": [{"key": "one", "title": "Go", "text": "Do it."}],
                }
                for plan in PLANS
            ),
        ],
    }  # fmt: skip


def _without(rules: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    """The same playbook where nothing leads to the hidden pages."""

    def leads_there(path: str) -> bool:
        return f"{path.removeprefix('/docs/')}.md" in hidden

    def kept(thing: dict[str, Any]) -> dict[str, Any]:
        bare = {name: value for name, value in thing.items() if name != "url" or not leads_there(value)}
        return (
            {**bare, "text": "See it."}
            if bare != thing and "text" in thing and "See" in thing["text"]
            else bare
        )

    guides = [{**guide, "steps": [kept(step) for step in guide["steps"]]} for guide in rules["guides"]]
    news = [kept(one) for one in rules["announcements"]]
    featured = [path for path in rules["featured"] if not leads_there(path)]
    return {"featured": featured, "announcements": news, "guides": guides}


async def _everything(world: HelpWorld, headers: Mapping[str, str]) -> dict[str, Any]:
    """All that a reader can ask for."""
    told: dict[str, Any] = {}
    for query in (
        *WORDS,
        *ODD,
        *(word[:3] for word in (*WORDS, *ODD)),
        "audit stream key backup",
        "zirconuim quaga",
    ):
        told[f"search {query}"] = (await world.get("/search", headers, q=query)).json()
        told[f"paused {query}"] = (await world.get("/search", headers, q=query, paused="1")).json()
    for path in ("/home", "/guides/all"):
        told[path] = (await world.get(path, headers, page="/audit/stream")).json()
    seen = {one["id"] for group in told["/home"]["groups"] for one in group["articles"]}
    for article in sorted(seen):
        told[article] = (await world.get(f"/articles/{article}", headers)).json()
    return told


def _plain(value: Any) -> Any:
    """Runs of words put together: where a link was dropped stands one run, where there never was one another."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(each, dict) and "text" in each and "kind" not in each for each in value)
    ):
        words = "".join(each["text"] for each in value)
        links = [each for each in value if "article" in each or "href" in each]
        return [words, links]
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


@pytest.mark.parametrize("seed", range(3))
async def test_every_answer_is_that_of_an_installation_without_the_hidden_pages(
    tmp_path: Path, seed: int
) -> None:
    pages, labels = _library(seed)
    plan = PLANS[seed % 2]
    headers = member("ada", plan, plan=plan) if seed else {}
    may_see = {"public", "signed-in", plan} if seed else {"public"}
    hidden = {file for file, audience in labels.items() if may_see.isdisjoint(audience)}
    rules = _rules(labels)
    (tmp_path / "whole").mkdir()
    (tmp_path / "bare").mkdir()
    shown = {file: text for file, text in pages.items() if file not in hidden}

    async with a_help_world(tmp_path / "whole", pages, rules=rules) as world:
        whole = await _everything(world, headers)
    async with a_help_world(tmp_path / "bare", shown, rules=_without(rules, hidden)) as world:
        bare = await _everything(world, headers)

    assert hidden
    assert whole.keys() == bare.keys()
    for name in whole:
        assert _plain(whole[name]) == _plain(bare[name]), name


async def test_a_hidden_article_is_refused_as_one_that_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {
        "a.md": page("Public", "For everybody. See [the hidden](/docs/b)."),
        "b.md": page("Own keys", "Enterprise brings its own keys.", "enterprise"),
    }
    rules = _rules({"a.md": ("public",), "b.md": ("enterprise",)})

    async with a_help_world(tmp_path, pages, rules=rules) as world:
        hidden = await world.id_of("Own keys")
        asked: list[str] = []
        monkeypatch.setattr(world.library, "document", lambda *args, **_: asked.append(args[1]))
        for headers in ({}, member("ada", "starter", plan="starter")):
            for one, other in (
                (f"/articles/{hidden}", "/articles/00000000-0000-4000-8000-000000000000"),
                ("/guides/for_enterprise", "/guides/never_was"),
            ):
                assert _told(await world.get(one, headers)) == _told(await world.get(other, headers))
            for one, other in (
                (f"/articles/{hidden}/vote", "/articles/never-was/vote"),
                ("/guides/for_enterprise/steps/one", "/guides/never_was/steps/one"),
                ("/announcements/only_enterprise/seen", "/announcements/never_was/seen"),
            ):
                body = {"value": "yes"} if "vote" in one else {"done": True} if "steps" in one else {}
                refused = await world.post(one, body, headers)
                assert refused.status_code == 404
                assert _told(refused) == _told(await world.post(other, body, headers))

    # Nothing is looked up for either, so that no time tells them apart.
    assert asked == []


def _told(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    return answer.status_code, answer.text, dict(answer.headers)
