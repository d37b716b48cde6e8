"""Pages of the inventory show what was brought in, and say what is not known."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apis.models import Artefact, Endpoint, Service, WindowPack
from apis.services import Delivery, bring_description, bring_traffic, change_service
from core.models import Entry
from tests.apis.inventory.test_bringing import DESCRIPTION, delivery, line
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def person(tenant):
    return make_member(tenant, "manager", name="Ada Quell")


@pytest.fixture
def actor(tenant, person):
    return actor_for(person, tenant)


@pytest.fixture
def page(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def filled(actor):
    days = [line("/v1/files/1", at=f"2026-11-0{day}T10:00:00Z", user="ada", scheme="http") for day in (2, 4)]
    bring_traffic(actor=actor, delivery=delivery(*days, line("/v1/old"), line("/v1/secret"), "no call"))
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    return Service.objects.get()


def test_empty_registers_say_what_to_do_next(page):
    for address in ("services", "endpoints", "brought-in"):
        shown = page.get(f"/here/apis/{address}/").content.decode()
        assert "/here/apis/brought-in/new/" in shown and "Bring in" in shown


def test_a_service_shows_its_endpoints_what_traffic_tells_and_what_its_description_says(page, filled):
    shown = page.get(f"/here/apis/services/{filled.ref}/").content.decode()
    for words in ("GET /v1/files/{file}", "Described, never seen", "Undocumented", "Claims", "Calls a day", "13 ms"):
        assert words in shown, words
    assert page.get("/here/apis/services/API-99/").status_code == 404


def test_of_many_differences_some_are_named_and_the_register_has_all(page, actor, filled):
    words = [f"{first}{second}" for first in "amber birch cedar".split() for second in ("ton", "ville", "ham", "ford")]
    more = [line(f"/v1/{word}", method) for word in words for method in ("GET", "POST")]
    bring_traffic(actor=actor, delivery=delivery(*more, name="more"))
    shown = page.get(f"/here/apis/services/{filled.ref}/").content.decode()
    assert "and 5 more" in shown and "flag=only_called" in shown
    for flag, number in (("only_called", 25), ("only_described", 1), ("deprecated_called", 1)):
        rows = page.get(f"/here/apis/endpoints/?service={filled.ref}&flag={flag}").context["listing"]
        assert rows.total == number, flag


def test_what_is_not_known_is_said_and_not_shown_as_nothing(page, actor, tenant):
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    shown = page.get(f"/here/apis/services/{Service.objects.get().ref}/").content.decode()
    assert "That is not the same as: it is not called." in shown


def test_an_endpoint_shows_its_state_with_the_words_of_vendors(page, filled):
    for template, words in (("/v1/old", "Also called zombie"), ("/v1/files/{file}", "One file")):
        endpoint = Endpoint.objects.get(template=template)
        shown = page.get(f"/here/apis/endpoints/{endpoint.ref}/").content.decode()
        assert endpoint.line in shown
        assert words in shown or endpoint.state_on(endpoint.last_seen) != Endpoint.DEPRECATED
    assert page.get("/here/apis/endpoints/END-99/").status_code == 404


def test_a_path_that_was_replaced_leads_to_the_wider_one(page, actor):
    for part in (["a1", "b2"], [f"c{n}" for n in range(9)]):
        bring_traffic(actor=actor, delivery=delivery(*(line(f"/v1/files/{name}") for name in part)))
    old = Endpoint.objects.exclude(replaced_by=None).get()
    shown = page.get(f"/here/apis/endpoints/{old.ref}/").content.decode()
    assert "/v1/files/{file_id}" in shown and "Its calls and what they carried count there." in shown
    assert "That is not the same as" not in shown and "Silent" not in shown and "Also called" not in shown


def test_callers_that_are_not_known_any_more_are_not_told_as_none(page, actor):
    bring_traffic(actor=actor, delivery=delivery(line("/v1/files", user="ada")))
    url = f"/here/apis/endpoints/{Endpoint.objects.get().ref}/"
    assert "None is known of the latest days" not in page.get(url).content.decode()
    WindowPack.objects.update(detailed=False)
    assert "None is known of the latest days" in page.get(url).content.decode()


def test_what_was_brought_in_shows_what_could_not_be_read(page, filled):
    artefact = Artefact.objects.get(kind="traffic")
    shown = page.get(f"/here/apis/brought-in/{artefact.ref}/").content.decode()
    assert "4 of 5" in shown and "no call" in shown and artefact.sha256 in shown
    said = page.get(f"/here/apis/brought-in/{Artefact.objects.get(kind='description').ref}/").content.decode()
    assert "Operations" in said
    assert page.get("/here/apis/brought-in/ART-99/").status_code == 404


def test_a_file_is_brought_in_by_the_page(page, tenant, monkeypatch):
    assert page.get("/here/apis/brought-in/new/").status_code == 200
    file = SimpleUploadedFile("a.ndjson", line("/v1/x").encode())
    answer = page.post("/here/apis/brought-in/new/", {"file": file, "host": ""})
    assert answer.status_code == 302 and "/here/apis/brought-in/ART-1/" in answer["Location"]
    bad = page.post("/here/apis/brought-in/new/", {"file": SimpleUploadedFile("b.log", b"hello secret@example.org")})
    assert bad.status_code == 422 and "Lines of no format known here" in bad.content.decode()
    assert "secret@example.org" not in bad.content.decode()
    monkeypatch.setattr("apis.services.queued.AT_ONCE", 1)
    later = page.post("/here/apis/brought-in/new/", {"file": SimpleUploadedFile("c.ndjson", line("/v1/y").encode())})
    assert later.status_code == 302 and "/jobs/" in later["Location"]


def test_people_say_whose_a_service_is_and_two_at_once_are_told(page, filled, person, tenant):
    address = f"/here/apis/services/{filled.ref}/edit/"
    assert page.get(address).status_code == 200
    typed = {"name": "Claims API", "owner": str(person.pk), "environment": "production", "exposure": "external"}
    stale = page.post(address, {**typed, "version": filled.version - 1})
    assert stale.status_code == 409
    assert page.post(address, {**typed, "version": filled.version}).status_code == 302
    filled.refresh_from_db()
    assert (filled.name, filled.owner, filled.environment) == ("Claims API", person, "production")
    assert page.get("/here/apis/services/API-99/edit/").status_code == 404


def test_an_owner_who_left_stays_to_be_chosen(page, actor, filled, tenant):
    left = make_member(tenant, "contributor", name="Gone Away")
    change_service(actor=actor, service_id=filled.pk, owner=left)
    left.memberships.update(ended=True)
    assert "Gone Away" in page.get(f"/here/apis/services/{filled.ref}/edit/").content.decode()


def test_the_past_shows_the_endpoints_of_that_time(page, actor, tenant):
    bring_traffic(actor=actor, delivery=delivery(line("/v1/first")))
    moment = Entry.objects.filter(chain__management_system=tenant).order_by("-seq").first().at
    bring_traffic(actor=actor, delivery=delivery(line("/v1/second")))
    service = Service.objects.get()
    then = page.get(f"/here/apis/services/{service.ref}/", {"as_of": moment.isoformat()}).content.decode()
    assert "/v1/first" in then and "/v1/second" not in then
    listed = page.get("/here/apis/endpoints/", {"as_of": moment.isoformat(), "sort": "-calls"}).content.decode()
    assert "/v1/first" in listed and "/v1/second" not in listed
