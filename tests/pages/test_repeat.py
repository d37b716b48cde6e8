"""A form sent twice does its work once; a form that lost its version overwrites nobody."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client

from core.models import ApiToken, Entry, Invitation, Profile
from core.pages import repeat
from risks.models import Risk
from tests.pages.conftest import browser

pytestmark = pytest.mark.django_db
DAY = (dt.date.today() + dt.timedelta(days=30)).strftime("%d.%m.%Y")  # noqa: DTZ011 (any day ahead)
TOKEN = {"name": "Nightly", "scopes": ["read"], "expires_on": DAY}
RISK = {"kind": "threat", "title": "Wrong advice", "step": "save"}


def shown(page, address):
    """The ticket of a form as it is shown."""
    return {"draft_ticket": re.search(r'name="draft_ticket" value="([^"]+)"', page.get(address).content.decode())[1]}


def test_a_form_sent_twice_does_its_work_once_and_leads_to_the_same_place(page):
    for address, data, model in (
        ("/sample/tokens/new/", TOKEN, ApiToken),
        ("/sample/people/invite/", {"email": "new@example.org", "roles": ["contributor"]}, Invitation),
        ("/sample/risks/new/", RISK, Risk),
    ):
        data = data | shown(page, address)
        first, second = page.post(address, data), page.post(address, data)
        assert first.status_code == second.status_code == 302
        assert second["Location"] == first["Location"]
        assert model.objects.count() == 1, address


def test_the_same_form_shown_anew_or_with_other_words_does_its_work_again(page):
    data = RISK
    ticket = shown(page, "/sample/risks/new/")
    page.post("/sample/risks/new/", data | ticket)
    page.post("/sample/risks/new/", {**data, "title": "Late advice"} | ticket)
    page.post("/sample/risks/new/", data | shown(page, "/sample/risks/new/"))
    assert sorted(Risk.objects.values_list("title", flat=True)) == ["Late advice", "Wrong advice", "Wrong advice"]


def test_what_failed_may_be_sent_again(page, monkeypatch):
    data = TOKEN | shown(page, "/sample/tokens/new/")
    monkeypatch.setattr("core.pages.settings.create_token", lambda **_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        page.post("/sample/tokens/new/", data)
    monkeypatch.undo()
    assert page.post("/sample/tokens/new/", data).status_code == 302
    assert ApiToken.objects.count() == 1


def test_while_the_first_sending_is_at_work_the_second_is_told_to_wait(page, monkeypatch):
    data = TOKEN | shown(page, "/sample/tokens/new/")
    monkeypatch.setattr(repeat, "WAITED_S", 0.1)
    monkeypatch.setattr(cache, "add", lambda key, *_rest: cache.set(key, repeat.UNDER_WAY))
    answer = page.post("/sample/tokens/new/", data)
    assert answer.status_code == 409 and "This is being saved already" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_sending_of_somebody_else_is_another_one(page, tenant, manager):
    data = TOKEN | shown(page, "/sample/tokens/new/")
    page.post("/sample/tokens/new/", data)
    other = browser(manager)
    other.cookies.clear()
    assert Client().post("/sample/tokens/new/", data).status_code == 302
    assert ApiToken.objects.count() == 1


def test_a_form_that_lost_its_version_shows_what_is_there_and_changes_nothing(page):
    before, entries = Profile.objects.get().name, Entry.objects.count()
    sent = {"name": "Renamed", "scope_statement": "All.", "time_zone": "UTC", "language": "en", "paper": "A4"}
    for version in ({}, {"version": ""}):
        answer = page.post("/sample/settings/edit/", sent | version)
        assert answer.status_code == 409
    assert (Profile.objects.get().name, Entry.objects.count()) == (before, entries)
