"""Structured logs and metrics; neither ever carries a visitor's words."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from intents.redaction import redact

registry = CollectorRegistry()
turns = Counter("frontdesk_turns", "Assistant turns by play", ["site", "play"], registry=registry)
turn_seconds = Histogram(
    "frontdesk_turn_seconds",
    "Time from a visitor's message to its saved reply",
    registry=registry,
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
connections = Gauge("frontdesk_connections", "Open websocket connections", registry=registry)
writer_answers = Counter(
    "frontdesk_writer_answers",
    "Answers that an outside writer was asked for",
    ["site", "outcome"],
    registry=registry,
)
nudges = Counter(
    "frontdesk_nudges",
    "Messages that pages asked to show unasked",
    ["site", "rule", "outcome"],
    registry=registry,
)
crm_looks = Counter(
    "frontdesk_crm_looks",
    "Looks at the CRM before a turn decides",
    ["site", "outcome"],
    registry=registry,
)
crm_settled = Counter(
    "frontdesk_crm_settled",
    "Attempts to deliver a CRM update by where they left it (delivered, retrying, needs_review)",
    ["site", "outcome"],
    registry=registry,
)
crm_errors = Counter(
    "frontdesk_crm_provider_errors",
    "Answers of a CRM that ask to come back (provider_busy) or refuse our key (provider_denied)",
    ["site", "code"],
    registry=registry,
)
crm_updates = Gauge(
    "frontdesk_crm_updates",
    "CRM updates that have not arrived: waiting, retrying, dead",
    ["site", "standing"],
    registry=registry,
)
crm_oldest_seconds = Gauge(
    "frontdesk_crm_oldest_seconds", "Age of the oldest CRM update on its way", ["site"], registry=registry
)
crm_refused = Gauge(
    "frontdesk_crm_refused", "1 while a site's CRM refuses our key or account", ["site"], registry=registry
)
refused = Counter("frontdesk_refused_frames", "Frames answered with an error", ["code"], registry=registry)


def metrics() -> bytes:
    """All metrics in the Prometheus text format."""
    return generate_latest(registry)


def configure_logs(level: str, style: str) -> None:
    """Send structured logs to stderr, so that `--json` on stdout stays clean."""
    render: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _without_details,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    for noisy in ("dbos", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "aiosqlite", "asyncpg"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.setLogRecordFactory(_Record)
    # These set levels of their own when they are imported, which is later than this.
    for late in ("bm25s", "faiss", "faiss.loader"):
        logging.getLogger(late).addFilter(lambda record: record.levelno >= logging.WARNING)


def log() -> structlog.typing.FilteringBoundLogger:
    """The logger; bind ids, never words."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


_NUMBER = re.compile(r"(?<![\w-])\+?\(?\d(?:[ .\-/()\u00a0]{0,3}\d){6,}(?![\w-])")
# Where a traceback tells of code and not of data.
_FRAME = re.compile(r"^\s*(?:File \".*\", line \d+|Traceback|[\^~\s]+$)")


def scrub(words: str) -> str:
    """Words of a failure, for a log: what is personal by its shape is out, and so is every long number."""
    lines = redact(words).text.splitlines(keepends=True)
    return "".join(line if _FRAME.match(line) else _NUMBER.sub("[number]", line) for line in lines)


def _without_details(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Our own lines name ids and codes; this is for the error that quotes what it failed on."""
    for name, value in event.items():
        if name == "exception":
            event[name] = scrub(str(value))
        elif isinstance(value, str) and name not in {"timestamp", "level"}:
            event[name] = redact(value).text
    return event


class _Record(logging.LogRecord):
    """What libraries log, without personal details: they quote addresses, arguments and exceptions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.args, tuple):
            self.args = tuple(redact(arg).text if isinstance(arg, str) else arg for arg in self.args)
        # The access log's formatter wants its arguments one by one.
        if self.name != "uvicorn.access":
            said = self._said()
            if (scrubbed := scrub(said)) != said:
                self.msg, self.args = scrubbed, ()
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = scrub("".join(traceback.format_exception(*self.exc_info)).rstrip())

    def _said(self) -> str:
        """The message; a line whose arguments do not fit it must not stop whoever wrote it."""
        try:
            return self.getMessage()
        except (TypeError, ValueError, KeyError):
            self.msg, self.args = f"{self.msg} (its arguments do not fit)", ()
            return str(self.msg)
