"""The frame: policy headers, places, the look, a past moment, the switch between management systems."""

import datetime

import pytest
from django.test import Client

from core import clock, places
from core.actor import CONTRIBUTOR, EXTERNAL_AUDITOR, operator
from core.services.members import add_member
from tests.makers import make_management_system, make_member

pytestmark = pytest.mark.django_db
ADDRESSES = ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/nowhere/at/all/", "/sample/parts/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_carries_the_strict_policy(page, address):
    for client in (page, Client()):
        policy = client.get(address, follow=True)["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_only_places_whose_page_exists_are_shown(page):
    html = page.get("/sample/parts/").content.decode()
    assert "Not built yet" not in html
    assert '<a href="/sample/parts/" aria-current="true">Parts<span class="n">38</span></a>' in html
    assert '<a href="/sample/parts/" aria-current="page">Register</a>' in html


def test_the_place_above_the_page_is_marked_and_opens(page):
    html = page.get("/sample/edit/").content.decode()
    assert '<a href="/sample/edit/" aria-current="page">Form</a>' in html
    assert '<a href="/sample/parts/" aria-current="true">Parts' in html


def test_a_place_asks_for_its_permission(page, tenant, monkeypatch):
    monkeypatch.setattr(places.policy, "allows", lambda actor, name: name != "sample.secret")
    monkeypatch.setattr(places, "_places", [places.Place("ai", "Secret", "sample_parts", "sample.secret")])
    assert "Secret" not in page.get("/sample/parts/").content.decode()


def test_an_unknown_section_is_refused():
    with pytest.raises(ValueError, match="No section"):
        places.register(places.Place("nowhere", "X", "x"))


def test_a_place_registers_once(sample_pages):
    before = len(places.registered())
    places.register(places.registered()[0])
    assert len(places.registered()) == before


@pytest.mark.parametrize(("cookie", "shown"), [("dark", 'data-bs-theme="dark"'), ("light", 'data-bs-theme="light"')])
def test_the_chosen_look_is_in_the_first_byte(page, cookie, shown):
    page.cookies["theme"] = cookie
    assert shown in page.get("/sample/parts/").content.decode()[:200]


@pytest.mark.parametrize("cookie", ["system", "", '"><script>', "purple"])
def test_any_other_look_leaves_it_to_the_system(page, cookie):
    page.cookies["theme"] = cookie
    assert "data-bs-theme" not in page.get("/sample/parts/").content.decode()[:200]


def test_the_look_is_remembered_and_leads_back(page):
    answer = page.post("/me/look/", {"theme": "dark", "next": "/sample/edit/"})
    assert answer["Location"] == "/sample/edit/"
    assert answer.cookies["theme"].value == "dark"
    assert answer.cookies["theme"]["httponly"]


def test_the_look_leads_nowhere_else(page):
    assert page.post("/me/look/", {"theme": "x", "next": "https://evil.example/"})["Location"] == "/"


def test_a_signed_out_person_is_asked_to_sign_in_whatever_the_address(sample_pages, tenant):
    answers = [Client().get(f"/{slug}/parts/") for slug in ("sample", "no-such-system")]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [answer["Location"].split("?")[0] for answer in answers] == ["/accounts/login/"] * 2


def test_a_stranger_gets_404_that_says_nothing(sample_pages, tenant):
    stranger = Client()
    stranger.force_login(make_member(make_management_system(), CONTRIBUTOR))
    ours, nobodys = stranger.get("/sample/parts/"), stranger.get("/no-such-system/parts/")
    assert ours.status_code == nobodys.status_code == 404
    assert b"Sample Mutual" not in ours.content


def test_a_refusal_says_why_and_who_can_and_keeps_the_frame(page):
    answer = page.get("/sample/shut/")
    assert answer.status_code == 403
    html = answer.content.decode()
    assert "Only an approver may accept" in html
    assert "Approver One" in html
    assert answer["X-Request-Id"] in html
    assert 'id="places"' in html


def test_the_switch_shows_each_system_with_its_role(page, tenant, manager):
    other = make_management_system("other", name="Other Mutual")
    add_member(actor=operator(other.pk), person=manager, roles=[EXTERNAL_AUDITOR],
               valid_to=clock.now() + datetime.timedelta(days=9))  # fmt: skip
    html = page.get("/sample/parts/").content.decode()
    assert "Other Mutual" in html
    assert "external auditor" in html


def test_dates_stand_in_the_zone_of_the_management_system(page):
    assert "23 Nov 2026, 13:03 CET" in page.get("/sample/parts/").content.decode()


def test_a_past_moment_is_said_and_leads_back(page, tenant):
    moment = clock.now().isoformat()
    answer = page.get("/sample/parts/", {"as_of": moment, "level": "high"})
    html = answer.content.decode()
    assert "read only" in html
    assert 'href="/sample/parts/?level=high"' in html
    assert ">New<" not in html


@pytest.mark.parametrize("asked", ["yesterday", "1990-01-01", "2026-13-45"])
def test_a_moment_that_cannot_be_is_404(page, asked):
    assert page.get("/sample/parts/", {"as_of": asked}).status_code == 404


def test_a_form_cannot_be_opened_in_the_past(page):
    assert page.get("/sample/edit/", {"as_of": clock.now().isoformat()}).status_code == 404


def test_a_confirmation_asks_says_what_else_goes_and_acts(page):
    html = page.get("/sample/sure/").content.decode()
    assert "Two actions planned for it are deleted too." in html
    assert page.post("/sample/sure/")["Location"] == "../parts/"
