"""Messages shown unasked: their texts in further languages, what they may not ask for, and what the loader is given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from server.dialogue.gate_rules import Region, is_under
from server.dialogue.phrases import phrase
from server.dialogue.policy import QuickReply
from server.dialogue.proactive_rules import Opens, ProactiveRule, ProactiveRules
from server.dialogue.rules import Rules

_SECTION: Mapping[Opens, str] = {
    "book": "meetings",
    "trial": "trial",
    "cart": "catalogue",
    "handoff": "handoff",
}


class ProactiveWords(Rules):
    """A message in another language; its quick replies by their value."""

    text: Annotated[str, Field(min_length=5, max_length=160)] | None = None
    why: Annotated[str, Field(min_length=5, max_length=160)] | None = None
    choices: Mapping[str, Annotated[str, Field(max_length=60)]] = Field(default_factory=dict)


def problems(
    section: ProactiveRules, plays: Collection[str], *, scored: bool, hours: bool, pilots: bool
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """What can never happen, by path, with the fix."""
    keys = [rule.key for rule in section.rules]
    for place, rule in enumerate(section.rules):
        here = ("proactive", "rules", place)
        if keys.index(rule.key) != place:
            yield (*here, "key"), f"message key {rule.key!r} stands twice; give each message its own key"
        if rule.opens is not None and rule.opens not in plays:
            fix = f"it needs the section `{_SECTION[rule.opens]}`; add it, or remove `opens`"
            yield (*here, "opens"), f"the play {rule.opens!r} is off: {fix}"
        if rule.business_hours and not hours:
            yield (*here, "business_hours"), "nobody is ever in: add `handoff.hours`, or remove it"
        if rule.min_score is not None and not scored:
            yield (*here, "min_score"), "there is no score without `score.rules`; add some, or remove it"
        if rule.pilot and not pilots:
            yield (*here, "pilot"), "there is no pilot group; add the section `pilot`, or remove it"
        if rule.consent == "necessary":
            for path, fix in _without_consent(rule):
                yield (*here, *path), fix


def _without_consent(rule: ProactiveRule) -> Iterator[tuple[tuple[str, ...], str]]:
    """What nobody can know of a visitor who allowed nothing."""
    fix = "is not known of visitors who allowed nothing; set `consent: conversation`, or remove it"
    if rule.when.visits > 1:
        yield ("when", "visits"), f"how often somebody came {fix}"
    if rule.min_score is not None:
        yield ("min_score",), f"a score {fix}"
    if rule.pilot:
        yield ("pilot",), f"the group {fix}"
    if "caps" in rule.model_fields_set:
        yield ("caps",), f"what was shown before {fix}"


def unknown(
    section: ProactiveRules | None, words: Mapping[str, ProactiveWords]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where something is translated that is not there, below `translations.<language>`."""
    rules = {rule.key: rule for rule in section.rules} if section else {}
    for key, said in words.items():
        if key not in rules:
            yield ("proactive", key), f"there is no message {key!r}; {_there_are(rules)}"
            continue
        values = [reply.value for reply in rules[key].choices]
        for value in said.choices:
            if value not in values:
                fix = f"no quick reply has the value {value!r}; {_there_are(values)}"
                yield ("proactive", key, "choices", value), fix


def untold(
    section: ProactiveRules | None, words: Mapping[str, ProactiveWords], language: str
) -> Iterator[str]:
    """What a language lacks, as paths below `translations.<language>`; not of messages that it never sees."""
    for rule in section.rules if section else ():
        if rule.languages and language not in rule.languages:
            continue
        said = words.get(rule.key, ProactiveWords())
        yield from (f"proactive.{rule.key}.{name}" for name in ("text", "why") if getattr(said, name) is None)
        missing = (reply.value for reply in rule.choices if reply.value not in said.choices)
        yield from (f"proactive.{rule.key}.choices.{value}" for value in missing)


def spoken(section: ProactiveRules, words: Mapping[str, ProactiveWords]) -> ProactiveRules:
    """The section in another language, as far as it is translated."""
    return section.model_copy(
        update={
            "rules": tuple(_spoken(rule, words.get(rule.key, ProactiveWords())) for rule in section.rules)
        }
    )


