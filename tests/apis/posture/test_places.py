"""Where a finding is: stable words in the database, the reader's words on pages, English for tools."""

import datetime

import pytest
from django.test import Client
from django.utils import translation

from apis import services
from apis.checks import open_to_anybody
from apis.findings import Finding
from apis.posture import places
from apis.posture.engine import judge
from apis.posture.sarif import sarif
from apis.services import Delivery
from core import clock
from core.checks import Finding as Told
from core.checks import registered, sentence
from core.models import Person
from core.services.tokens import create_token
from tests.apis.posture.samples import OLD, WORST, described
from tests.apis.posture.test_output import shown

GERMAN = {
    "scheme ApiKey": "Anmeldeweg ApiKey",
    "server http://a.example": "Server http://a.example",
    "schema File": "Schema File",
    "traffic": "Verkehr",
    "GET /v1/files query limit": "GET /v1/files, Abfrageparameter limit",
    "GET /v1/{id} path id": "GET /v1/{id}, Pfadparameter id",
    "GET /v1 header X-Key": "GET /v1, Kopfzeile X-Key",
    "GET /v1 cookie sid": "GET /v1, Cookie sid",
    "POST /v1 formData file": "POST /v1, Formularfeld file",
    "POST /v1 body body": "POST /v1, Inhalt body",
    "POST /v1, request application/json": "POST /v1, Anfrage application/json",
    "POST /v1, answer text/plain": "POST /v1, Antwort text/plain",
}


@pytest.mark.parametrize(("place", "said"), GERMAN.items())
def test_a_place_is_said_in_the_language_of_the_reader(place, said):
    assert places.say(place) == place
    with translation.override("de"):
        assert places.say(place) == said


@pytest.mark.parametrize("place", ["", "GET /v1/files", "POST api.example.com/v1/chat", "POST /v1/chat → gpt-4o", "x"])
def test_a_place_without_words_reads_the_same_everywhere(place):
    with translation.override("de"):
        assert places.say(place) == place


def test_no_place_of_a_description_stays_english_and_none_loses_its_words_in_english():
    found = {one.place for text in (WORST, OLD) for one in judge("S", described(text)).findings}
    assert [one for one in found if places.say(one) != one] == []
    with translation.override("de"):
        left = [one for one in found if " " in one.partition(" /")[2] or not one.partition(" /")[2]]
        assert [one for one in left if one and places.say(one) == one and not one.startswith("server ")] == []


def test_sarif_is_english_whoever_asks():
    found = shown(WORST)
    english = sarif(found)
    with translation.override("de"):
        assert sarif(iter(found)) == english


@pytest.mark.django_db
def test_a_reader_in_german_reads_where_on_every_page_and_programs_read_it_as_before(house, client):
    services.bring(actor=house.manager, delivery=Delivery(WORST.encode(), "worst.yaml", "worst.example.org"))
    finding = Finding.objects.filter(place__startswith="scheme ").first()
    name = finding.place.removeprefix("scheme ")
    person = Person.objects.get(pk=house.manager.person_id)
    person.language = "de"
    person.save(update_fields=["language"])
    client.force_login(person)
    base = "/north/apis/posture/findings/"
    for address in (f"{base}{finding.ref}/", f"{base}?q=scheme", f"{base}?export=csv&q=scheme"):
        page = client.get(address).content.decode()
        assert f"Anmeldeweg {name}" in page, address
        assert f"scheme {name}" not in page, address
    until = clock.now() + datetime.timedelta(days=1)
    _token, secret = create_token(actor=house.manager, name="Pipeline", scopes=["read"], expires_at=until)
    program = Client(headers={"Authorization": f"Bearer {secret}", "Accept-Language": "de"})
    told = program.get(f"/api/v1/north/posture-findings/{finding.pk}/").json()
    assert told["place"] == f"scheme {name}"


def test_the_check_says_where_in_the_language_of_the_reader():
    check = next(one for one in registered() if one.function is open_to_anybody)
    told = Told(None, "open", {"ref": "FND-1", "place": "schema File"}, check)
    with translation.override("de"):
        assert "Schema File" in sentence(told)
