"""`python -m tests.bench painting`: first contentful paint of warm pages in Chromium, as somebody at work has them."""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from tests import services, shots
from tests.bench.figure import Figure

LIMIT_MS, TIMES = 500, 7
WHO = "judit.farkas@helvia.example"
PAGES = {
    "My work": "my-work/", "Where we stand": "where-we-stand/", "register of risks": "risks/",
    "one risk": "risks/RSK-1/", "Statement of Applicability": "soa/",
}  # fmt: skip
SIGN_IN = f"""
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from core.models import ManagementSystem, Person
person, session = Person.objects.get(email="{WHO}"), SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session.create()
print("SESSION", session.session_key, ManagementSystem.objects.get().slug)
"""
PAINTS = "performance.getEntriesByName('first-contentful-paint')"


def _painted(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    page.wait_for_function(f"{PAINTS}.length > 0")
    return float(page.evaluate(f"{PAINTS}[0].startTime"))


def figures() -> Iterator[Figure]:
    """Each page is opened once to be warm, then over and over; the median counts."""
    with services.instance(DEMO="yes") as running, sync_playwright() as driver:
        said = running.manage("shell", "-c", SIGN_IN)
        _word, key, slug = next(line for line in said.splitlines() if line.startswith("SESSION")).split()
        chromium = driver.chromium.launch(executable_path=shots.CHROMIUM, args=shots.FLAGS)
        context = chromium.new_context(viewport={"width": 1280, "height": shots.HEIGHT}, bypass_csp=True)
        context.add_cookies([{"name": "aims_session", "value": key, "url": running.address}])
        page = context.new_page()
        outside = chromium.new_context(viewport={"width": 1280, "height": shots.HEIGHT}, bypass_csp=True).new_page()
        bare = [_painted(outside, f"{running.address}/accounts/login/") for _time in range(TIMES)]
        for name, path in PAGES.items():
            address = f"{running.address}/{slug}/{path}"
            _painted(page, address)
            took = [_painted(page, address) for _time in range(TIMES)]
            told = f"slowest {max(took):.0f}; signing in {statistics.median(bare):.0f}"
            yield Figure(f"first contentful paint, {name}", statistics.median(took), "ms", LIMIT_MS, told)
        chromium.close()