def _spoken(rule: ProactiveRule, words: ProactiveWords) -> ProactiveRule:
    choices = tuple(
        reply.model_copy(update={"label": words.choices.get(reply.value, reply.label)})
        for reply in rule.choices
    )
    said = words.model_dump(include={"text", "why"}, exclude_none=True)
    return rule.model_copy(update={**said, "choices": choices})


def replies(rule: ProactiveRule, language: str) -> tuple[QuickReply, ...]:
    """The buttons of a message: its quick replies, and the one that opens its play."""
    if rule.opens is None:
        return rule.choices
    label = phrase(f"opens_{rule.opens}", language=language)
    return (QuickReply(value=rule.opens, label=label), *rule.choices)[:3]


def baked(
    section: ProactiveRules,
    by_language: Mapping[str, ProactiveRules],
    regions: Collection[Region],
    excluded: Collection[str],
    *,
    holdout: float,
    is_open: bool,
) -> dict[str, Any]:
    """What the loader is given: when to ask, and the texts of what it may show without asking."""
    shut = [zone for region in regions if not region.proactive for zone in region.zones]
    rules = []
    for rule in section.rules:
        if rule.business_hours and not is_open and rule.consent == "necessary":
            continue
        when = rule.when
        out = [*section.except_pages, *rule.except_pages, *excluded]
        entry: dict[str, Any] = {
            "k": rule.key,
            "p": _pattern(_pages(when.pages), _pages([page for page in out if _meet(page, when.pages)])),
            "s": when.seconds,
            "v": when.visits if when.visits > 1 else 0,
            "d": when.scrolled,
            "e": int(when.leaving),
            "l": list(rule.languages),
            "z": _pattern(_zones(rule.zones), _zones([*section.except_zones, *rule.except_zones, *shut])),
        }
        if rule.consent == "necessary":
            entry["t"] = {
                language: _said(texts, rule.key, language)
                for language, texts in by_language.items()
                if not rule.languages or language in rule.languages
            }
        rules.append({name: value for name, value in entry.items() if value})
    quiet = section.quiet_hours
    told: dict[str, Any] = {
        "r": rules,
        "g": list(by_language) if any("l" in rule or "t" in rule for rule in rules) else [],
        "q": [quiet[:5], quiet[6:]] if quiet else [],
        "h": holdout,
        "c": int(section.customers),
    }
    if any("t" in rule for rule in rules):
        # Nothing can be remembered for them: the button promises no more than that.
        names = ("from", "why", "off_now", "close")
        told["w"] = {
            language: [phrase(f"nudge_{name}", language=language) for name in names]
            for language in by_language
        }
    return {name: value for name, value in told.items() if value}


def _said(section: ProactiveRules, key: str, language: str) -> list[Any]:
    rule = section.rule(key)
    assert rule is not None  # a translation has the same rules
    return [rule.text, rule.why, [reply.label for reply in replies(rule, language)]]


def _meet(page: str, paths: Collection[str]) -> bool:
    """Whether something can stand under both."""
    return not paths or bool(is_under(page, *paths)) or any(is_under(path, page) for path in paths)


def _pattern(within: Collection[str], out: Collection[str]) -> str:
    """What the page's script matches: begins with one of these and none of those; empty where everything fits."""
    shut = f"(?!{'|'.join(out)})" if out else ""
    return f"^{shut}{_either(within)}" if within or out else ""


def _either(patterns: Collection[str]) -> str:
    return f"({'|'.join(patterns)})" if len(patterns) > 1 else "".join(patterns)


def _pages(paths: Collection[str]) -> list[str]:
    """What `is_under` says, of a path with a slash after it."""
    return [f"{re.escape(path.rstrip('/'))}/" for path in paths]


def _zones(zones: Collection[str]) -> list[str]:
    """What `lies_in` says."""
    return [re.escape(zone) + ("" if zone.endswith("/") else "$") for zone in zones]


def _there_are(names: Collection[str]) -> str:
    return f"there are {', '.join(sorted(names))}" if names else "there are none"
