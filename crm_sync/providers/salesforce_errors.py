"""Salesforce's refusals in our words: what may be tried again, what is about the account, what needs a person.

Codes and shapes: an array of `{message, errorCode, fields}` (REST API Developer Guide, Status Codes and Error
Responses); `DUPLICATES_DETECTED` carries what it found under `duplicateResut`, misspelt like that by Salesforce itself
(seen in bodies of v54 and v56; the guide spells it right, so both are read); a token is refused with `{error,
error_description}`. `TotalRequests Limit exceeded.` is the day's allowance, any other limit passes sooner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm_sync.errors import OVER_A_DAY_S, CrmError, ProviderBusy, ProviderDenied, ProviderRefused

DUPLICATES = "DUPLICATES_DETECTED"
TAKEN = "DUPLICATE_VALUE"
GONE = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})
NO_OWNER = frozenset({"INACTIVE_OWNER_OR_USER", "OP_WITH_INVALID_USER_TYPE_EXCEPTION"})
_DENIED = frozenset(
    {
        "API_CURRENTLY_DISABLED",
        "API_DISABLED_FOR_ORG",
        "INVALID_AUTH_HEADER",
        "INVALID_SESSION_ID",
        "ORG_LOCKED",
        "STORAGE_LIMIT_EXCEEDED",
    }
)
_BUSY = frozenset(
    {
        "QUERY_TIMEOUT",
        "REQUEST_LIMIT_EXCEEDED",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "TXN_SECURITY_RUNTIME_EXCEPTION",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
    }
)
_BUSY_STATUS = frozenset({408, 420, 429})
_DAY_S = 3_600.0
"""When the day's requests are used up: the window slides, so some are free again before the day is over."""
_HINTS = {
    "API_DISABLED_FOR_ORG": "give the user that the app runs as the permission API Enabled",
    "no client credentials user enabled": "name a user under Run As in the app's client credentials flow",
    "request not supported on this domain": "use the org's own My Domain address as login_url",
    "client identifier invalid": "copy the consumer key again",
    "invalid client credentials": "copy the consumer secret again",
}


class Refusal(ProviderRefused):
    """A refused request, with Salesforce's own codes for those who know what to do about one."""

    def __init__(self, message: str, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.errors = tuple(errors)

    def has(self, *codes: str) -> bool:
        return any(each.get("errorCode") in codes for each in self.errors)


def refusal(
    status: int, content: Any, what: str, sent: Any = None, retry_after_s: float | None = None
) -> CrmError:
    """What to raise for an answer of that status; personal values that were sent are not repeated."""
    errors = _errors(content)
    codes = {str(each.get("errorCode", "")) for each in errors}
    said = _said(errors, sent) or f"HTTP status {status}"
    if codes & _DENIED or status == 401 or (status == 403 and not errors):
        return ProviderDenied(f"Salesforce refused the account while we were to {what}: {said}{_hint(said)}")
    if codes & _BUSY or status in _BUSY_STATUS or status >= 500:
        spent = "TotalRequests" in said
        return ProviderBusy(
            f"Salesforce could not {what} now: {said}",
            retry_after_s=retry_after_s or (_DAY_S if spent else None),
            pauses_s=OVER_A_DAY_S if spent else None,
        )
    if status == 300:
        said = "several records carry the same key; leave it on one of them"
    return Refusal(f"Salesforce refused to {what}: {said}", errors)


def token_refusal(status: int, content: Any, retry_after_s: float | None = None) -> ProviderBusy:
    """What to raise when no access token was given."""
    told = content if isinstance(content, Mapping) else {}
    error, words = str(told.get("error", "")), str(told.get("error_description", ""))
    said = f"{words or 'no reason given'} ({error or f'HTTP status {status}'})"
    if (
        status >= 500
        or status in _BUSY_STATUS
        or error in {"server_error", "temporarily_unavailable", "unknown_error"}
    ):
        return ProviderBusy(f"Salesforce gave no access token now: {said}", retry_after_s=retry_after_s)
    return ProviderDenied(f"Salesforce refused the app's key: {said}{_hint(said)}")


def matches(error: Refusal) -> tuple[str, list[tuple[str, str]]]:
    """The duplicate rule that struck, and the type and id of each record that it matched."""
    for each in error.errors:
        result = each.get("duplicateResut") or each.get("duplicateResult")
        if isinstance(result, Mapping):
            found = {
                (str(match.get("entityType", "")), str(record.get("record", {}).get("Id", "")))
                for match in result.get("matchResults", ())
                for record in match.get("matchRecords", ())
            }
            return str(result.get("duplicateRule", "")), sorted(found)
    return "", []


def _errors(content: Any) -> list[Mapping[str, Any]]:
    listed = content if isinstance(content, list) else [content]
    return [each for each in listed if isinstance(each, Mapping) and "errorCode" in each]


def _said(errors: Sequence[Mapping[str, Any]], sent: Any) -> str:
    told = []
    for each in errors[:5]:
        fields = ", ".join(str(name) for name in each.get("fields") or ())
        about = f"{each['errorCode']}; fields: {fields}" if fields else str(each["errorCode"])
        told.append(f"{_unnamed(str(each.get('message', '')).strip(), sent)} ({about})")
    return " ".join(told)[:800]


def _unnamed(words: str, sent: Any) -> str:
    """The words without the values that we sent: what is kept of an error stands outside the vault."""
    for value in sorted(set(_texts(sent)), key=len, reverse=True):
        # Only addresses whatever their case: a value may be a word that Salesforce's sentence needs.
        flags = re.IGNORECASE if "@" in value else re.NOFLAG
        words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", words, flags=flags)
    return words


def _texts(sent: Any) -> Iterator[str]:
    if isinstance(sent, Mapping):
        sent = list(sent.values())
    if isinstance(sent, (list, tuple)):
        for each in sent:
            yield from _texts(each)
    elif isinstance(sent, str) and len(sent) > 2:
        yield sent


def _hint(said: str) -> str:
    return next((f". To mend it: {hint}." for words, hint in _HINTS.items() if words in said), "")
