"""Which signals a rule pays for, in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from intents.scoring.values import Earned, ScoreRule, Signal


class Sorted:
    """Signals by what rules look for: a long conversation has hundreds of them, and a rule pays for few."""

    __slots__ = ("asked", "facts", "pages")

    def __init__(self, signals: Sequence[Signal]) -> None:
        self.facts = {each.name: each for each in signals if each.kind == "fact"}
        """The last word on each."""
        self.asked = [each for each in signals if each.kind == "intent"]
        self.pages = [each for each in signals if each.kind == "page"]

    def for_rule(self, rule: ScoreRule) -> Iterable[Signal]:
        """What the rule may pay for, in the order in which it came."""
        if rule.when_fact:
            # A later word on the same fact replaces the earlier one, so only it is paid.
            latest = self.facts.get(rule.when_fact)
            return () if latest is None else (latest,)
        # A rule that waits for pages and intents at once pays for pages: a playbook may not hold one.
        if rule.when_page is not None:
            return self.pages
        names = rule.when_intent
        return (each for each in self.asked if each.name in names) if names else ()


def earned_by(rule: ScoreRule, signals: Sequence[Signal] | Sorted) -> list[Earned]:
    """One reason for each time that the rule pays; signals that many rules look through are sorted before."""
    by_kind = signals if isinstance(signals, Sorted) else Sorted(signals)
    matching = (signal for signal in by_kind.for_rule(rule) if matches(rule, signal))
    return [
        Earned(rule.code, rule.kind, filled(rule.because, signal), signal.message_id, signal.page)
        for signal in islice(matching, rule.times_at_most)
    ]


def latest_fact(name: str, signals: Sequence[Signal]) -> Signal | None:
    """The last word on a fact."""
    return next((each for each in reversed(signals) if each.kind == "fact" and each.name == name), None)


def matches(rule: ScoreRule, signal: Signal) -> bool:
    """Whether the rule pays for the signal."""
    match signal.kind:
        case "intent":
            named = signal.name in rule.when_intent
        case "fact":
            named = signal.name == rule.when_fact
        case "page":
            named = rule.when_page is not None and _is_under(signal.name, rule.when_page)
        case "frustration":
            named = False
    return named and _value_counts(rule, signal.value)


def _is_under(page: str, path: str) -> bool:
    """Whether a page is this one or below it."""
    return f"{page}/".startswith(f"{path.rstrip('/')}/")


def _value_counts(rule: ScoreRule, value: Any) -> bool:
    if rule.at_least is None and rule.at_most is None and not rule.one_of:
        return True
    if rule.at_least is not None and not number(value) >= rule.at_least:
        return False
    if rule.at_most is not None and not number(value) <= rule.at_most:
        return False
    return not rule.one_of or str(value).casefold() in {choice.casefold() for choice in rule.one_of}


def number(value: Any) -> float:
    """NaN for what is no number, so that every comparison with it is false."""
    if isinstance(value, dict):
        value = value.get("amount")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def filled(because: str, signal: Signal) -> str:
    """The rule's words with what was said."""
    # The words of a remembered fact stayed in the conversation that told it: its value stands for them.
    text = signal.text or ("" if signal.value is None else signal.value)
    # Plain replacement, not str.format: an operator's stray brace must not raise while scoring.
    for name, value in (("text", text), ("value", signal.value), ("name", signal.name)):
        because = because.replace("{" + name + "}", str(value))
    return because
