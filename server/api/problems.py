"""Failures as `application/problem+json` (RFC 9457): what happened, in which field, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from pydantic import BaseModel, ValidationError

from knowledge.errors import KnowledgeError
from server.api.access import TooFast
from server.api.bodies import MAX_BODY_BYTES, DocumentBody
from server.errors import FrontdeskError

AnyRequest = Request[Any, Any, Any]
MEDIA_TYPE = "application/problem+json"
_NO_STORE = {"cache-control": "no-store"}
_FIELDS = {"id", *DocumentBody.model_fields}
_STATUS = {
    "knowledge.source_unreadable": 422,
    "knowledge.source_missing": 404,
    "knowledge.source_busy": 409,
    "knowledge.source_unknown": 404,
    "knowledge.document_taken": 409,
}


class FieldProblem(BaseModel):
    """One field that can not be used."""

    field: str
    """`text`, or `audience.0` for the first of a list."""
    message: str


class Problem(BaseModel):
    """What every refusal looks like."""

    type: str = "about:blank"
    title: str
    """The status in words."""
    status: int
    code: str
    """Stable; programs decide by it."""
    detail: str
    """For a person: what happened, to which thing, what to do next."""
    errors: list[FieldProblem] = []


class VersionConflict(FrontdeskError):
    """The document is not what the caller's condition says."""

    code = "version_conflict"
    status = 412

    def __init__(self, message: str, version: str | None) -> None:
        super().__init__(message)
        self.version = version


class BadBody(FrontdeskError):
    """Fields that can not be used, each with the reason."""

    code = "bad_field"
    status = 422

    def __init__(self, errors: Sequence[FieldProblem]) -> None:
        self.errors = list(errors)
        first = self.errors[0]
        super().__init__(f"{first.field}: {first.message}")


def from_pydantic(error: ValidationError) -> BadBody:
    """Every field that does not fit, in pydantic's words without its prefix."""
    return BadBody(
        [
            FieldProblem(
                field=".".join(str(step) for step in each["loc"]) or "body",
                message=each["msg"].removeprefix("Value error, "),
            )
            for each in error.errors(include_url=False)
        ]
    )


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: dict[str, str] | None = None,
) -> Response[dict[str, Any]]:
    """The answer that says it."""
    said = Problem(
        title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, errors=list(errors)
    )
    return Response(
        said.model_dump(mode="json", exclude_defaults=False),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**_NO_STORE, **(headers or {})},
    )


def refused(_request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """Any expected failure of a call."""
    match error:
        case BadBody():
            return problem(error.status, error.code, str(error), errors=error.errors)
        case VersionConflict():
            headers = {"etag": f'"{error.version}"'} if error.version else {}
            return problem(error.status, error.code, str(error), headers=headers)
        case TooFast():
            return problem(429, error.code, str(error), headers={"retry-after": str(error.wait_s)})
        case FrontdeskError():
            headers = {"www-authenticate": 'Bearer realm="frontdesk"'} if error.status == 401 else {}
            return problem(error.status, error.code, error.message, headers=headers)
        case KnowledgeError():
            return problem(_STATUS.get(error.code, 422), error.code, str(error), errors=_field_of(error))
        case HTTPException(status_code=413):
            return problem(
                413,
                "too_large",
                f"the body is larger than the {MAX_BODY_BYTES:,} bytes that are read; "
                "split the document into several, or ingest it as a file",
            )
        case HTTPException():
            return problem(error.status_code, f"http_{error.status_code}", error.detail)
        case _:
            raise error


def _field_of(error: KnowledgeError) -> list[FieldProblem]:
    """The library begins with the field when one is at fault."""
    field, _, message = str(error).partition(": ")
    if field == "path":
        field = "id"
    return [FieldProblem(field=field, message=message)] if field in _FIELDS and message else []


HANDLERS: dict[int | type[Exception], Any] = {
    FrontdeskError: refused,
    KnowledgeError: refused,
    HTTPException: refused,
}
