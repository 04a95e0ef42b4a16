"""Structured logs and metrics; neither ever carries a visitor's words."""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    for noisy in ("dbos", "uvicorn.error", "uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # These set levels of their own when they are imported, which is later than this.
    for late in ("bm25s", "faiss", "faiss.loader"):
        logging.getLogger(late).addFilter(lambda record: record.levelno >= logging.WARNING)


def log() -> structlog.typing.FilteringBoundLogger:
    """The logger; bind ids, never words."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())
