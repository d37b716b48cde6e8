import html
import re

import orjson
import pytest

from aims.models import AISystem
from apis import services
from apis.coverage import DESCRIBED, NOTHING, OLDER, TRAFFIC, shares
from apis.models import Endpoint
from core.scope import as_of, current
from evidence.models import Evidence
from tests.api.test_foundation import bearer
from tests.apis.evidence.makers import bring
from tests.apis.posture.makers import OPEN, make_description, make_service
from tests.apis.posture.test_doors import client_of
from tests.controls.makers import make_house
from tests.risks.makers import make_system

pytestmark = pytest.mark.django_db
CHAT = ("POST", "/v1/chat/completions", 200)


@pytest.fixture
def proven():
    house = make_house("north")
    house.service = make_description(make_service(house.tenant), {"/a": OPEN})
    house.system = make_system(house.tenant, name="Member chatbot")
    change = {"service_id": house.service.pk, "systems": [house.system]}
    house.service = services.change_service(actor=house.manager, **change)
    house.service = bring(house.manager, house.service, CHAT)
    house.item = Evidence.objects.get()
    house.client = client_of(house.manager)
    return house


def page(house, path, status=200, **params):
    answer = house.client.get(f"/north/{path}", params)
    assert answer.status_code == status, answer.content[:400]
    return answer.content.decode()


def test_the_overview_says_what_is_covered_first_and_leads_to_the_rows(proven):
    make_system(proven.tenant, name="Unknown to everybody")
    shown = page(proven, "apis/")
    assert "AI systems covered by evidence" in shown
    assert "Traffic of the last 32 days: 1 of 2 AI systems" in shown
    assert "state=in_scope&amp;flag=api_nothing" in shown
    assert "endpoints/?state=shadow" in shown and "findings/?state=open&amp;severity=high" in shown
    listed = page(proven, "systems/", flag="api_nothing", state="in_scope")
    assert "Unknown to everybody" in listed and ">Member chatbot<" not in listed
    assert "Member chatbot" in page(proven, "systems/", flag="api_traffic")


def test_an_empty_overview_teaches_three_ways_in():
    house = make_house("north")
    house.client = client_of(house.manager)
    shown = page(house, "apis/")
    assert "No API is known yet" in shown
    assert "manage.py traffic FILE --in north" in shown and "/api/v1/north/traffic/" in shown
    assert "Nothing was judged yet" in shown and "No AI system is in scope yet." in shown
    house.client = client_of(house.approver)
    assert "manage.py" not in page(house, "apis/")


def test_systems_are_covered_by_traffic_older_traffic_a_description_or_nothing(proven):
    old, said = make_service(proven.tenant, "Old"), make_service(proven.tenant, "Said")
    bring(proven.manager, old, CHAT)
    day = current(proven.tenant.pk).today.replace(year=2025)
    Endpoint.objects.filter(service=old).update(last_seen=day)
    make_description(said, {"/said": OPEN})
    for service in (old, said):
        system = make_system(proven.tenant, name=f"System of {service.name}")
        services.change_service(actor=proven.manager, service_id=service.pk, systems=[system])
    make_system(proven.tenant, name="Nothing known")
    out = make_system(proven.tenant, name="Left out")
    AISystem.objects.filter(pk=out.pk).update(state=AISystem.OUT_OF_SCOPE, state_reason="No AI")
    found = {one.code: (one.number, one.percent) for one in shares(current(proven.tenant.pk))}
    assert found == {TRAFFIC: (1, 25), OLDER: (1, 25), DESCRIBED: (1, 25), NOTHING: (1, 25)}
    assert "Older traffic only" in page(proven, "apis/")


def test_requirements_stand_with_state_and_evidence(proven):
    shown = page(proven, "apis/requirements/")
    assert shown.count("/apis/requirements/APR-") == 30
    only = page(proven, "apis/requirements/", state="no_data")
    assert "APR-27" in only and "APR-09" not in only
    one = page(proven, "apis/requirements/APR-09/")
    assert proven.item.ref in one and "Contradicted" in one and "A.9.4" in one
    assert "No run has looked at this yet" in page(proven, "apis/requirements/APR-27/")
    page(proven, "apis/requirements/APR-99/", 404)


def test_evidence_shows_what_was_looked_at_found_and_supported_and_keeps_its_versions(proven):
    bring(proven.manager, proven.service, CHAT, times=2, name="later.ndjson")
    shown = page(proven, f"evidence/{proven.item.ref}/")
    for words in ("What was looked at", "Lines understood", "Endpoints by state", "Posture", "What it speaks for",
                  "APR-09", "A.9.4", "Version 2 of 2", "later.ndjson"):  # fmt: skip
        assert words in shown
    earlier = page(proven, f"evidence/{proven.item.ref}/v1/")
    assert "This is an earlier version." in earlier and "later.ndjson" not in earlier
    answer = proven.client.get(f"/north/evidence/{proven.item.ref}/v1/download/")
    assert orjson.loads(answer.content)["looked_at"]["calls"] == 1
    assert f"north-{proven.item.ref}-v1.json" in answer["Content-Disposition"]
    page(proven, f"evidence/{proven.item.ref}/v9/", 404)
    page(proven, "evidence/EVD-99/", 404)
    assert proven.item.ref in page(proven, "evidence/")


