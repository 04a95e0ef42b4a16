"""Salesforce's REST API as our adapter meets it: tokens, records, upserts, SOQL, composites, duplicate rules, fields.

Taken from the REST API Developer Guide (upsert: 201 with `created`, 200 when it was there, 300 with the addresses when
several match; composite: PROCESSING_HALTED for all but the one that failed; header of duplicate rules), from the
Tooling API's CustomField, and from answers that others published (the body of DUPLICATES_DETECTED with its
`duplicateResut`, the texts of DUPLICATE_VALUE, REQUEST_LIMIT_EXCEEDED, INVALID_FIELD_FOR_INSERT_UPDATE and of the token
endpoint).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

from litestar import Litestar, Request, Response, post, route

from tests.support.fakes.salesforce_soql import Malformed, Parser, Query, Row
from tests.support.fakes.salesforce_store import Json, Store, Told, Wrong
from tests.support.fakes.served import Faults, Faulty

Asked: TypeAlias = Request[Any, Any, Any]


@dataclass
class Next:
    """What comes instead of the next answer, before or after the work."""

    status: int
    code: str
    message: str
    after: bool = False


class SalesforceFake(Store):
    """The state of one org; `url` is set once it is served."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """A new org behind the same address."""
        self.faults.waiting.clear()
        self.faults.asked.clear()
        self.client_id, self.secret, self.run_as = "3MVG9.key", "S3CRET", "005000000000001AAA"
        self.start(self.run_as)
        self.next: list[Next | None] = []
        self.page_size, self.signed_in = 2_000, 0
        self._tokens: set[str] = set()
        self._pages: dict[str, tuple[list[Json], Query]] = {}
        self.put("Organization", Name="Fernway", IsSandbox=False)

    # -- what tests do ---------------------------------------------------------------------------------------

    def expire(self) -> None:
        """Every session is over."""
        self._tokens.clear()

    def refuse(
        self, code: str, message: str, status: int = 400, *, after: bool = False, skip: int = 0
    ) -> None:
        """The answer to the next request, or to the one after some."""
        self.next += [None] * skip
        self.next.append(Next(status, code, message, after))

    # -- what it answers -------------------------------------------------------------------------------------

    def app(self) -> Litestar:
        @post("/services/oauth2/token", status_code=200)
        async def token(request: Asked) -> Response[Any]:
            form = parse_qs((await request.body()).decode())
            status, told = self._token(form, request.headers.get("Authorization", ""))
            return Response(told, status_code=status)

        @route("/services/data/{rest:path}", http_method=["GET", "POST", "PATCH", "DELETE"])
        async def data(request: Asked, rest: str) -> Response[Any]:
            body = await request.body()
            where = request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode()
            if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
                told = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
                return Response(told, status_code=401)
            self.header = request.headers.get("Sforce-Duplicate-Rule-Header", "")
            status, answer = self._answer(request.method, where, json.loads(body) if body else None)
            headers = {"Sforce-Limit-Info": "api-usage=18/15000"}
            return Response(None if status == 204 else answer, status_code=status, headers=headers)

        return Litestar([token, data], openapi_config=None, middleware=[Faulty.of(self.faults)])

    def _token(self, form: Mapping[str, list[str]], basic: str) -> Told:
        given = base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        if form.get("grant_type") != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
        if given[0] != self.client_id:
            return 400, {"error": "invalid_client_id", "error_description": "client identifier invalid"}
        if given[2] != self.secret:
            return 400, {"error": "invalid_client", "error_description": "invalid client credentials"}
        if not self.run_as:
            return 400, {"error": "invalid_grant", "error_description": "no client credentials user enabled"}
        fresh = f"00D!{uuid4().hex}"
        self._tokens.add(fresh)
        self.signed_in += 1
        org = next(iter(self.rows["Organization"]))
        return 200, {
            "access_token": fresh,
            "signature": "c2ln",
            "scope": "api",
            "instance_url": self.url,
            "id": f"https://login.salesforce.com/id/{org}/{self.run_as}",
            "token_type": "Bearer",
            "issued_at": "1772445600000",
            "api_instance_url": "https://api.salesforce.com",
        }

    def _answer(self, method: str, where: str, body: Any) -> Told:
        due = self.next.pop(0) if self.next else None
        instead = Wrong(due.status, due.code, due.message).told if due is not None else None
        if due is not None and instead is not None and not due.after:
            return instead
        try:
            told = self._work(method, where, body)
        except Wrong as wrong:
            told = wrong.told
        except Malformed as wrong:
            told = Wrong(400, "MALFORMED_QUERY", str(wrong)).told
        return instead or told

    def _work(self, method: str, where: str, body: Any) -> Told:
        place = urlsplit(where)
        params = {name: values[0] for name, values in parse_qs(place.query).items()}
        match [method, *map(unquote, place.path.strip("/").split("/")[3:])]:
            case ["GET", "query"]:
                return self._query(params["q"])
            case ["GET", "query", locator]:
                return 200, self._page(locator)
            case ["POST", "composite"]:
                return 200, self._composite(body)
            case ["POST", "tooling", "sobjects", "CustomField"]:
                return self.custom_field(body)
            case ["GET", "sobjects", sobject, "describe"]:
                columns = self.columns(sobject).values()
                return 200, {"name": sobject, "fields": [self.described(sobject, each) for each in columns]}
            case ["POST", "sobjects", sobject]:
                return 201, {"id": self.create(sobject, body), "success": True, "errors": []}
            case ["PATCH", "sobjects", sobject, name, value]:
                return self._upsert(sobject, name, value, body)
            case ["GET", "sobjects", sobject, id]:
                row = self.row(sobject, id)
                names = params["fields"].split(",") if "fields" in params else list(self.columns(sobject))
                return 200, self.shown(sobject, row, names)
            case ["PATCH", "sobjects", sobject, id]:
                row = self.row(sobject, id)
                self.check(sobject, body, row)
                row.update(body, LastModifiedDate=self.now())
                self.complete(sobject, row)
                return 204, None
            case ["DELETE", "sobjects", sobject, id]:
                self.row(sobject, id)
                self.delete(sobject, id)
                return 204, None
        raise Wrong(404, "NOT_FOUND", "The requested resource does not exist")

    def _query(self, text: str) -> Told:
        query = Parser(text, self._found).whole()
        rows = [self.shown(query.sobject, row, query.fields) for row in self._found(query)]
        locator = f"01g{self.number():012d}-0"
        self._pages[locator] = (rows, query)
        return 200, self._page(locator)

    def _found(self, query: Query) -> list[Row]:
        columns = self.columns(query.sobject)
        for name in query.asked:
            if name not in columns:
                told = f"No such column '{name}' on entity '{query.sobject}'."
                raise Wrong(400, "INVALID_FIELD", told)
        return query.over(self.rows[query.sobject].values())

    def _page(self, locator: str) -> Json:
        name, _, first = locator.rpartition("-")
        rows, _query = self._pages[f"{name}-0"]
        end = int(first) + self.page_size
        page: Json = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[int(first) : end]}
        if end < len(rows):
            page["nextRecordsUrl"] = f"/services/data/v62.0/query/{name}-{end}"
        return page

    def _composite(self, body: Json) -> Json:
        parts, kept = body["compositeRequest"], deepcopy(self.rows)
        if len(parts) > 25 or sum("/query" in each["url"] for each in parts) > 5:
            raise Wrong(400, "LIMIT_EXCEEDED", "The composite request has too many subrequests.")
        told: dict[str, Any] = {}
        answers = []
        for each in parts:
            try:
                asked = _resolved({"url": each["url"], "body": each.get("body")}, told)
                status, answer = self._work(each["method"], asked["url"], asked["body"])
            except Wrong as wrong:
                status, answer = wrong.told
            told[each["referenceId"]] = answer
            answers.append(
                {
                    "body": answer,
                    "httpHeaders": {},
                    "httpStatusCode": status,
                    "referenceId": each["referenceId"],
                }
            )
        failed = [each for each in answers if each["httpStatusCode"] >= 300]
        if failed and body.get("allOrNone"):
            self.rows = kept
            why = "The transaction was rolled back since another operation in the same transaction failed."
            for each in answers:
                if each not in failed[:1]:
                    each |= {
                        "httpStatusCode": 400,
                        "body": [{"errorCode": "PROCESSING_HALTED", "message": why}],
                    }
        return {"compositeResponse": answers}

    def _upsert(self, sobject: str, name: str, value: str, body: Json) -> Told:
        column = self.columns(sobject).get(name)
        if column is None or not column.external:
            told = f"Provided external ID field does not exist or is not accessible: {name}"
            raise Wrong(404, "NOT_FOUND", told)
        there = [
            own for own, row in self.rows[sobject].items() if str(row.get(name)).lower() == value.lower()
        ]
        if len(there) > 1:
            return 300, [f"/services/data/v62.0/sobjects/{sobject}/{own}" for own in there]
        if there:
            self.check(sobject, body, self.rows[sobject][there[0]])
            self.rows[sobject][there[0]].update(body)
            return 200, {"id": there[0], "success": True, "errors": [], "created": False}
        made = self.create(sobject, {**body, name: value})
        return 201, {"id": made, "success": True, "errors": [], "created": True}


def _resolved(part: Any, told: Mapping[str, Any]) -> Any:
    """The part with every `@{reference.field}` replaced by what came before."""
    if isinstance(part, Mapping):
        return {name: _resolved(value, told) for name, value in part.items()}
    if not isinstance(part, str):
        return part

    def value(found: re.Match[str]) -> str:
        body = told.get(found.group(1))
        if not isinstance(body, Mapping) or body.get(found.group(2)) is None:
            missing = f"{found.group(1)}.{found.group(2)}"
            raise Wrong(
                400, "PROCESSING_HALTED", f"Invalid reference specified. No value for {missing} found."
            )
        return str(body[found.group(2)])

    return re.sub(r"@\{(\w+)\.(\w+)\}", value, part)
