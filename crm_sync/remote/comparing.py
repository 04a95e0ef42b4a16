"""What became of an order: the fields that it wrote and that stand differently now."""

from __future__ import annotations

from crm_sync.comparing.values import Found
from crm_sync.remote.account import Account
from crm_sync.remote.work import Work


async def compared(account: Account, work: Work, key: str) -> tuple[Found, ...]:
    """Fields that a later order of ours wrote are left out: that is no drift."""
    found: list[Found] = []
    for record, part in work.parts.items():
        held = await account.read(record, part.id)
        if held is None:
            found.append(Found("record_missing", record, part.id))
            continue
        last = await account.memory.wrote(record, part.id)
        for name, each in part.plan.items():
            is_ours = name in last and last[name].key == key
            if not is_ours or account.mapping.alike(record, name, held.values, each.wanted):
                continue
            is_gone = account.mapping.is_empty(record, name, held.values)
            value = account.mapping.back(record, name, held.values)
            found.append(Found("gone" if is_gone else "changed", record, part.id, name, each.value, value))
    return tuple(found)
