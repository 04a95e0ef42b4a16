"""The API as an OpenAPI 3.1 document, made of the models it reads and writes: `python -m server.api.openapi`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from knowledge.sources.urls import MAX_PATH
from server.api.activations import ActivationBody, ActivationInfo, PaymentInfo
from server.api.bodies import (
    DocumentBody,
    DocumentPage,
    DocumentWhole,
    GapList,
    PutResult,
    ReadStarted,
    SourceList,
)
from server.api.outcomes import OutcomeBody, OutcomeInfo
from server.api.problems import MEDIA_TYPE, Problem

FILE = Path(__file__).parent.parent.parent / "docs" / "api.openapi.json"
Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_WRITTEN: tuple[type[BaseModel], ...] = (
    DocumentPage, DocumentWhole, GapList, PutResult, ReadStarted, SourceList, OutcomeInfo, Problem,
    ActivationInfo, PaymentInfo,
)  # fmt: skip
_REFUSALS = {
    "401": "No token or signature, or one that is unknown, revoked, expired or too old.",
    "403": "The token is for another site or has not the scope.",
    "404": "There is no such thing.",
    "409": "It is being read already, belongs to a source that is read, or is not confirmed yet.",
    "412": "The document is not what If-Match or If-None-Match says; its version is in the ETag.",
    "413": "The body is too large.",
    "415": "The body's type is not read.",
    "422": "A field can not be used; `errors` names it.",
    "429": "Too many calls; Retry-After says how long to wait.",
}
_ALWAYS = ("401", "403", "429")


def document() -> Json:
    """The whole document."""
    taken = (DocumentBody, OutcomeBody, ActivationBody)
    modes = [*((model, "validation") for model in taken), *((model, "serialization") for model in _WRITTEN)]
    _, schemas = models_json_schema(modes, ref_template=_REF)  # type: ignore[arg-type]  # a literal in a tuple
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Frontdesk",
            "version": "1",
            "description": "Put documents in, ask how the knowledge stands, tell what became of leads.",
        },
        "security": [{"token": []}],
        "paths": {
            f"/v1/sites/{{site}}{path}": {"parameters": [_SITE], **of}
            for path, of in {**_paths(), **_webhooks()}.items()
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`frontdesk token create NAME`"}
            },
            "schemas": dict(sorted(schemas["$defs"].items())),
        },
    }


_SITE: Json = {"name": "site", "in": "path", "required": True, "schema": {"type": "string"}}
_ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The document's path within the site; it may hold slashes.",
    "schema": {"type": "string", "maxLength": MAX_PATH},
}


def _webhooks() -> Json:
    """What is shown by a signature over the body, and needs no token."""
    signed = [
        {**_header(f"webhook-{name}", "As Standard Webhooks has it."), "required": True}
        for name in ("id", "timestamp", "signature")
    ]
    stripes: Json = {**_header("Stripe-Signature", "As Stripe signs its webhooks."), "required": True}
    taken: Json = {"schema": _ref(ActivationBody)}
    event: Json = {"schema": {"type": "object", "description": "An event of Stripe."}}
    return {
        "/activations": {
            "post": {
                "summary": "Tell what became of a trial",
                "description": "Signed with FRONTDESK_PROVISIONING_SECRET; the same webhook-id again changes nothing.",
                "security": [],
                "parameters": signed,
                "requestBody": {"required": True, "content": {"application/json": taken}},
                "responses": {
                    "200": _json("Taken.", ActivationInfo),
                    **_refused("401", "404", "409", "422", "429"),
                },
            },
        },
        "/checkouts/stripe": {
            "post": {
                "summary": "Take an event of Stripe",
                "description": "Point Stripe's webhook for `checkout.session.completed` and "
                "`checkout.session.async_payment_succeeded` here.",
                "security": [],
                "parameters": [stripes],
                "requestBody": {"required": True, "content": {"application/json": event}},
                "responses": {"200": _json("Taken.", PaymentInfo), **_refused("401", "422", "429")},
            },
        },
    }


def _paths() -> Json:
    conditions = [
        _header("If-Match", "Only if the document still has this ETag."),
        _header("If-None-Match", "`*`: only if there is none yet."),
    ]
    return {
        "/documents": {
            "get": _call(
                "List documents by path", "documents:read", {"200": _json("A page of the list.", DocumentPage)},
                parameters=[
                    _query("after", "The `next` of the page before."), _query("limit", "1 to 200, 50 by default."),
                    _query("q", "Words in title or id."), _query("source", "Only those of this source."),
                ], refusals=("422",),
            ),
        },
        "/documents/{id}": {
            "parameters": [_ID],
            "put": _call(
                "Make the document what the body says", "documents:write",
                {"200": _json("Changed, or the same as before.", PutResult, tagged=True),
                 "201": _json("Created.", PutResult, tagged=True)},
                parameters=[*conditions, *(_query(name, "With a raw body: as in the JSON body.") for name in _TOLD)],
                refusals=("409", "412", "413", "415", "422"), body=_body(),
            ),
            "get": _call(
                "Read a document", "documents:read",
                {"200": _json("The document.", DocumentWhole, tagged=True),
                 "304": {"description": "As If-None-Match has it."}},
                parameters=[_header("If-None-Match", "The ETag of a copy.")], refusals=("404",),
            ),
            "delete": _call(
                "Delete a document", "documents:write", {"204": {"description": "It is gone from answers."}},
                parameters=conditions[:1], refusals=("404", "409", "412"),
            ),
        },
        "/sources": {
            "get": _call("List sources", "documents:read", {"200": _json("All of them.", SourceList)}),
        },
        "/sources/{name}/read": {
            "parameters": [_step("name")],
            "post": _call(
                "Read a source anew, in the background", "documents:write",
                {"202": _json("Begun.", ReadStarted)}, refusals=("404", "409"),
            ),
        },
        "/gaps": {
            "get": _call(
                "List questions that the documents do not answer", "knowledge:read",
                {"200": _json("The most wanted first.", GapList)},
            ),
        },
        "/outcomes": {
            "post": _call(
                "Tell what became of a lead", "outcomes:write",
                {"200": _json("It was told before, or took the place of its opposite.", OutcomeInfo),
                 "201": _json("Kept.", OutcomeInfo)},
                refusals=("404", "422"),
                body={"required": True, "content": {"application/json": {"schema": _ref(OutcomeBody)}}},
            ),
        },
        "/outcomes/{conversation}/{kind}": {
            "parameters": [_step("conversation"), _step("kind")],
            "delete": _call(
                "Take an outcome back", "outcomes:write", {"204": {"description": "It is as if never told."}},
                refusals=("404", "422"),
            ),
        },
    }  # fmt: skip


_TOLD = tuple(name for name in DocumentBody.model_fields if name not in {"text", "format"})


def _call(
    summary: str,
    scope: str,
    answers: Json,
    *,
    parameters: list[Json] | None = None,
    refusals: tuple[str, ...] = (),
    body: Json | None = None,
) -> Json:
    return {
        "summary": summary,
        "description": f"Needs the scope `{scope}`.",
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": body} if body else {}),
        "responses": {**answers, **_refused(*_ALWAYS, *refusals)},
    }


def _refused(*statuses: str) -> Json:
    return {
        status: {"description": _REFUSALS[status], "content": {MEDIA_TYPE: {"schema": _ref(Problem)}}}
        for status in sorted(set(statuses))
    }


def _body() -> Json:
    words: Json = {"schema": {"type": "string"}}
    raw = dict.fromkeys(("text/markdown", "text/html", "text/plain"), words)
    return {"required": True, "content": {"application/json": {"schema": _ref(DocumentBody)}, **raw}}


def _json(description: str, model: type[BaseModel], *, tagged: bool = False) -> Json:
    tag = {"ETag": {"description": "The document's version.", "schema": {"type": "string"}}}
    said: Json = {"description": description, "content": {"application/json": {"schema": _ref(model)}}}
    return {**said, "headers": tag} if tagged else said


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": _REF.format(model=model.__name__)}


def _step(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query(name: str, description: str) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}


def _header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or with `--check` say whether it is current."""
    if "--check" not in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text():
        return 0
    print(f"{FILE.name} is not current; run `make generate`", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
