"""Nothing typed is lost: parked drafts, expired sessions, forms of an earlier sign-in, two people at one record."""

import datetime
import json
import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from core import clock, drafts
from core.models import Draft, Profile
from tests.makers import PASSWORD, actor_for, make_member

TYPED = {
    "name": "Helvia",
    "cause": "nobody wrote\nthis down",
    "classification": "Public",
    "who": ["m", "s"],
    "review": "31.3.20",
}


def ticket_of(html):
    return re.search(r'name="draft_ticket" value="([^"]+)"', html).group(1)


@pytest.fixture
def ticket(page):
    return ticket_of(page.get("/sample/edit/").content.decode())


def park(client, ticket, fields=None, **more):
    fields = json.dumps(fields if fields is not None else {"name": ["Half a title"], "who": ["m", "s"]})
    return client.post("/drafts/", {"ticket": ticket, "fields": fields, **more})


def test_a_draft_is_parked_and_says_when_in_the_zone_of_the_system(page, ticket):
    with clock.simulated(datetime.datetime(2026, 11, 23, 11, 3, tzinfo=datetime.UTC)):
        assert park(page, ticket).json() == {"told": "Saved 12:03"}


def test_a_draft_is_offered_and_restored_as_it_was_typed(page, ticket):
    park(page, ticket, {**{k: v if isinstance(v, list) else [v] for k, v in TYPED.items()}})
    assert "You have unsaved text from" in page.get("/sample/edit/").content.decode()
    restored = page.get("/sample/edit/?draft=1").content.decode()
    assert "nobody wrote\nthis down" in restored
    assert 'value="31.3.20"' in restored
    assert restored.count(" checked") >= 2
    assert "There is a problem" not in restored


def test_a_discarded_draft_is_gone(page, ticket):
    park(page, ticket)
    page.post("/drafts/discard/", {"ticket": ticket, "next": "/sample/edit/"})
    assert not Draft.objects.exists()


def test_saving_forgets_the_draft(page, ticket):
    park(page, ticket)
    assert page.post("/sample/edit/", {"name": "Named", "classification": "Public", "version": "1"}).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_is_unreadable_in_the_database(page, ticket):
    park(page, ticket, {"name": ["a secret finding"]})
    assert "secret" not in Draft.objects.get().fields


def test_passwords_and_tokens_are_never_parked(page, ticket):
    park(page, ticket, {"name": ["x"], "password": ["p"], "old_password1": ["p"], "csrfmiddlewaretoken": ["t"]})
    place = drafts.place_of(ticket)
    assert drafts.find(place).fields == {"name": ["x"]}


def test_nobody_parks_or_discards_for_somebody_else(page, ticket, tenant):
    other = Client()
    other.force_login(make_member(tenant, "contributor"))
    assert park(other, ticket).status_code == 400
    park(page, ticket)
    other.post("/drafts/discard/", {"ticket": ticket, "next": "/"})
    assert Draft.objects.count() == 1


@pytest.mark.parametrize("fields", ["[]", "{", '{"a": "b"}', '{"a": [1]}'])
def test_fields_that_are_no_fields_are_refused(page, ticket, fields):
    assert page.post("/drafts/", {"ticket": ticket, "fields": fields}).status_code == 400


def test_a_forged_ticket_is_refused(page):
    assert park(page, "forged").status_code == 400


def test_a_signed_out_autosave_says_so_and_keeps_what_is_typed_on(ticket, page):
    answer = park(Client(), ticket, {"name": ["Typed on"]})
    assert answer.status_code == 401
    assert "kept" in answer.json()["told"]
    assert drafts.find(drafts.place_of(ticket)).fields == {"name": ["Typed on"]}
    assert "kept" not in park(Client(), "forged").json()["told"]


def test_a_draft_over_256_kb_is_refused_and_says_so(page, ticket):
    answer = park(page, ticket, {"cause": ["x" * (drafts.LARGEST + 1)]})
    assert answer.status_code == 413
    assert "256 kB" in answer.json()["told"]


def test_a_draft_of_exactly_256_kb_is_kept(manager, tenant):
    place = drafts.Place.of(actor_for(manager, tenant), "f", "/x/")
    room = drafts.LARGEST - len(json.dumps({"a": [""]}))
    drafts.park(place, {"a": ["x" * room]})
    with pytest.raises(ValidationError):
        drafts.park(place, {"a": ["x" * (room + 1)]})


