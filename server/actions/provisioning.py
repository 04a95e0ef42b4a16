"""What is said to an operator's product about a trial, and what its answers mean. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from server.actions.errors import NoUseTrying, TryLater
from server.actions.goods import Trial
from server.actions.posting import Answered

SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The pauses between ten attempts, as Standard Webhooks suggests them: three days in all."""
_JITTER = 0.1
_LONGEST_WAIT = timedelta(days=1)
_AGAIN = frozenset({408, 409, 425, 429})
"""Answers of the 4xx that may be others in a while."""


def _login(url: str) -> str:
    if url and not url.startswith(("https://", "http://")):
        raise ValueError("is no address of the web; begin with https://")
    return url


LoginUrl = Annotated[str, Field(max_length=2_000, pattern=r"^\S*$"), AfterValidator(_login)]


class ProductAnswer(BaseModel):
    """What the product says of a trial; further fields are its own affair."""

    model_config = ConfigDict(extra="ignore")

    status: Literal["ready", "pending"] = "pending"
    login_url: LoginUrl = ""
    external_id: str = Field(default="", max_length=200, coerce_numbers_to_str=True)
    ends_at: AwareDatetime | None = None
    """When the trial ends there, when that is not what was asked for."""


def message_id(trial: Trial) -> str:
    """Names the wish, not the attempt: the product makes one trial of it however often it comes."""
    return f"trial_{trial.id}"


def body(trial: Trial, *, email: str, language: str, now: datetime) -> str:
    """The wish as it is signed and sent."""
    data = {
        "trial": trial.id,
        "site": trial.site,
        "conversation": trial.conversation,
        "email": email,
        "plan": trial.plan,
        "days": trial.days,
        "starts_at": _iso(trial.verified_at or now),
        "ends_at": _iso(trial.ends_at or now + timedelta(days=trial.days)),
        "language": language,
    }
    said = {"type": "trial.requested", "timestamp": _iso(trial.verified_at or now), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def understood(answer: Answered, attempt: int, *, now: datetime, jitter: float) -> ProductAnswer:
    """What the product said; raises `TryLater` where another attempt may help, else `NoUseTrying`.

    `jitter`, from 0 to 1, spreads what failed together.
    """
    if 200 <= answer.status < 300:
        return _said(answer.body)
    if answer.status in _AGAIN or answer.status >= 500:
        asked = _retry_after(answer.headers, now) if answer.status in {429, 503} else timedelta(0)
        raise TryLater(
            f"the product answered {answer.status}",
            after=max(pause(attempt, jitter), min(asked, _LONGEST_WAIT)),
            code=f"answered_{answer.status}",
        )
    raise NoUseTrying(f"the product answered {answer.status}", code=f"answered_{answer.status}")


def pause(attempt: int, jitter: float) -> timedelta:
    """How long to wait after an attempt, the first being 1."""
    planned = SCHEDULE[min(attempt, len(SCHEDULE)) - 1]
    return planned * (1 + _JITTER * jitter)


def _said(content: bytes) -> ProductAnswer:
    if not content.strip():
        return ProductAnswer()
    try:
        return ProductAnswer.model_validate_json(content)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"]) or "body"
        raise NoUseTrying(f"the product's answer can not be read at {where}", code="answer_unread") from None


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Seconds or a date; nothing where it is neither, or over."""
    said = headers.get("retry-after", "").strip()
    if said.isdecimal() and len(said) < 9:
        return timedelta(seconds=int(said))
    try:
        return max(parsedate_to_datetime(said).astimezone(UTC) - now, timedelta(0))
    except (ValueError, TypeError):
        return timedelta(0)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
