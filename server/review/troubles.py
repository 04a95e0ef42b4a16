"""What people see when something can not be done: a page, a line for htmx, or the way to the sign-in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response import Redirect

from crm_sync.by_hand.editing import RecordUnknown
from crm_sync.errors import CrmError, UpdateUnknown
from knowledge.errors import KnowledgeError, SourceUnknownError
from server.errors import FrontdeskError
from server.review.access import NotSignedIn
from server.review.pages import HEADERS, bare, go

AnyRequest = Request[Any, Any, Any]


def not_signed_in(request: AnyRequest, error: Exception) -> Response[Any] | Redirect:  # noqa: ARG001
    """To the sign-in page, and afterwards back to where they were going."""
    wanted = request.url.path if request.method == "GET" else "/console"
    address = f"/console/sign-in?next={quote(wanted)}"
    if "hx-request" in request.headers:
        # htmx would put a redirect's page into the middle of this one; this header makes it leave.
        return Response(None, status_code=401, headers={**HEADERS, "hx-redirect": "/console/sign-in"})
    return go(address)


def refused(request: AnyRequest, error: Exception) -> Response[str]:
    """The error's own words, as a line for htmx and as a page otherwise."""
    status, message = _read(error)
    if "hx-request" in request.headers:
        return Response(message, status_code=status, media_type=MediaType.TEXT, headers=HEADERS)
    return bare("trouble.html", status=status, message=message)


def failed(request: AnyRequest, error: Exception) -> Response[str]:  # noqa: ARG001  what it was stands in the log
    """A fault of ours: nobody is helped by its words, and everybody by knowing that it is known."""
    message = "Something went wrong on our side. It stands in the server's log; try again in a moment."
    if "hx-request" in request.headers:
        return Response(message, status_code=500, media_type=MediaType.TEXT, headers=HEADERS)
    return bare("trouble.html", status=500, message=message)


def _read(error: Exception) -> tuple[int, str]:
    match error:
        case FrontdeskError():
            return error.status, error.message
        case UpdateUnknown() | RecordUnknown():
            return 404, str(error)
        case SourceUnknownError():
            return 404, str(error)
        case CrmError() | KnowledgeError():
            return 409, str(error)
        case NotFoundException():
            return 404, "There is no such page here; go back to the inbox."
        case HTTPException():
            return error.status_code, error.detail
        case _:
            raise error


HANDLERS: dict[int | type[Exception], Any] = {
    NotSignedIn: not_signed_in,
    FrontdeskError: refused,
    CrmError: refused,
    KnowledgeError: refused,
    HTTPException: refused,
    Exception: failed,
}