def test_drafts_end(manager, tenant):
    place = drafts.Place.of(actor_for(manager, tenant), "f", "/x/" + "y" * 100)
    drafts.park(place, {"a": ["b"]})
    with clock.simulated(clock.now() + drafts.KEPT + datetime.timedelta(seconds=1)):
        assert drafts.find(place) is None
        assert drafts.tidy() == 1


# Sessions that end -------------------------------------------------------------------------------------------------


def test_a_form_sent_after_the_session_ended_comes_back_after_sign_in_and_is_not_submitted(
    page, manager, ticket, tenant
):
    page.logout()
    answer = page.post("/sample/edit/", {**TYPED, "draft_ticket": ticket, "version": "1"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/sample/edit/%3Fdraft%3D1")
    assert "kept for one hour" in page.get(answer["Location"]).content.decode()
    signed_in = page.post(answer["Location"], {"login": manager.email, "password": PASSWORD})
    assert signed_in["Location"] == "/sample/edit/?draft=1"
    html = page.get(signed_in["Location"]).content.decode()
    assert "nobody wrote\nthis down" in html
    assert 'value="Helvia"' in html
    assert Profile.objects.get().name == "Sample Mutual"


def test_what_an_expired_session_posted_is_kept_for_one_hour_only(page, ticket):
    page.logout()
    page.post("/sample/edit/", {**TYPED, "draft_ticket": ticket})
    place = drafts.place_of(ticket)
    parked = clock.now()
    with clock.simulated(parked + datetime.timedelta(minutes=59)):
        assert drafts.find(place).from_expired_session
    with clock.simulated(parked + datetime.timedelta(minutes=61)):
        assert drafts.find(place) is None
        drafts.tidy()
    assert not Draft.objects.exists()


def test_another_person_who_signs_in_does_not_see_it(page, ticket, tenant):
    page.logout()
    page.post("/sample/edit/", {**TYPED, "draft_ticket": ticket})
    page.force_login(make_member(tenant, "manager", "administrator"))
    assert "nobody wrote" not in page.get("/sample/edit/?draft=1").content.decode()


def test_a_signed_out_post_without_a_ticket_parks_nothing(page):
    page.logout()
    assert page.post("/sample/edit/", TYPED).status_code == 302
    assert not Draft.objects.exists()


def test_a_form_of_an_earlier_sign_in_is_shown_again(page, manager, ticket, sample_pages):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager)
    answer = strict.post("/sample/edit/", {**TYPED, "draft_ticket": ticket, "csrfmiddlewaretoken": "stale"})
    assert answer["Location"] == "/sample/edit/?draft=1"
    assert "nobody wrote" in strict.get(answer["Location"]).content.decode()


def test_a_stale_token_without_a_ticket_is_refused_in_words(manager, sample_pages):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager)
    answer = strict.post("/sample/edit/", TYPED)
    assert answer.status_code == 403
    assert "open too long" in answer.content.decode()


# Two people --------------------------------------------------------------------------------------------------------


def test_the_second_to_save_sees_both_and_keeps_what_was_typed(page, sample_pages, tenant):
    version = Profile.objects.get().version
    other = Client()
    other.force_login(make_member(tenant, "manager", name="Manager Two"))
    other.post("/sample/edit/", {"name": "Theirs", "classification": "Public", "version": version})
    answer = page.post("/sample/edit/", {"name": "Ours", "classification": "Internal", "version": version})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Manager Two changed this since you opened it" in html
    assert "Theirs" in html
    assert 'value="Ours"' in html
    assert "Opportunity" in html
    assert f'name="version" value="{version + 1}"' in html
    again = page.post("/sample/edit/", {"name": "Ours", "classification": "Internal", "version": version + 1})
    assert again.status_code == 302
    assert Profile.objects.get().name == "Ours"


def test_a_part_of_a_page_asked_for_while_signed_out_leads_the_whole_page_to_sign_in(page):
    page.logout()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sample/parts/?level=high"}
    answer = page.get("/sample/progress/", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/accounts/login/?next=/sample/parts/"


def test_a_part_that_carries_a_form_keeps_what_was_typed_and_brings_it_back_after_sign_in(page, ticket):
    page.logout()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sample/edit/"}
    answer = page.post("/sample/edit/", {**TYPED, "draft_ticket": ticket}, headers=headers)
    assert answer["HX-Redirect"] == "/accounts/login/?next=/sample/edit/%3Fdraft%3D1"
    assert drafts.find(drafts.place_of(ticket)).fields["name"] == ["Helvia"]
