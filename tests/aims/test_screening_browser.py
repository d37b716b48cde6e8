"""To screen in a real browser: by keys alone, without a reload; every page of screening passes axe in both themes."""

import datetime
import os
from pathlib import Path

import pytest
from django.conf import settings

from aims.models import AISystem
from aims.services import make_group, make_link
from core import clock
from core.change import change
from core.models import Membership, Profile
from tests import shots
from tests.aims.makers import make_system
from tests.shell.conftest import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("SCREENING_SHOTS")
NAMES = ("Triage assistant", "Triage asistant", "Letter writer", "Invoice scanner", "Claims chatbot")
__all__ = ["served"]


@pytest.fixture(scope="session")
def chromium(browser):
    """The run's Chromium; it keeps an event loop in this thread, beside which the database is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture
def filled(chromium, place):
    """Five systems that wait, two of which look alike, a group and a link."""
    for name in NAMES:
        make_system(place.manager, name, unit="Nursing", supplier="Acme", purpose="Sorts what comes in. " * 6,
                    owner=place.people["owner"])  # fmt: skip
    group = make_group(actor=place.manager, name="Chat assistants", purpose="One product, many uses")
    _link, place.key = make_link(
        actor=place.manager, name="Intranet", expires_at=clock.now() + datetime.timedelta(days=9)
    )
    with change(place.manager, "test.name") as unit:
        profile = Profile.objects.get(management_system=place.tenant)
        profile.name = "Helvia"
        unit.save(profile)
    place.group = group
    name = settings.SESSION_COOKIE_NAME
    place.cookies = {name: place.browser.cookies[name].value}
    return place


def opened(chromium, served, filled, path):
    """A page of the manager, counting whole loads."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies(
        [{"name": k, "value": v, "domain": "localhost", "path": "/"} for k, v in filled.cookies.items()]
    )
    page = context.new_page()
    page.goto(served + path)
    page.evaluate("window.sameDocument = true")
    return page


def states():
    """Name to state."""
    return dict(AISystem.objects.values_list("name", "state"))


def test_systems_are_decided_by_keys_alone_without_a_reload(chromium, served, filled):
    page = opened(chromium, served, filled, "/helvia/systems/to-screen/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.get_by_text("1 of 5 screened").wait_for()
    assert states()["Triage asistant"] == "in_scope"
    page.keyboard.press("o")
    page.keyboard.type("Not AI")
    page.keyboard.press("Enter")
    page.get_by_text("2 of 5 screened").wait_for()
    assert states()["Letter writer"] == "out_of_scope"
    page.keyboard.press("u")
    page.get_by_text("1 of 5 screened").wait_for()
    assert states()["Letter writer"] == "to_screen"
    page.keyboard.press("k")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("a")
    page.get_by_text("3 of 5 screened").wait_for()
    assert page.evaluate("window.sameDocument") is True
    page.keyboard.press("Enter")
    page.wait_for_url("**/systems/SYS-*/")
    page.context.close()


def test_what_is_typed_ahead_is_a_reason_and_never_keys(chromium, served, filled):
    page = opened(chromium, served, filled, "/helvia/systems/to-screen/")
    page.keyboard.press("a")
    page.keyboard.type("oNot as AI")
    page.get_by_text("1 of 5 screened").wait_for()
    page.wait_for_function("document.activeElement.value === 'Not as AI'")
    assert states()["Triage asistant"] == "to_screen"
    page.keyboard.press("Enter")
    page.get_by_text("2 of 5 screened").wait_for()
    assert AISystem.objects.get(name="Triage asistant").state_reason == "Not as AI"
    assert sorted(states().values()) == ["in_scope", "out_of_scope", "to_screen", "to_screen", "to_screen"]
    page.context.close()


def test_every_page_of_screening_passes_axe_wide_and_narrow_light_and_dark(chromium, served, filled):
    twins = AISystem.objects.get(name="Triage assistant")
    leaver = Membership.objects.get(person=filled.people["owner"])
    wanted = [
        shots.Shot(name, path, who)
        for name, path, who in (
            ("inbox", "/helvia/systems/to-screen/", "manager"),
            ("look-alikes", "/helvia/systems/to-screen/look-alikes/", "manager"),
            ("twins", f"/helvia/systems/to-screen/look-alikes/{twins.ref}/", "manager"),
            ("groups", "/helvia/systems/to-screen/groups/", "manager"),
            ("group", f"/helvia/systems/to-screen/groups/{filled.group.ref}/", "manager"),
            ("intake-links", "/helvia/systems/to-screen/intake/", "manager"),
            ("tell", f"/tell/{filled.key}/", ""),
            ("hand-over", f"/helvia/people/{leaver.pk}/hand-over/", "manager"),
        )
    ]
    found = shots.walk(chromium, served, wanted, lambda _who: filled.cookies, Path(FOLDER) if FOLDER else None)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)
