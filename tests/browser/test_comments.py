"""Comments in a real browser: names are suggested after @, taken by keys or a click, and what is half said waits."""

import pytest

from aims.services import register_system
from core.models import Draft, Mention
from tests.browser.test_shell import beside_the_loop, session_of
from tests.makers import actor_for, make_member
from tests.shell.conftest import manager, served, tenant

__all__ = ["beside_the_loop", "manager", "served", "session_of", "tenant"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def talk(browser, served, session_of, manager, tenant):
    """The page of a system in the manager's browser, with three people who can be named."""
    for name in ("Anna Berg", "Bernd Anders", "Carla Noe"):
        make_member(tenant, "contributor", name=name)
    register_system(actor=actor_for(manager, tenant), name="Chatbot")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=served)
    context.add_cookies([{"name": name, "value": value, "url": served} for name, value in session_of("").items()])
    page = context.new_page()
    page.goto("/sample/systems/SYS-1/")
    yield page
    context.close()


def test_names_are_suggested_by_the_beginning_of_their_words_and_taken_by_keys(talk):
    box, list_ = talk.locator("#say-text"), talk.get_by_role("listbox")
    box.press_sequentially("Is this so, @an")
    assert list_.locator("li").all_text_contents() == ["Anna Berg", "Bernd Anders"]
    assert box.get_attribute("aria-activedescendant") == "say-text-list-0"
    box.press("ArrowDown")
    box.press("Enter")
    assert box.input_value() == "Is this so, @Bernd Anders "
    assert not list_.is_visible()
    box.press_sequentially("and @c")
    box.press("Escape")
    assert not list_.is_visible()
    box.press_sequentially("a")
    list_.get_by_text("Carla Noe").click()
    talk.get_by_role("button", name="Add comment").click()
    talk.locator(".thread").wait_for()
    assert talk.locator(".called").all_text_contents() == ["@Bernd Anders", "@Carla Noe"]
    assert Mention.objects.count() == 2


def test_what_is_half_said_waits_in_the_box(talk):
    talk.locator("#say-text").fill("Before the meeting I would")
    talk.get_by_text("Saved ", exact=False).wait_for()
    assert Draft.objects.count() == 1
    talk.reload()
    assert talk.locator("#say-text").input_value() == "Before the meeting I would"
    talk.get_by_role("button", name="Add comment").click()
    talk.locator(".thread").wait_for()
    assert talk.locator("#say-text").input_value() == ""
    assert not Draft.objects.exists()
