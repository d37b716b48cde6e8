"""No page says a word of raw English: each visible text went through gettext or is data."""

import pytest
from django.test import Client

from core import jobs
from tests.pages.conftest import browser
from tests.pseudo.place import SLUG, make_place
from tests.pseudo.speech import LANGUAGE, raw, spoken
from tests.security.crawl import forms, pages
from tests.security.test_hostile_and_tired import ASIDE, sent

pytestmark = pytest.mark.django_db
DOORS = (
    "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/",
    "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/reauthenticate/",
    "/accounts/logout/", "/accounts/2fa/totp/activate/", "/", "/management-systems/?all=1", "/nowhere/at/all/",
)  # fmt: skip


class Listening:
    """A browser that remembers what each page said."""

    def __init__(self, client):
        self.client, self.said = client, {}

    def get(self, path):
        answer = self.client.get(path)
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
            self.said[path] = answer.content.decode()
        return answer


@pytest.fixture
def place():
    with spoken():
        yield make_place()


def found_raw(said):
    """Raw texts → the first page that says them."""
    found = {}
    for path, html in said.items():
        for text in raw(html):
            found.setdefault(text[:120], path)
    return found


@pytest.mark.parametrize("role", ["manager", "approver", "auditor"])
def test_every_page_speaks_the_language_of_the_reader(place, role):
    jobs.run_waiting()
    listening = Listening(browser(place[role]))
    found, dead = pages(listening, f"/{SLUG}/", f"/{SLUG}/", parameters=role == "manager")
    assert dead == [] and len(found) > 20
    assert found_raw(listening.said) == {}


def test_forms_say_in_the_language_of_the_reader_what_is_wrong(place):
    client, said = browser(place["manager"]), {}
    found, _dead = pages(client, f"/{SLUG}/", f"/{SLUG}/", parameters=False)
    for route, form in forms(found):
        if route not in ASIDE:
            values = {name: "" for name in form.values if name not in {"version", "shown"}}
            for typed in (values, {**form.values, **dict.fromkeys(form.texts, "31 02 2026")}):
                answer, _fault = sent(client, form, {**typed, **dict(form.buttons[:1])})
                if answer.get("Content-Type", "").startswith("text/html"):
                    said[f"{route} {answer.status_code}"] = answer.content.decode().replace("31 02 2026", "")
    assert len(said) > 20
    assert found_raw(said) == {}


def test_the_doors_speak_the_language_of_the_browser_and_of_the_person(place):
    said = {}
    for client in (Client(headers={"accept-language": LANGUAGE}), browser(place["manager"])):
        client.cookies["language"] = LANGUAGE
        for address in DOORS:
            said[address] = client.get(address, follow=True).content.decode()
        said["wrong"] = client.post("/accounts/login/", {"login": "x@example.org", "password": "x"}).content.decode()
    assert found_raw(said) == {}
