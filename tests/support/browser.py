"""A real Chromium for tests; without one they are skipped loudly, and in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def a_browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    executable = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium") or None
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        except Error as error:
            if os.environ.get("CI"):
                pytest.fail(f"CI needs a Chromium: {error}")
            pytest.skip(
                "NO CHROMIUM FOUND: the browser tests are skipped; `apt-get install chromium` brings one"
            )
        try:
            yield browser
        finally:
            browser.close()


def keep_picture(page: Page, name: str) -> None:
    """A screenshot for whoever looks at the run; not committed."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
