"""One clean context per test of the run's one browser (tests/browsers.py)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import services


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
