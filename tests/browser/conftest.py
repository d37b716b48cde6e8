"""Debian's Chromium, driven by Playwright; one browser for the run, one clean context per test."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import services

#: Quiet: no updates, no look-ups of anybody's hosts.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser of this run."""
    program = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        raise RuntimeError(f"chromium is missing; {services.INSTRUCTION}")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page in a context without cookies; errors of its scripts fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    context.close()
    assert not errors, f"The page's scripts failed: {errors}"


@pytest.fixture(scope="session")
def demo() -> Iterator[services.Instance]:
    """Return a running instance with the demo organisation."""
    with services.instance(DEMO="yes") as running:
        yield running
