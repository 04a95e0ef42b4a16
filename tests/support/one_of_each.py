"""One of everything that the console has a page for, at one site; real rows, so that a guess is not what is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, inspect
from uuid_utils import uuid7

from crm_sync.comparing.tables import DriftRow, DuplicateRow
from crm_sync.deciding.tables import DelegateRow
from crm_sync.tables import CompanyRow, ContactRow, DealRow, TaskRow
from knowledge.sources.spec import SourceSpec
from knowledge.tables import ApprovedRow, GapRow
from knowledge.values import PutDocument
from server.actions.follow_ups.tables import FollowUpRow
from server.actions.tables import MailRow, TrialRow
from server.store.tables import Account, Doubt, SignIn
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_world import NOW, World

MADE = {
    "mail": MailRow, "contact": ContactRow, "gap": GapRow, "approved": ApprovedRow, "follow_up": FollowUpRow,
    "trial": TrialRow, "doubt": Doubt, "company": CompanyRow, "deal": DealRow, "task": TaskRow, "pair": DuplicateRow,
    "stand_in": DelegateRow, "line": DriftRow,
}  # fmt: skip
"""Which table the id in an address belongs to."""
_NEEDED: dict[str, dict[str, Any]] = {
    "follow_up": {"state": "waiting", "email": "[email_1]", "language": "en", "content": {"sources": []}},
    "gap": {"state": "open", "nearest": []},
    "mail": {"ics": b"BEGIN:VCALENDAR"},
    "deal": {"stage": "lead"},
    "task": {"priority": "normal"},
    "pair": {"object": "contact", "state": "open", "reasons": []},
    "stand_in": {"until": NOW.replace(year=2030)},
    "line": {"object": "company", "kind": "changed", "state": "open"},
}
"""What plain values would not do for."""
_PLAIN: dict[type[Any], Any] = {
    str: "x",
    int: 1,
    float: 1.0,
    bool: False,
    bytes: b"x",
    datetime: NOW,
    date: NOW.date(),
}


async def one_of_each(world: World, site: str) -> dict[str, str]:
    """The values for the addresses of that site's pages, by the name that the routes give them."""
    conversation = await a_conversation(world, site=site)
    update = await an_update(world, conversation, site=site)
    ids = {
        "conversation": conversation,
        "update": update,
        "turn": world.turns[-1],
        "message": "m-00000000",
        "kind": "won",
        "name": f"pages-of-{site}",
        "path": f"guides/{site}",
        "record": "contact",
    }
    document = f"# A page of {site}\n\nIt says that {site} opens at nine."
    await world.desk.library.put_document(
        site, PutDocument(ids["path"], f"A page of {site}", document), now=NOW
    )
    source = SourceSpec(kind="site", location=f"https://docs.{site}.example")
    await world.desk.library.save_source(site, source, name=ids["name"], every_s=None, now=NOW)
    account = Account(
        id=str(uuid7()),
        site=site,
        login=f"somebody at {site}",
        password_hash="",
        role="viewer",
        created_at=NOW,
    )
    async with world.desk.writers() as session:
        session.add(account)
        signed_in = plain(
            SignIn, id=str(uuid7()), account=account.id, expires_at=NOW.replace(year=2030), seen_at=NOW
        )
        session.add(signed_in)
        ids |= {name: str(uuid7()) for name in MADE}
        other = plain(ContactRow, id=str(uuid7()), site=site)
        session.add(other)
        about = {
            "follow_up": {"conversation": conversation},
            "deal": {"contact_id": ids["contact"]},
            "task": {"contact_id": ids["contact"]},
            "pair": {"first_id": ids["contact"], "second_id": other.id},
        }
        for name, table in MADE.items():
            known = {**_NEEDED.get(name, {}), **about.get(name, {})}
            session.add(plain(table, id=ids[name], site=site, **known))
        await session.commit()
        return {**ids, "record_id": ids["contact"], "account": account.id, "sign_in": signed_in.id}


def plain(table: Any, **given: Any) -> Any:
    """A row with these values, and plain ones wherever it needs one; whatever the table does not have is left out."""
    values: dict[str, Any] = {}
    for attribute in inspect(table).column_attrs:
        column = attribute.columns[0]
        if attribute.key in given:
            values[attribute.key] = given[attribute.key]
        elif not column.nullable and column.default is None and column.server_default is None:
            values[attribute.key] = _plain(column)
    return table(**values)


def _plain(column: Any) -> Any:
    if column.primary_key or column.name in {"token_hash", "key", "token"}:
        return str(uuid7())
    kind: Any = column.type
    while hasattr(kind, "impl_instance"):
        kind = kind.impl_instance
    return {} if isinstance(kind, JSON) else _PLAIN[kind.python_type]
