"""What data exposure and threats add to evidence and overview."""

import json

import pytest

from apis import services
from apis.evidence_records import CONTRADICTS, IN_LINE
from apis.models import Service, ThreatSignal
from apis.overview import cards
from apis.services import Delivery
from core import clock
from core.change import change
from core.scope import current
from evidence.models import EvidenceVersion
from tests.apis.evidence.makers import bring

pytestmark = pytest.mark.django_db
CHAT = ("POST", "/v1/chat/completions", 200)


def drawn(house, code):
    card = next(one for one in cards() if one.code == code)
    return card.draw(current(house.tenant.pk), "north")


def proxied(house, text):
    at = clock.now().isoformat()
    line = {"call_type": "completion", "model": "m-1", "api_base": "https://models.example.org/v1", "startTime": at,
            "endTime": at, "messages": [{"role": "user", "content": text}]}  # fmt: skip
    services.bring(actor=house.manager, delivery=Delivery(json.dumps(line).encode() + b"\n", "spend.ndjson"))
    return Service.objects.get(host="models.example.org")


def test_nothing_looked_at_draws_nothing(house):
    assert drawn(house, "exposure") is None
    assert drawn(house, "threats") is None


def test_classes_that_reach_a_model_stand_in_evidence_and_overview_without_values(house):
    proxied(house, "Write to anna.beispiel@example.org, please.")
    content = EvidenceVersion.objects.latest("number").content
    assert content["exposure"]["bodies_looked_at"]["requests"] == 1
    assert content["exposure"]["classes"]["email"]["flows_to_models"] == 1
    assert content["requirements"]["APR-13"]["judged"] >= 1
    assert "anna.beispiel" not in json.dumps(content)
    [bar] = drawn(house, "exposure").bars
    assert bar.number == 1 and "rule=aims%3Aexposure%3Aemail-to-model" in bar.url


def test_bodies_without_sensitive_data_are_said_to_be_so(house):
    proxied(house, "Translate this leaflet.")
    found = drawn(house, "exposure")
    assert not found.bars and "No sensitive data" in found.note


def test_confirmed_signals_contradict_what_their_detectors_watch(house):
    service = bring(house.manager, house.service, CHAT)
    assert EvidenceVersion.objects.get().content["requirements"]["APR-17"]["state"] == IN_LINE
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    with change(house.manager, "test.signal") as unit:
        unit.save(
            ThreatSignal(service=service, detector="scanning", consumer="address:1", severity="high", worst_hour=now,
                         first_hour=now, last_hour=now, state=ThreatSignal.CONFIRMED)
        )  # fmt: skip
    services.prove(actor=house.manager, service=service)
    content = EvidenceVersion.objects.latest("number").content
    assert content["threats"]["states"]["confirmed"] == 1
    told = content["requirements"]["APR-17"]
    assert (told["state"], told["worst"]) == (CONTRADICTS, "high")
    assert {bar.label: bar.number for bar in drawn(house, "threats").bars if bar.number} != {}
