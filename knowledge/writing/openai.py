"""Any OpenAI-compatible `/v1/chat/completions` endpoint: the exchange itself, and a writer that uses it."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, Field, ValidationError

from knowledge.writing.ports import Draft, Task, WriterError
from knowledge.writing.prompting import estimated_tokens, messages

_TRIES = 3
_BACKOFF_S = 0.25
_MOST_BYTES = 262_144
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_CONNECT_S = 2.0
# Reasoning models think aloud first.
_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and what to ask."""

    base_url: str
    """Up to and with `/v1`."""
    model: str
    key: str = field(default="", repr=False)


class OpenAiChat:
    """One exchange at a time, not streamed, tried again while it may help and there is time.

    Redirects are not followed and the environment's proxies and credentials are not used: the key goes to the named
    endpoint or nowhere.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client: httpx.AsyncClient | None = None
        self._takes_format = True

    @property
    def model(self) -> str:
        return self._endpoint.model

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def ask(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        seconds: float,
        as_json: bool = False,
        setting: str = "writer.seconds",
    ) -> Draft:
        """Raises `WriterError` for everything that goes wrong, within `seconds`; `setting` is what to raise then."""
        body = {
            "model": self._endpoint.model,
            "messages": [dict(message) for message in messages],
            "temperature": 0,
            "max_tokens": max_tokens,
            "stream": False,
        }
        sent = _Sent(sum(estimated_tokens(message["content"]) for message in messages))
        try:
            async with asyncio.timeout(seconds) as deadline:
                if not as_json or not self._takes_format:
                    return await self._within(body, sent, deadline)
                return await self._formatted(body, sent, deadline)
        except TimeoutError:
            message = (
                f"the model {self.model!r} did not answer within {seconds:g} s; "
                f"raise {setting} or use a faster model"
            )
            raise WriterError("writer.timeout", message, tokens_in=sent.tokens) from None

    async def _formatted(self, body: dict[str, Any], sent: _Sent, deadline: asyncio.Timeout) -> Draft:
        """Asks for JSON, which not every endpoint knows; one that refuses is asked without from then on."""
        try:
            return await self._within({**body, "response_format": {"type": "json_object"}}, sent, deadline)
        except WriterError as error:
            if error.code != "writer.unfit":
                raise
        self._takes_format = False
        return await self._within(body, sent, deadline)

    async def _within(self, body: dict[str, Any], sent: _Sent, deadline: asyncio.Timeout) -> Draft:
        """Tries again while it may help and there is time."""
        for tried in range(1, _TRIES + 1):
            try:
                return _draft(await self._post(body, sent), sent)
            except _PassingError as error:
                wait = error.wait_s if error.wait_s is not None else _backoff(tried)
                if tried == _TRIES or wait > _left(deadline):
                    raise WriterError(
                        error.code, str(error), tokens_in=sent.tokens, pause_s=error.wait_s or 0.0
                    ) from None
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _post(self, body: dict[str, Any], sent: _Sent) -> bytes:
        headers = {"authorization": f"Bearer {self._endpoint.key}"} if self._endpoint.key else {}
        try:
            async with self._http().stream(
                "POST", "/chat/completions", json=body, headers=headers
            ) as response:
                sent.count()
                if response.status_code in _PASSING:
                    raise _PassingError(response.status_code, _retry_after(response))
                if response.status_code != httpx.codes.OK:
                    raise _refused(response.status_code, is_formatted="response_format" in body)
                return await _bounded(response)
        except httpx.HTTPError as error:
            # The exception's own text can hold the address; its kind is enough.
            raise _PassingError(None, None, type(error).__name__) from None

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=self._endpoint.base_url.rstrip("/"),
                follow_redirects=False,
                trust_env=False,
                # The caller's time is the limit of everything after the connection stands.
                timeout=httpx.Timeout(None, connect=_CONNECT_S),
                limits=httpx.Limits(max_connections=32, max_keepalive_connections=8),
            )
        return self._client


class OpenAiWriter:
    """One question, one answer in plain text with `[n]` markers; nothing is shown unchecked."""

    def __init__(
        self,
        endpoint: Endpoint | OpenAiChat,
        *,
        mark: Callable[[], str] = lambda: f"#{secrets.token_hex(8)}",
    ) -> None:
        self._chat = endpoint if isinstance(endpoint, OpenAiChat) else OpenAiChat(endpoint)
        self._mark = mark

    @property
    def model(self) -> str:
        return self._chat.model

    async def close(self) -> None:
        await self._chat.close()

    async def write(self, task: Task, /) -> Draft:
        said = messages(task, self._mark())
        return await self._chat.ask(said, max_tokens=task.max_tokens, seconds=task.seconds)


def _refused(status: int, *, is_formatted: bool) -> WriterError:
    is_unfit = is_formatted and status in {httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY}
    message = f"the writer's endpoint answered {status}; check its address, model and key"
    return WriterError("writer.unfit" if is_unfit else "writer.refused", message)


class _Sent:
    """Tokens that went out, tries included."""

    def __init__(self, each: int) -> None:
        self._each = each
        self.tokens = 0

    def count(self) -> None:
        self.tokens += self._each


class _PassingError(Exception):
    """Something that may be gone at the next try."""

    def __init__(self, status: int | None, wait_s: float | None, kind: str = "") -> None:
        what = f"answered {status}" if status else f"could not be read ({kind})"
        super().__init__(f"the writer's endpoint {what}; the answer was made without it")
        self.code = "writer.limited" if status == httpx.codes.TOO_MANY_REQUESTS else "writer.unavailable"
        self.wait_s = wait_s


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for some in response.aiter_bytes():
        body += some
        if len(body) > _MOST_BYTES:
            raise WriterError(
                "writer.too_long", f"the writer sent more than {_MOST_BYTES:,} bytes; use another model"
            )
    return bytes(body)


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    """What of a chat completion is read."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: dict[str, Any] | None = None


def _draft(body: bytes, sent: _Sent) -> Draft:
    try:
        read = _Completion.model_validate_json(body)
    except ValidationError:
        message = "the writer's endpoint sent no chat completion; check that it speaks the OpenAI protocol"
        raise WriterError("writer.garbled", message, tokens_in=sent.tokens) from None
    choice, usage = read.choices[0], read.usage or {}
    text = _THOUGHTS.sub("", choice.message.content)
    return Draft(
        text,
        _counted(usage.get("prompt_tokens"), sent.tokens),
        _counted(usage.get("completion_tokens"), estimated_tokens(choice.message.content)),
        is_whole=choice.finish_reason in {"stop", None},
    )


def _counted(told: object, estimated: int) -> int:
    """What the endpoint says when it is a sensible number, else our estimate."""
    return (
        told if isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10_000_000 else estimated
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait; RFC 9110 allows a number or a date."""
    told = response.headers.get("retry-after", "").strip()
    if not told:
        return None
    if told.isdecimal():
        return float(told)
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _backoff(tried: int) -> float:
    return float(_BACKOFF_S * 2 ** (tried - 1) * random.uniform(0.5, 1.0))  # noqa: S311  spreads retries, hides nothing


def _left(deadline: asyncio.Timeout) -> float:
    when = deadline.when()
    assert when is not None
    return when - asyncio.get_running_loop().time()
