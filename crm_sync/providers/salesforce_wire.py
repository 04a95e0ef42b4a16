"""Requests to Salesforce's REST API through simple-salesforce, in threads, with time limits and our errors.

simple-salesforce signs in only at `https://<domain>.salesforce.com`, without a time limit, and its own refreshing of a
session may go round for ever; so the OAuth 2.0 client credentials flow is done here (a POST to `/services/oauth2/token`
of the org's My Domain with HTTP Basic), its client gets token and address, and an expired session is renewed once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from crm_sync.errors import PolicyInvalid, ProviderBusy
from crm_sync.providers.salesforce_errors import refusal, token_refusal
from crm_sync.providers.threads import Deadline, in_thread

T = TypeVar("T")
_AT_ONCE = 8
# Alerts of a duplicate rule stop the request as blocks do: a person decides what is one record, never we by saving it.
_HEADERS = {
    "Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=false; runAsCurrentUser=true"
}


@dataclass(frozen=True, slots=True)
class Part:
    """One of several requests that go together; later ones may say `@{ref.Field}`."""

    ref: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


class _Session(requests.Session):
    """Every request has a time limit, and what it answered can be asked in the same thread."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s
        self._last = threading.local()

    def until(self, deadline: Deadline) -> None:
        """What this thread asks from now on."""
        self._last.deadline = deadline

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = self._last.deadline.limits(self._timeout_s)
        self._last.answer = None
        answer = super().request(method, url, *args, **kwargs)
        self._last.answer = answer
        return answer

    def retry_after_s(self) -> float | None:
        answer = getattr(self._last, "answer", None)
        told = "" if answer is None else answer.headers.get("Retry-After", "").strip()
        return float(told) if told.isdigit() else None


class Wire:
    """One org, as the user that the client app runs as."""

    def __init__(
        self,
        login_url: str,
        client_id: str,
        client_secret: str,
        *,
        timeout_s: float = 15.0,
        version: str = "62.0",
    ) -> None:
        place = urlsplit(login_url)
        if place.scheme != "https" and place.hostname not in {"127.0.0.1", "localhost"}:
            raise PolicyInvalid(
                f"Salesforce's login_url {login_url!r} is not https; use https://<your domain>.my.salesforce.com."
            )
        self._login_url = login_url.rstrip("/")
        self._key = (client_id, client_secret)
        self._timeout_s = timeout_s
        self._session = _Session(timeout_s)
        # Of our own: an org that hangs must not take the threads that answer visitors.
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="salesforce")
        self._lock = threading.Lock()
        self._client: Any = None
        self.version = version
        self.user = ""
        """Id of the user that we are, once signed in."""

    def close(self) -> None:
        """Begin nothing more, and let go of the connections; whoever hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    async def ask(
        self, method: str, path: str, what: str, body: Any = None, params: Mapping[str, str] | None = None
    ) -> Any:
        """One request below `/services/data/v…/`; what it answers, None when that is nothing."""
        return await self._in_thread(
            what, lambda: self._ask(method, path, what, body, dict(params) if params else None)
        )

    async def rows(
        self, soql: str, what: str, sent: Any = None, *, enough: int = 2_000
    ) -> list[dict[str, Any]]:
        """What a query finds, page after page, until there are `enough`."""
        page = await self._in_thread(
            what, lambda: self._ask("GET", "query/", what, sent, {"q": soql}, send=False)
        )
        found = list(page["records"])
        while not page["done"] and len(found) < enough:
            # The package joins `https://` and the instance to a whole address; the locator alone goes where we are.
            more = f"query/{str(page['nextRecordsUrl']).rsplit('/', 1)[-1]}"
            page = await self.ask("GET", more, what)
            found += page["records"]
        return found[:enough]

    async def together(self, parts: Sequence[Part], what: str, *, whole: bool = True) -> dict[str, Any]:
        """One composite request, all or none; the bodies by reference. It counts as one call of the day's. Not `whole`:
        what failed is left out."""
        asked = [
            {
                "method": each.method,
                "url": f"/services/data/v{self.version}/{each.path}",
                "referenceId": each.ref,
            }
            | ({} if each.body is None else {"body": each.body})
            for each in parts
        ]
        told = await self.ask("POST", "composite", what, {"allOrNone": whole, "compositeRequest": asked})
        answers = told["compositeResponse"]
        failed = [each for each in answers if int(each["httpStatusCode"]) >= 300]
        if failed and whole:
            # All others of a failed request say PROCESSING_HALTED; the one that did it says something else.
            cause = next((each for each in failed if "PROCESSING_HALTED" not in str(each["body"])), failed[0])
            raise refusal(int(cause["httpStatusCode"]), cause["body"], what, [each.body for each in parts])
        return {each["referenceId"]: each["body"] for each in answers if each not in failed}

    def usage(self) -> str:
        """How much of the day's allowance is used, as the last answer told."""
        told = (self._client.api_usage if self._client is not None else {}).get("api-usage")
        return f", {told.used} of {told.total} requests of the day used" if told else ""

    async def _in_thread(self, what: str, work: Callable[[], T]) -> T:
        def begin(deadline: Deadline) -> T:
            self._session.until(deadline)
            return work()

        return await in_thread(self._threads, self._timeout_s * 2, f"Salesforce did not {what}", begin)

    def _ask(
        self,
        method: str,
        path: str,
        what: str,
        body: Any,
        params: dict[str, str] | None,
        *,
        send: bool = True,
    ) -> Any:
        from simple_salesforce.exceptions import SalesforceError

        try:
            client = self._signed_in()
            try:
                return self._call(client, method, path, body if send else None, params)
            except SalesforceError as error:
                if error.status != 401:
                    raise
                # A refused session did nothing, so the request may go again.
                return self._call(
                    self._signed_in(expired=client), method, path, body if send else None, params
                )
        except SalesforceError as error:
            # Not chained: the package's error carries the address, and with it whom we asked for.
            raise refusal(error.status, error.content, what, body, self._session.retry_after_s()) from None
        except requests.RequestException as error:
            raise ProviderBusy(
                f"Salesforce did not answer when asked to {what}: {type(error).__name__}."
            ) from None

    @staticmethod
    def _call(client: Any, method: str, path: str, body: Any, params: dict[str, str] | None) -> Any:
        return client.restful(path, params=params, method=method, json=body, headers=_HEADERS)

    def _signed_in(self, expired: Any = None) -> Any:
        with self._lock:
            # Several requests may find the same session expired: the first one renews it for all.
            if self._client is None or self._client is expired:
                self._client = self._sign_in()
            return self._client

    def _sign_in(self) -> Any:
        from simple_salesforce.api import Salesforce as Client

        answer = self._session.post(
            f"{self._login_url}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=self._key,
        )
        try:
            told = answer.json()
        except ValueError:
            told = None
        if answer.status_code != 200 or not isinstance(told, dict) or "access_token" not in told:
            raise token_refusal(answer.status_code, told, self._session.retry_after_s())
        address = str(told.get("instance_url") or self._login_url).rstrip("/")
        self.user = str(told.get("id", "")).rsplit("/", 1)[-1]
        client = Client(
            session_id=told["access_token"], instance_url=address, session=self._session, version=self.version
        )
        client.base_url = f"{address}/services/data/v{self.version}/"
        return client
