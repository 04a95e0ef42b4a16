"""The policy table: what is written, what waits, what is never written, and what a broken file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crm_sync.errors import PolicyInvalid
from crm_sync.policy import Policy, Rule
from crm_sync.policy_file import load_policy


def a_change(name: str, value: Any = "x", *, how: str = "said", confidence: Any = 1, **more: Any) -> Any:
    """A field of an update document; `name` is `object.field`."""
    record, field = name.split(".", 1)
    return {
        "object": record, "name": field, "value": value, "previous": None, "how": how,
        "confidence": confidence, "consent": "conversation", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "how", "confidence", "tier"),
    [
        ("deal.seats", "said", 0.8, "write"),
        ("deal.seats", "said", 0.79, "approve"),
        ("deal.seats", "chosen", 1.0, "write"),
        ("company.industry", "enriched", 1.0, "approve"),
        ("company.industry", "page_view", 0.9, "approve"),
        ("contact.lead_score", "scored", 1.0, "write"),
        ("contact.owner", "said", 1.0, "never"),
        ("deal.owner", "edited", 1.0, "never"),
        ("contact.consent_level", "page_view", 0.1, "write"),
        ("deal.custom.owner", "said", 0.9, "write"),
    ],
)
def test_the_default_table(field: str, how: str, confidence: float, tier: str) -> None:
    assert Policy().tier(a_change(field, how=how, confidence=confidence)) == tier


@pytest.mark.parametrize("how", ["said", "chosen", "enriched", "page_view", "scored", "edited"])
def test_what_a_person_typed_last_is_never_written_over_however_the_new_value_came(how: str) -> None:
    change = a_change("deal.seats", 40, how=how, previous=30)

    assert Policy().tier(change, typed={"deal.seats"}) == "never"
    assert Policy().tier(change, typed={"deal.plan"}) != "never"


@pytest.mark.parametrize(
    ("previous", "value", "tier"),
    [
        ("meeting", "qualified", "never"),
        ("qualified", "meeting", "write"),
        (None, "new", "write"),
        ("lost", "new", "write"),
        ("meeting", ["qualified"], "write"),
    ],
)
def test_a_stage_never_moves_backwards(previous: Any, value: Any, tier: str) -> None:
    assert Policy().tier(a_change("deal.stage", value, previous=previous)) == tier


def test_the_first_rule_that_fits_decides() -> None:
    policy = Policy(
        rules=(
            Rule(field="deal.custom.*", tier="never"),
            Rule(field="deal.*", replaces=True, tier="approve"),
            Rule(field="deal.*", tier="write"),
        )
    )

    tiers = [
        policy.tier(a_change(name, 2, previous=previous))
        for name, previous in (("deal.custom.region", None), ("deal.seats", 1), ("deal.seats", None))
    ]

    assert tiers == ["never", "approve", "write"]


@pytest.mark.parametrize(
    ("rule", "change", "fits"),
    [
        (Rule(previous=("lost",), tier="never"), a_change("deal.stage", previous="lost"), True),
        (Rule(previous=("lost",), tier="never"), a_change("deal.stage", previous="won"), False),
        (Rule(previous=(1,), tier="never"), a_change("deal.custom.pilot", previous=True), False),
        (Rule(consent=("remembered",), tier="never"), a_change("deal.seats", consent="remembered"), True),
        (Rule(consent=("remembered",), tier="never"), a_change("deal.seats"), False),
        (Rule(typed=False, tier="never"), a_change("deal.seats"), True),
        (Rule(typed=True, tier="never"), a_change("deal.seats"), False),
        (Rule(confidence_from=0.5, tier="never"), a_change("deal.seats", confidence=0.4), False),
        (Rule(confidence_from=0.5, tier="never"), a_change("deal.seats", confidence="sure"), False),
    ],
)
def test_a_rule_fits_only_where_all_its_conditions_hold(rule: Rule, change: Any, *, fits: bool) -> None:
    policy = Policy(rules=(rule,), otherwise="write")

    assert (policy.tier(change) == "never") is fits


def test_a_policy_is_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("version: '3'\nrules:\n  - field: deal.*\n    tier: never\notherwise: write\n")

    policy = load_policy(path)

    assert policy.version == "3"
    assert policy.tier(a_change("deal.seats", 1)) == "never"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: [1\n", r"policy.yaml:2: .*indentation"),
        ("rules:\n  - tier: sometimes\n", r"policy.yaml: rules.0.tier: .*'sometimes'"),
        ("rulez: []\n", r"policy.yaml: rulez"),
        ("- a\n", r"policy.yaml: the document"),
    ],
)
def test_a_broken_policy_names_file_place_and_what_it_found(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(PolicyInvalid, match=words):
        load_policy(path)
