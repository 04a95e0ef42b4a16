"""A mapping held against a vendor's metadata: each thing that would fail is named with its fix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crm_sync.errors import ProviderDenied
from crm_sync.remote.checking import Checked, check
from crm_sync.remote.mapping_file import read_mapping
from crm_sync.remote.ports import FieldInfo
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds.memory import MAPPING
from tests.support.fakes.memory_crm import STANDARD, MemoryCrm

TEXT = MAPPING.read_text("utf-8")


class Account(MemoryCrm):
    """A CRM whose metadata a test bends."""

    def bent(self, record: str, name: str, **changes: Any) -> Account:
        self.custom[record] = [replace(each, **changes) for each in STANDARD[record] if each.name == name]  # type: ignore[index]
        return self

    async def fields(self, record: Any) -> tuple[FieldInfo, ...]:
        bent = {each.name: each for each in self.custom[record]}
        return tuple(bent.pop(each.name, each) for each in STANDARD[record]) + tuple(bent.values())


async def checked(crm: MemoryCrm, text: str = TEXT, *, prepared: bool = True) -> Checked:
    mapping = read_mapping(text, "m.yaml")
    if prepared:
        for record in ("contact", "company", "deal"):
            await crm.prepare(record, Translator(mapping).new_fields(record))
    return await check(crm, mapping)


def told(found: Checked) -> list[str]:
    return [f"{each.record}.{each.field} -> {each.to}: {each.problem}; {each.fix}" for each in found.findings]


async def test_a_mapping_that_fits_has_no_findings() -> None:
    found = await checked(Account())

    assert told(found) == []
    assert found.ok
    assert found.account == "a CRM in memory"
    assert "contact.language" in found.left_out
    assert "contact.owner" not in found.left_out, "what is skipped is decided"


async def test_fields_of_our_own_are_to_be_prepared_first() -> None:
    found = await checked(Account(), prepared=False)

    assert (
        "contact.lead_score -> x_score: does not exist yet; run `frontdesk crm prepare`, which makes it"
        in told(found)
    )


@pytest.mark.parametrize(
    ("crm", "change", "expected"),
    [
        (
            Account(),
            ("phone: Phone", "phone: Phon"),
            "contact.phone -> Phon: does not exist; did you mean Phone?",
        ),
        (
            Account().bent("contact", "Phone", writable=False),
            ("", ""),
            "contact.phone -> Phone: is read-only for this key; map to another field, or give the key the right",
        ),
        (
            Account().bent("deal", "Seats", type="date"),
            ("", ""),
            "deal.seats -> Seats: takes date, and deal.seats is integer; add the transform {date: ...}",
        ),
        (
            Account().bent("deal", "Amount", type="integer"),
            ("", ""),
            "deal.amount -> Amount: takes integer, and deal.amount is number; map to a field that takes fractions",
        ),
        (
            Account(),
            ("won: Won", "won: Wonn"),
            "deal.stage -> Stage: has no option 'Wonn'; did you mean 'Won'?",
        ),
        (
            Account().bent("company", "Industry", type="choice", options=("Lifts", "Roofs")),
            ("", ""),
            "company.industry -> Industry: takes only values of its list; map its values, or map to a field",
        ),
        (
            Account(),
            ("{to: Title, transforms: [{truncate: 128}]}", "Title"),
            "contact.job_title -> Title: holds 128 characters, and contact.job_title may have 300; add the transform",
        ),
        (
            Account().bent("company", "Domain", required=True),
            ("", ""),
            "company. -> Domain: is required, and an update may have no value for it; add a default for Domain",
        ),
        (
            Account(),
            ("Stage: Open}", "Stage: Opn}"),
            "deal. -> Stage: has no option 'Opn'; did you mean 'Open'?",
        ),
        (
            Account(),
            ("{Last: Unknown}", "{Lost: Unknown, Last: U}"),
            "contact. -> Lost: has a default and does not",
        ),
    ],
)
async def test_what_would_fail_is_named_with_its_fix(
    crm: Account, change: tuple[str, str], expected: str
) -> None:
    found = await checked(crm, TEXT.replace(*change, 1) if change[0] else TEXT)

    assert [line for line in told(found) if line.startswith(expected)], told(found)
    assert not found.ok


async def test_a_refused_key_is_the_only_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    crm = Account()

    async def denied() -> str:
        raise ProviderDenied("expired")

    monkeypatch.setattr(crm, "whoami", denied)

    found = await checked(crm)

    assert [each.problem for each in found.findings] == ["the key is refused: expired"]
