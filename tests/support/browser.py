"""A real Chromium for tests; without one they are skipped loudly, and in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The system's Chromium; None leaves it to Playwright, which may have one of its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def no_browser(error: Error) -> NoReturn:
    """Fail where a missing browser would hide a broken build, else skip and say so."""
    if os.environ.get("CI"):
        pytest.fail(f"CI needs a Chromium: {error}")
    pytest.skip("NO CHROMIUM FOUND: the browser tests are skipped; `apt-get install chromium` brings one")


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        except Error as error:
            no_browser(error)
        try:
            yield browser
        finally:
            browser.close()


def keep_picture(page: Page, name: str) -> None:
    """A screenshot for whoever looks at the run; not committed."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
