"""HubSpot's API client as the adapter uses it: in threads, with a time limit, its refusals in the words of our errors.

The shapes of refusals are HubSpot's own. `category`, `message`, `errors[].in` and `.context` are the client's `Error`
and `ErrorDetail`; missing scopes stand under `requiredGranularScopes`, `requiredScopes` or `missingScopes`. A taken
e-mail address is 409 `Contact already exists. Existing ID: 123`, any other taken unique value 400 `... on 7. 123
already has that value.`, wrong values are 400 `Property values were not valid: [{"name": ..., "error": ...}]` (issues
of the client, HubSpot's changelog of July 2023). A 429 names its `policyName` and, but for searches, the interval in
`X-HubSpot-RateLimit-Interval-Milliseconds`; 423 asks for two seconds, 477 says `Retry-After` (usage guidelines).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import urllib3
from hubspot import HubSpot as Client
from hubspot.crm.associations.v4.exceptions import ApiException as TiesRefused
from hubspot.crm.objects.exceptions import ApiException as ObjectsRefused
from hubspot.crm.pipelines.exceptions import ApiException as PipelinesRefused
from hubspot.crm.properties.exceptions import ApiException as PropertiesRefused

from crm_sync.errors import OVER_A_DAY_S, ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.threads import Deadline, in_thread

_REFUSALS = (ObjectsRefused, PropertiesRefused, TiesRefused, PipelinesRefused)
_THREADS = 8
_PAUSES_S = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": 3_600.0}
_LOCKED, _LOCKED_S, _MIGRATING = 423, 2.0, 477
_EXISTING = re.compile(r"Existing ID: (\d+)|(\d+) already has that value")
_INVALID = re.compile(r"Property values were not valid: (\[.*\])", re.DOTALL)
_ADDRESS = re.compile(r"[^\s\"'=\[\](){}<>,;:]+@[^\s\"'=\[\](){}<>,;:]+")
_VALUE = re.compile(r"value=[^}]*\}")
_PERSONAL = {"email", "firstname", "lastname", "phone", "mobilephone"}


class Missing(ProviderRefused):
    """HubSpot holds no such thing."""


class Taken(ProviderRefused):
    """Another record has a value that may stand only once; `id` is that record."""

    def __init__(self, message: str, id: str) -> None:  # noqa: A002
        super().__init__(message)
        self.id = id


class Unfit(ProviderRefused):
    """Values were refused; `codes` says why, by property."""

    def __init__(self, message: str, codes: Mapping[str, str]) -> None:
        super().__init__(message)
        self.codes = codes


class Calls:
    """The parts of the client that the adapter needs. Opens nothing until it is asked."""

    def __init__(self, token: str, base_url: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        # Of their own: a HubSpot that hangs must not hold up what else the server does in threads.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="hubspot")
        # What HubSpot added since the client was written must not fail here; and nothing is sent twice by itself.
        self._client = Client(
            access_token=token.strip(),
            host=base_url.rstrip("/"),
            retry=urllib3.Retry(0),
            client_side_validation=False,
            connection_pool_maxsize=_THREADS,
        )

    def close(self) -> None:
        """Begin nothing more; whoever hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def objects(self) -> Any:
        return _heard(self._client.crm.objects.basic_api)

    @cached_property
    def batches(self) -> Any:
        return _heard(self._client.crm.objects.batch_api)

    @cached_property
    def searches(self) -> Any:
        return _heard(self._client.crm.objects.search_api)

    @cached_property
    def ties(self) -> Any:
        return _heard(self._client.crm.associations.v4.basic_api)

    @cached_property
    def properties(self) -> Any:
        return _heard(self._client.crm.properties.core_api)

    @cached_property
    def groups(self) -> Any:
        return _heard(self._client.crm.properties.groups_api)

    @cached_property
    def pipelines(self) -> Any:
        return _heard(self._client.crm.pipelines.pipelines_api)

    async def ask(self, what: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """One request; `what` says what it is for ("read a contact")."""

        def begin(deadline: Deadline) -> Any:
            return call(*args, _request_timeout=deadline.limits(self._timeout_s), **options)

        try:
            late = f"HubSpot did not answer in time to {what}"
            return await in_thread(self._threads, self._timeout_s * 2, late, begin)
        except _REFUSALS as error:
            raise _translated(what, error.status, error.body, error.headers) from error
        except urllib3.exceptions.HTTPError as error:
            reason = type(getattr(error, "reason", None) or error).__name__
            raise ProviderBusy(f"HubSpot did not answer in time to {what}: {reason}.") from error

    async def account(self) -> Mapping[str, Any]:
        """The account details; the client has no class for them, its transport has."""
        said = await self.ask(
            "read the account details",
            self.objects.api_client.call_api,
            "/account-info/v3/details",
            "GET",
            header_params={"Accept": "application/json"},
            response_types_map={200: "object"},
            auth_settings=["oauth2"],
            _return_http_data_only=True,
        )
        return said if isinstance(said, dict) else {}


def _heard(api: Any) -> Any:
    """The client takes any 200 for an answer, and what is no JSON for a record without values: a proxy's page."""
    client = api.api_client
    plain = client.request

    def request(*args: Any, **options: Any) -> Any:
        response = plain(*args, **options)
        try:
            json.loads(response.data or "null")
        except ValueError:
            raise ProviderBusy(
                f"HubSpot's answer {response.status} is no JSON but begins {response.data[:60]!r}: something in between"
                " answers in its place. Look at the proxy."
            ) from None
        return response

    client.request = request
    return api


def is_forbidden(error: ProviderDenied) -> bool:
    """Whether the key is good and only lacks a permission."""
    return getattr(error.__cause__, "status", None) == 403


def _translated(what: str, status: int, body: Any, headers: Mapping[str, str] | None) -> Exception:
    said = _json(body)
    words = _words(said, body)
    if status == 401:
        return ProviderDenied(
            f"HubSpot refused the key to {what}: {words} Create another one in HubSpot and put it in its place."
        )
    if status == 403:
        scopes = ", ".join(_scopes(said))
        mend = f"the key lacks the scope {scopes}; add it to" if scopes else "look at the scopes of"
        return ProviderDenied(
            f"HubSpot refused to {what}: {mend} the service key or private app in HubSpot, under Development. {words}"
        )
    if status in {408, 429, _LOCKED, _MIGRATING} or status >= 500:
        pause_s = _pause_s(status, said, headers or {})
        is_spent = status == 429 and str(said.get("policyName", "")).upper() == "DAILY"
        return ProviderBusy(
            f"HubSpot answered {status} to {what}: {words}",
            retry_after_s=pause_s,
            pauses_s=OVER_A_DAY_S if is_spent else None,
        )
    if status == 404:
        return Missing(f"HubSpot has nothing there to {what}: {words}")
    if existing := _EXISTING.search(str(said.get("message", ""))):
        return Taken(f"HubSpot refused to {what}: {words}", existing.group(1) or existing.group(2))
    codes = _codes(said)
    names = ", ".join(repr(name) for name in codes)
    return Unfit(f"HubSpot refused to {what}{f' for the property {names}' if names else ''}: {words}", codes)


def _json(body: Any) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _words(said: Mapping[str, Any], body: Any) -> str:
    """HubSpot's own words, without the personal values that it repeats, and where its support finds the request."""
    items = _invalid(said)
    if items:
        told = "; ".join(_told(item) for item in items)
    else:
        told = str(said.get("message") or str(body or "no reason given")[:200]).strip()
    told = _VALUE.sub("value=…}", _ADDRESS.sub("(an address)", told))
    trace = said.get("correlationId")
    return f"{told[:600].rstrip('.')}." + (f" (correlation {trace})" if trace else "")


def _told(item: Mapping[str, Any]) -> str:
    name, code = str(item.get("name")), str(item.get("error"))
    # The message repeats the value that was sent; a person's stays out of our records.
    return f"{name}: {code}" if name in _PERSONAL else f"{name}: {item.get('message', code)} ({code})"


def _invalid(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = _INVALID.search(str(said.get("message", "")))
    try:
        items = json.loads(listed.group(1)) if listed else []
    except ValueError:
        return []
    return [item for item in items if isinstance(item, dict)]


def _codes(said: Mapping[str, Any]) -> dict[str, str]:
    codes = {str(item.get("name")): str(item.get("error")) for item in _invalid(said)}
    codes |= dict.fromkeys(_listed(said, "properties"), "REQUIRED")
    for detail in _details(said):
        for name in [detail.get("in"), *_listed(detail, "propertyName")]:
            if name:
                codes.setdefault(str(name), str(detail.get("code") or said.get("category")))
    return codes


def _scopes(said: Mapping[str, Any]) -> list[str]:
    kinds = ("requiredGranularScopes", "requiredScopes", "missingScopes")
    found = [scope for part in [said, *_details(said)] for kind in kinds for scope in _listed(part, kind)]
    return list(dict.fromkeys(found))


def _details(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [detail for detail in said.get("errors") or () if isinstance(detail, dict)]


def _listed(part: Mapping[str, Any], name: str) -> list[str]:
    context = part.get("context")
    listed = context.get(name) if isinstance(context, dict) else None
    return [str(each) for each in listed] if isinstance(listed, list) else [str(listed)] if listed else []


def _pause_s(status: int, said: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    asked = str(headers.get("Retry-After") or "").strip()
    if asked.isdigit():
        return float(asked)
    if status == _LOCKED:
        return _LOCKED_S
    if status != 429:
        return None
    policy = str(said.get("policyName", "")).upper()
    interval = str(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds") or "")
    if policy not in {"DAILY", "SECONDLY"} and interval.isdigit():
        return float(interval) / 1_000
    # Searches answer 429 without any header; their limit is counted by the second.
    return _PAUSES_S.get(policy, _PAUSES_S["SECONDLY"] if "secondly limit" in str(said) else 10.0)
