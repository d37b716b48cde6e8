"""Pages that decide about the inventory in a real browser: both widths, both themes; a look keeps the chosen file."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from aims.services.systems import register_system
from apis import services
from apis.models import Endpoint, Service
from apis.services import Delivery
from core.models import Person
from tests import shots
from tests.apis.inventory.test_bringing import DESCRIPTION, HOST, delivery, line
from tests.apis.posture.conftest import house
from tests.apis.posture.test_browser import chromium
from tests.shell.conftest import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FOLDER = os.environ.get("INVENTORY_SHOTS")
__all__ = ["chromium", "house", "served"]


@pytest.fixture
def filled(house):
    """A described service that is called, AI work nobody registered, a field map."""
    actor = house.manager
    register_system(actor=actor, name="Claims triage")
    paths = [*(f"/v1/files/{n}" for n in range(4)), "/v1/shops/berlin", "/v1/shops/paris", "/v1/old"]
    lines = [line(path) for path in paths]
    for host in ("triage.example.org", "api.anthropic.com"):
        lines += [line("/v1/chat/completions", "POST", host=host), line("/v1/embeddings", "POST", host=host)]
    lines += [line(f"/{'about'.join('abcdefghijklmnop')}/of/{'quite-long-names'.join('xyz')}")]
    lines += [f"no call{'-at-all' * 20}"]
    services.bring(actor=actor, delivery=delivery(*lines))
    services.bring(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    services.save_field_map(actor=actor, name="Gateway", fields={"method": "verb", "path": "where"})
    return house


def test_pages_that_decide_hold_at_both_widths_and_themes(chromium, served, filled):
    client = Client()
    client.force_login(Person.objects.get(pk=filled.manager.person_id))
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    shop = Endpoint.objects.get(template="/v1/shops/paris")
    paths = {
        "bring": "brought-in/new/", "unregistered": "unregistered/", "maps": "field-maps/", "map": "field-maps/MAP-1/",
        "artefact": "brought-in/ART-1/",
        "path": f"endpoints/{shop.ref}/path/", "service": f"services/{Service.objects.get(host=HOST).ref}/",
    }  # fmt: skip
    wanted = [shots.Shot(f"apis-{name}", f"/north/apis/{path}", "manager") for name, path in paths.items()]
    found = shots.walk(chromium, served, wanted, lambda _who: cookies, Path(FOLDER) if FOLDER else None)
    bad = [f"{one.shot} {one.width} {one.theme}: {problem}" for one in found for problem in one.problems]
    assert not bad, "\n".join(bad)


def test_a_look_in_the_browser_keeps_the_chosen_file(chromium, served, filled):
    client = Client()
    client.force_login(Person.objects.get(pk=filled.manager.person_id))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context()
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": served}])
    page = context.new_page()
    page.goto(f"{served}/north/apis/brought-in/new/")
    content = f"{line('/v1/new/7')}\n".encode()
    page.set_input_files("input[type=file]", {"name": "new.ndjson", "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Only look").click()
    page.get_by_text("1 of 1").wait_for()
    assert page.evaluate("document.querySelector('input[type=file]').files.length") == 1
    if FOLDER:
        page.screenshot(path=f"{FOLDER}/look.png", full_page=True)
    page.get_by_role("button", name="Bring in", exact=True).click()
    page.wait_for_url("**/brought-in/ART-*/")
    context.close()


def drop(page, files, target="main"):
    """Drop files (name → text) on a part of the page."""
    script = """files => { const all = new DataTransfer();
        for (const [name, text] of Object.entries(files)) all.items.add(new File([text], name));
        return all; }"""
    carried = page.evaluate_handle(script, files)
    for event in ("dragenter", "dragover"):
        page.dispatch_event(target, event, {"dataTransfer": carried})
    assert page.locator("#drop").is_visible()
    if FOLDER:
        page.screenshot(path=f"{FOLDER}/drop-{page.viewport_size['width']}.png")
    page.dispatch_event(target, "drop", {"dataTransfer": carried})
    assert not page.locator("#drop").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_files_dropped_anywhere_are_sent_one_by_one_each_with_its_state(chromium, served, filled, width, scheme):
    client = Client()
    client.force_login(Person.objects.get(pk=filled.manager.person_id))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": served}])
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text) if told.type == "error" else None)
    page.goto(f"{served}/north/apis/brought-in/new/")
    assert not page.locator("#files").is_visible()
    drop(page, {"one.ndjson": f"{line('/v1/new/7')}\n", "two.log": "nonsense\n"})
    drop(page, {"three.ndjson": f"{line('/v1/newer/7')}\n", "four.ndjson": f"{line('/v1/more')}\n"}, "h1")
    assert page.locator("#files li").count() == 4
    page.get_by_role("button", name="Remove four.ndjson").click()
    assert page.locator("#files li").count() == 3
    assert page.evaluate("document.querySelector('input[type=file]').files.length") == 3
    if FOLDER:
        page.screenshot(path=f"{FOLDER}/dropped-{width}.png", full_page=True)
    page.get_by_role("button", name="Bring in", exact=True).click()
    page.get_by_role("link", name="See all that was brought in").wait_for()
    told = page.locator("#files li").all_inner_texts()
    assert "ART-" in told[0] and "no format" in told[1] and "ART-" in told[2]
    assert Endpoint.objects.filter(template="/v1/newer/{newer_id}").exists()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") and not refused
    if FOLDER:
        page.screenshot(path=f"{FOLDER}/brought-{width}.png", full_page=True)
    context.close()


def test_without_scripts_the_browsers_own_control_brings_in(chromium, served, filled):
    client = Client()
    client.force_login(Person.objects.get(pk=filled.manager.person_id))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": served}])
    page = context.new_page()
    page.goto(f"{served}/north/apis/brought-in/new/")
    content = f"{line('/v1/plain')}\n".encode()
    page.set_input_files("input[type=file]", {"name": "plain.ndjson", "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Bring in", exact=True).click()
    page.wait_for_url("**/brought-in/ART-*/")
    context.close()