def test_a_control_says_what_is_declared_and_what_is_observed(proven):
    shown = page(proven, "soa/A.9.4/")
    assert "Declared and observed" in shown and proven.item.ref in shown and "APR-09" in shown
    assert "Declared and observed" not in page(proven, "soa/A.5.5/")
    assert "Observed" in page(proven, "soa/list/")


def test_the_page_of_an_ai_system_shows_its_apis(proven):
    shown = page(proven, f"systems/{proven.system.ref}/")
    assert proven.service.ref in shown and proven.item.ref in shown
    other = make_system(proven.tenant, name="Other")
    assert "No API is known to serve it." in page(proven, f"systems/{other.ref}/")


def test_the_past_shows_the_evidence_of_then(proven):
    before = current(proven.tenant.pk).moment
    bring(proven.manager, proven.service, CHAT, times=2, name="later.ndjson")
    scope = as_of(proven.tenant.pk, before)
    assert Evidence.objects.of(scope).get().number == proven.item.number
    shown = page(proven, "apis/", as_of=before.isoformat())
    assert "AI systems covered by evidence" in shown


def test_the_interface_gives_evidence_versions_and_the_bytes_that_were_hashed(proven):
    api = bearer(proven.tenant)
    root = "/api/v1/north"
    [item] = api.get(f"{root}/evidence/").json()["items"]
    assert (item["ref"], item["number"], item["sha256"]) == (proven.item.ref, 1, proven.item.sha256)
    [version] = api.get(f"{root}/evidence/{item['id']}/versions/").json()["items"]
    content = api.get(f"{root}/evidence/{item['id']}/versions/1/")
    assert version["sha256"] == item["sha256"]
    assert content.json()["looked_at"]["calls"] == 1
    assert api.get(f"{root}/evidence/{item['id']}/versions/2/").status_code == 404
    assert api.get(f"{root}/evidence/none/versions/").status_code == 404
    told = {one["code"]: one for one in api.get(f"{root}/requirements/").json()["items"]}
    assert len(told) == 30
    assert told["APR-09"]["state"] == "contradicts"
    assert told["APR-09"]["evidence"][0]["evidence"] == item["id"]
    assert told["APR-27"] | {"state": "no_data", "observed_at": None, "evidence": []} == told["APR-27"]


EMPTY = {
    "apis/": "brought-in/new/", "apis/services/": "brought-in/new/", "apis/endpoints/": "brought-in/new/",
    "apis/unregistered/": "brought-in/new/", "apis/brought-in/": "brought-in/new/", "apis/exposure/": "brought-in/new/",
    "apis/posture/": "brought-in/new/", "apis/posture/findings/": "brought-in/new/", "apis/threats/": "brought-in/new/",
    "apis/posture/exemptions/": "apis/posture/findings/", "apis/threats/mutes/": "apis/threats/",
    "apis/field-maps/": "apis/field-maps/new/", "apis/requirements/APR-09/": "brought-in/new/",
    "evidence/": "brought-in/new/",
}  # fmt: skip


def test_each_empty_page_says_what_to_do_next_to_those_who_may():
    house = make_house("north")
    for who, may in ((house.manager, True), (house.approver, False)):
        house.client = client_of(who)
        for path, next_step in EMPTY.items():
            if path == "apis/field-maps/" and not may:
                continue
            body = page(house, path).partition("<main")[2].partition("</main>")[0]
            asks = next_step.endswith("new/")
            assert (f'{next_step}"' in body) == (may or not asks), (path, may)


def test_requirements_of_a_state_nobody_has_are_said_to_be_none(proven):
    shown = page(proven, "apis/requirements/", state="contradicts")
    assert ("No requirement stands like this." in shown) == ("APR-" not in shown.partition("<main")[2])
    house = make_house("south")
    answer = client_of(house.manager).get("/south/apis/requirements/", {"state": "contradicts"}).content.decode()
    assert "No requirement stands like this." in answer and "/south/apis/requirements/APR-09/" not in answer


def test_days_of_evidence_are_written_as_the_reader_writes_them(proven):
    shown = page(proven, f"evidence/{proven.item.ref}/")
    assert not re.search(r"<dd>\d{4}-\d\d-\d\d</dd>", shown)


def test_pages_beside_bring_in_are_found_below_it_in_the_navigation(proven):
    for path in ("apis/field-maps/", "apis/retention/", "apis/field-maps/new/"):
        side = page(proven, path)
        assert re.search(r'href="/north/apis/brought-in/"[^>]*aria-current="true"', side), path


def test_every_number_by_rule_leads_to_as_many_findings(proven):
    shown = page(proven, "apis/posture/").partition('id="h-rules"')[2]
    links = re.findall(r'class="fig" href="([^"]*state=open[^"]*)"[^>]*>(\d+)<', shown)
    assert links
    for url, number in links:
        listed = proven.client.get(html.unescape(url)).content.decode()
        assert len(set(re.findall(r">(FND-\d+)<", listed))) == int(number), url
