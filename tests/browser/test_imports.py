"""A list comes in by the wizard in a real browser; its scripts count what identifies a row as it is chosen."""

import pytest

from aims.models import AISystem
from core import jobs
from tests.browser.test_shell import beside_the_loop, session_of
from tests.shell.conftest import manager, served, tenant

__all__ = ["beside_the_loop", "manager", "served", "session_of", "tenant"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db]
LIST = "Systemname;Abteilung;Hersteller;Status;Farbe\nLotse;Pflege;Acme;In Betrieb;rot\nLotse;Pflege;Bolt;Halb;blau\n"


@pytest.fixture
def opened(browser, served, session_of):
    """A page in which the manager is signed in."""
    context = browser.new_context(base_url=served, viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": served} for name, value in session_of("").items()])
    yield context.new_page()
    context.close()


def test_a_list_is_mapped_counted_written_and_undone(opened):
    opened.goto("/sample/systems/import/")
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": LIST.encode("cp1252")}
    opened.locator("input[type=file]").set_input_files(file)
    opened.get_by_role("button", name="Look at the file").click()
    opened.get_by_role("button", name="Continue").click()
    opened.get_by_role("button", name="Leave them out").click()
    assert opened.get_by_text("Every column is decided.").is_visible()
    opened.get_by_role("button", name="Continue").click()
    opened.get_by_label("Halb", exact=True).select_option(label="Design and development")
    opened.get_by_role("button", name="Continue").click()
    assert opened.get_by_text("Rows that collide").first.is_visible()
    opened.get_by_label("Hersteller").check()
    opened.locator("#identity", has_text="Systemname + Abteilung + Hersteller").wait_for()
    assert not opened.get_by_text("Rows that collide").count()
    opened.get_by_role("button", name="Continue").click()
    assert opened.get_by_text("Nothing is written yet").is_visible() and not AISystem.objects.exists()
    opened.get_by_role("button", name="Write 2 rows").click()
    opened.get_by_role("heading", name="Import of liste.csv").wait_for()
    jobs.run_waiting()
    opened.reload()
    assert sorted(AISystem.objects.values_list("name", "supplier", "stage")) == [
        ("Lotse", "Acme", "OM"), ("Lotse", "Bolt", "DD"),
    ]  # fmt: skip
    opened.get_by_role("link", name="Undo the import").click()
    opened.get_by_role("button", name="Undo the import").click()
    opened.get_by_role("heading", name="Undo of").wait_for()
    jobs.run_waiting()
    assert not AISystem.objects.exists()
