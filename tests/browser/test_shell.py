"""The shell in a real browser: nothing scrolls sideways, breaks the policy or fails axe; keys and drafts work."""

import datetime
import os
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client

from aims.services import register_system
from core import clock
from core.models import Draft, Profile
from tests import shots
from tests.makers import PASSWORD, actor_for
from tests.shell import sample
from tests.shell.conftest import manager, sample_pages, served, tenant

__all__ = ["manager", "sample_pages", "served", "tenant"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture(scope="session", autouse=True)
def beside_the_loop():
    """The browser keeps an event loop in this thread, beside which the database is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def session_of(manager):
    """The cookies of the manager."""
    client = Client()
    client.force_login(manager)
    cookies = {django_settings.SESSION_COOKIE_NAME: client.cookies[django_settings.SESSION_COOKIE_NAME].value}
    return lambda _who: cookies


@pytest.fixture
def signed_in(browser, served, session_of, sample_pages):
    """A page of the manager's browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=served)
    context.add_cookies([{"name": name, "value": value, "url": served} for name, value in session_of("").items()])
    yield context.new_page()
    context.close()


def open_menu(page):
    page.locator("details.pop summary").last.click()


def fail_form(page):
    page.locator("#id_name").fill("")
    page.locator("#id_review").fill("31 Foo 2027")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("networkidle")


def leave_a_draft(page):
    page.locator("#id_cause").fill("nobody wrote this down")
    page.get_by_text("Saved ", exact=False).wait_for()
    page.reload()


def restore_a_draft(page):
    leave_a_draft(page)
    page.get_by_role("link", name="Restore it").click()


def meet_another_version(page):
    page.locator("input[name=version]").evaluate("field => { field.value = '0'; }")
    page.locator("#id_name").fill("Another name")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("networkidle")


def confirm_it_is_me(page):
    if not page.locator("#id_password").count():
        return  # confirmed at the shape before
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state("networkidle")


def show_keys(page):
    page.keyboard.press("?")


FOUR = {"parts", "form-errors", "sign-in"}
SHAPES = shots.SHAPES
OPPOSITE = ((1280, "light"), (390, "dark"))
PAGES = [
    shots.Shot("parts", "/sample/parts/", "manager"),
    shots.Shot("menu", "/sample/parts/", "manager", open_menu),
    shots.Shot("form", "/sample/edit/", "manager"),
    shots.Shot("form-errors", "/sample/edit/", "manager", fail_form),
    shots.Shot("draft-offered", "/sample/edit/", "manager", leave_a_draft),
    shots.Shot("draft-restored", "/sample/edit/", "manager", restore_a_draft),
    shots.Shot("conflict", "/sample/edit/", "manager", meet_another_version),
    shots.Shot("past", "/sample/parts/?as_of=now", "manager"),
    shots.Shot("keys", "/sample/sure/", "manager", show_keys),
    shots.Shot("reauthenticate", "/accounts/reauthenticate/", "manager"),
    shots.Shot("authenticator", "/accounts/2fa/totp/activate/", "manager", confirm_it_is_me),
    shots.Shot("confirm", "/sample/sure/", "manager"),
    shots.Shot("refused", "/sample/shut/", "manager", status=403),
    shots.Shot("nothing-here", "/sample/nowhere/", "manager", status=404),
    shots.Shot("password", "/accounts/password/change/", "manager"),
    shots.Shot("second-factor", "/accounts/2fa/", "manager"),
    shots.Shot("sessions", "/accounts/sessions/", "manager"),
    shots.Shot("sign-in", "/accounts/login/"),
    shots.Shot("reset", "/accounts/password/reset/"),
]


@pytest.mark.parametrize("shot", PAGES, ids=lambda shot: shot.name)
def test_a_page_is_sound_at_both_widths_and_themes(browser, served, session_of, sample_pages, shot):
    folder = Path(os.environ["SHOTS"]) if os.environ.get("SHOTS") else None
    moment = (clock.now() - datetime.timedelta(milliseconds=1)).isoformat()
    shot = replace(shot, path=shot.path.replace("as_of=now", f"as_of={moment}"))
    found = shots.walk(browser, served, [shot], session_of, folder, SHAPES if shot.name in FOUR else OPPOSITE)
    assert [(one.width, one.theme, one.problems) for one in found if one.problems] == []


def test_the_palette_opens_by_key_finds_and_goes_by_keyboard_alone(signed_in, tenant, manager):
    system = register_system(actor=actor_for(manager, tenant), name="Claims triage")
    signed_in.goto("/sample/where-we-stand/")
    signed_in.keyboard.press("/")
    signed_in.locator("#palette-found a").first.wait_for()
    assert signed_in.evaluate("document.activeElement.id") == "palette-q"
    signed_in.keyboard.press("Escape")
    assert not signed_in.locator("#palette").is_visible()
    signed_in.keyboard.press("Control+k")
    signed_in.keyboard.type("claims tri")
    signed_in.locator("#palette-found a", has_text="Claims triage").wait_for()
    assert signed_in.locator("#palette-q").get_attribute("aria-activedescendant") == "to-1-1"
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url(f"**/systems/{system.ref}/")
    signed_in.keyboard.press("Control+k")
    signed_in.keyboard.type("where we")
    signed_in.locator("#palette-found a", has_text="Where we stand").wait_for()
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("ArrowUp")
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/where-we-stand/")


def test_keys_search_help_and_escape_and_none_fires_while_typing(signed_in):
    signed_in.goto("/sample/parts/")
    signed_in.keyboard.press("?")
    assert signed_in.locator("#keys").is_visible()
    signed_in.keyboard.press("Escape")
    assert not signed_in.locator("#keys").is_visible()
    open_menu(signed_in)
    signed_in.keyboard.press("Escape")
    assert signed_in.locator("details.pop[open]").count() == 0
    signed_in.goto("/sample/edit/")
    signed_in.locator("#id_name").fill("")
    signed_in.locator("#id_name").press_sequentially("a?/b")
    assert signed_in.locator("#id_name").input_value() == "a?/b"
    assert not signed_in.locator("#keys").is_visible()


def test_what_is_typed_is_parked_and_comes_back(signed_in):
    signed_in.goto("/sample/edit/")
    signed_in.locator("#id_cause").fill("nobody wrote this down")
    signed_in.get_by_text("Saved ", exact=False).wait_for()
    assert Draft.objects.count() == 1
    signed_in.goto("/sample/edit/")
    signed_in.get_by_role("link", name="Restore it").click()
    assert signed_in.locator("#id_cause").input_value() == "nobody wrote this down"


def test_the_chosen_rating_is_described(signed_in):
    signed_in.goto("/sample/edit/")
    signed_in.locator("input[name=likelihood][value='4']").check(force=True)
    assert signed_in.get_by_text("4 Likely. Expected within a year").is_visible()


def test_a_job_tells_its_progress_without_a_reload(signed_in):
    sample.Progress.looks = 0
    told = []
    signed_in.on("console", lambda message: told.append(message.text))
    signed_in.goto("/sample/progress/")
    assert signed_in.get_by_text("1 of 3").is_visible()
    signed_in.get_by_text("Ready").wait_for(timeout=9000)
    assert told == []


def test_without_scripts_the_page_does_its_task(browser, served, session_of, sample_pages):
    context = browser.new_context(java_script_enabled=False, base_url=served)
    context.add_cookies([{"name": name, "value": value, "url": served} for name, value in session_of("").items()])
    page = context.new_page()
    page.goto("/sample/edit/")
    page.locator("#id_name").fill("Named without scripts")
    page.get_by_role("button", name="Save").click()
    page.locator("details.pop summary").last.click()
    assert page.get_by_role("button", name="Sign out").is_visible()
    assert Profile.objects.get().name == "Named without scripts"
    context.close()


def test_a_part_that_cannot_be_replaced_says_why_and_the_words_stay(signed_in, tenant):
    sample.Progress.looks = 0
    signed_in.goto("/sample/progress/")
    note = signed_in.locator("#swap-failed")
    signed_in.evaluate("htmx.ajax('GET', '/sample/shut/', {target: '#job-7'})")
    note.wait_for()
    assert "Only an approver may accept" in note.text_content()
