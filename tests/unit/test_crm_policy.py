"""The policy table: what is written, what waits, what is never written, and what a broken file says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from crm_sync.deciding.policy import Policy, Rule
from crm_sync.deciding.policy_file import load_policy, read_policy
from crm_sync.errors import PolicyInvalid


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


def test_a_policy_is_read_from_yaml_and_its_version_says_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("version: '3'\nrules:\n  - field: deal.*\n    tier: never\notherwise: write\n")

    policy = load_policy(path)
    path.write_text("version: '3'\nrules:\n  - field: deal.*\n    tier: approve\notherwise: write\n")

    assert re.fullmatch(r"3@[0-9a-f]{8}", policy.version)
    assert load_policy(path).version != policy.version
    assert policy.tier(a_change("deal.seats", 1)) == "never"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: [1\n", ":2: not valid YAML; check"),
        ("rules:\n  - tier: sometimes\n", ":2: rules.0.tier: 'sometimes' is none of 'write', 'approve'"),
        ("rules:\n  - field: deal.*\n", ":2: rules.0.tier: 'tier' is missing; write it"),
        ("version: '1'\nrulez: []\n", ":2: rulez: unknown key 'rulez'; did you mean 'rules'?"),
        ("version: '1'\nversion: '2'\n", ":2: 'version' stands here a second time"),
        ("version: 3\n", ":1: version: 3 is no text; write it in quotes"),
        ("- a\n", ":1: a policy is keys with values"),
        ("", ":1: a policy is keys with values"),
        ("rules:\n- tier: write\n  field: deals\n", ":3: rules.0.field: 'deals' is no field; write it like"),
        ("rules: [{field: deal.seat, tier: write}]", ":1: rules.0.field: deal has no field 'seat'; did you mean"),
        ("rules:\n- tier: write\n  field: lead.*\n", ":3: rules.0.field: there is no record 'lead'; write one"),
        ("rules:\n- tier: write\n  after: drop\n", ":2: rules.0: `after: drop` is for `tier: approve`"),
        ("rules:\n- tier: write\n  how: said\n", ":3: rules.0.how: a list belongs here; write it in brackets"),
        ("rules:\n- tier: write\n  confidence_from: 2\n", ":3: rules.0.confidence_from: Input should be"),
        ("forward_only:\n  deal.stagy: [a, b]\n", ":2: forward_only.deal.stagy: deal has no field"),
    ],
)  # fmt: skip
def test_a_broken_policy_names_file_line_and_fix(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(PolicyInvalid) as refused:
        load_policy(path)

    assert f"policy.yaml{words}" in str(refused.value)
    assert "…" not in str(refused.value)


def test_a_policy_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match="there is no such file"):
        load_policy(tmp_path / "none.yaml")


def test_the_policy_that_the_documentation_shows_does_what_it_says() -> None:
    told = (Path(__file__).parents[2] / "docs" / "crm.md").read_text("utf-8")
    shown = told.split("## Policy")[1].split("```yaml\n")[1]

    policy = read_policy(shown.split("```")[0], "docs/crm.md")

    assert policy.tier(a_change("deal.seats", 4), typed={"deal.seats"}) == "never"
    assert policy.tier(a_change("deal.amount", 10.0)) == "write"
    assert policy.tier(a_change("deal.amount", 10.0, previous=5.0)) == "approve"
    assert policy.after_of(a_change("deal.use_case")) == "write"
    assert policy.after_of(a_change("deal.use_case", how="enriched")) == "wait"
    assert policy.tier(a_change("deal.stage", "new", previous="trial")) == "never"
