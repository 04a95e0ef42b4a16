"""A CRM behind a webhook, as an operator might write one: checks signatures, remembers ids, can be told to fail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from litestar import Litestar, Request, Response, post

SECRET = "whsec_dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDMyIGJ5dGVzIQ=="


@dataclass
class Receiver:
    """What the other side holds, and the answers it was told to give instead of its own."""

    secret: str = SECRET
    fields: dict[str, Any] = field(default_factory=dict)
    activities: dict[str, str] = field(default_factory=dict)
    prior: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    faults: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers to answer with, after the effect took place."""
    requests: int = 0
    ids: list[str] = field(default_factory=list)
    """Every `webhook-id` that came."""

    def app(self) -> Litestar:
        @post("/hook", status_code=200)
        async def hook(request: Request[Any, Any, Any]) -> Response[Any]:
            return self._answer(dict(request.headers), await request.body())

        return Litestar([hook], openapi_config=None)

    def _answer(self, headers: dict[str, str], body: bytes) -> Response[Any]:
        self.requests += 1
        self.ids.append(headers["webhook-id"])
        wanted = self._signature(headers["webhook-id"], headers["webhook-timestamp"], body)
        if not any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split(" ")):
            return Response({"error": "bad signature"}, status_code=401)
        message = json.loads(body)
        answer = (
            self._apply(message["data"]) if message["type"] == "crm.update" else self._undo(message["data"])
        )
        if self.faults:
            status, extra = self.faults.pop(0)
            return Response({"error": "fault"}, status_code=status, headers=extra)
        return answer

    def _signature(self, message_id: str, stamp: str, body: bytes) -> str:
        """By the specification's words alone, so that nobody checks their own signature."""
        raw = base64.b64decode(self.secret.removeprefix("whsec_"))
        mac = hmac.new(raw, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
        return "v1," + base64.b64encode(mac.digest()).decode()

    def _apply(self, data: dict[str, Any]) -> Response[Any]:
        key = data["idempotency_key"]
        if key not in self.prior:
            self.prior[key] = {}
            for change in data["fields"]:
                name = f"{change['object']}.{change['name']}"
                self.prior[key][name] = (self.fields.get(name), change["value"])
                self.fields[name] = change["value"]
            if data["activity"]:
                self.activities[key] = data["activity"]["subject"]
        return Response({}, status_code=200)

    def _undo(self, data: dict[str, Any]) -> Response[Any]:
        key = data["idempotency_key"]
        changed = [
            {
                "object": name.split(".")[0],
                "id": "1",
                "field": name.split(".", 1)[1],
                "wrote": wrote,
                "found": self.fields.get(name),
                "before": before,
            }
            for name, (before, wrote) in self.prior[key].items()
            if self.fields.get(name) != wrote
        ]
        if key in self.undone:
            return Response({}, status_code=200)
        if changed and changed != data.get("seen"):
            return Response({"differences": changed}, status_code=409)
        self.undone.add(key)
        for name, (before, _) in self.prior[key].items():
            self.fields.pop(name) if before is None else self.fields.update({name: before})
        self.activities.pop(key, None)
        return Response({}, status_code=200)
