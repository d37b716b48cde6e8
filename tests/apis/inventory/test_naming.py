"""People name paths, and what comes in later respects it; the inventory is told to others."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from aims.models import AISystem
from aims.services.systems import change_system, register_system
from apis.descriptions.observed import Observed, openapi_of
from apis.models import Endpoint, EndpointTraffic, Service
from apis.queries_of_inventory import differences, observed_description, proposals, suggested, suppliers
from apis.services import Delivery, bring_description, bring_traffic, claim_service, effect_of, name_path
from core.errors import Forbidden
from core.scope import current
from tests.apis.inventory.test_bringing import AT, DESCRIPTION, HOST, actor, delivery, endpoints, line, tenant
from tests.apis.posture.makers import make_service
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["actor", "tenant"]
WORK = (
    "/v1/chat/completions", "/v1/embeddings", "/v1/images/generations", "/v1/moderations", "/v1/audio/speech",
    "/v1/fine_tuning/jobs", "/v1/vector_stores", "/v1/messages",
)  # fmt: skip


def bring(actor, *paths, **more):
    """Calls to paths, each once."""
    return bring_traffic(actor=actor, delivery=delivery(*(line(path, **more) for path in paths)))


def the(template):
    """The endpoint of a path."""
    return Endpoint.objects.get(template=template)


def test_a_path_is_renamed_and_later_batches_keep_the_name(tenant, actor):
    bring(actor, "/v1/files/1", "/v1/files/2")
    before = the("/v1/files/{file_id}")
    assert effect_of(before, "v1/files/{document}/").kind == "rename"
    named = name_path(actor=actor, endpoint_id=before.pk, template="v1/files/{document}/", reason="Ours")
    assert (named.pk, named.template, named.pinned) == (before.pk, "/v1/files/{document}", True)
    bring(actor, "/v1/files/3", "/v1/files/7")
    assert endpoints(tenant) == {"GET /v1/files/{document}": 4}
    assert effect_of(named, named.template).kind == "pin"


def test_endpoints_are_merged_and_their_calls_added_up(tenant, actor):
    bring(actor, "/v1/shops/berlin", "/v1/shops/paris", "/v1/shops/rome/items", "/v1/cafes/rome")
    effect = effect_of(the("/v1/shops/berlin"), "/v1/shops/{shop}")
    assert (effect.kind, [one.template for one in effect.joined], effect.calls) == ("merge", ["/v1/shops/paris"], 2)
    named = name_path(actor=actor, endpoint_id=the("/v1/shops/paris").pk, template="/v1/shops/{shop}")
    assert the("/v1/shops/berlin").replaced_by == named
    bring(actor, "/v1/shops/oslo")
    told = endpoints(tenant)
    assert told["GET /v1/shops/{shop}"] == 3 and told["GET /v1/cafes/rome"] == 1 and len(told) == 3
    with pytest.raises(ValidationError, match="replaced"):
        effect_of(the("/v1/shops/berlin"), "/v1/shops/{x}")


def test_an_endpoint_joins_the_described_one_it_belongs_to(tenant, actor):
    bring(actor, "/v1/files/alpha")
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    bring(actor, "/v1/things/alpha", "/v1/things/beta")
    pinned = name_path(actor=actor, endpoint_id=the("/v1/things/alpha").pk, template="/v1/things/alpha")
    joined = name_path(actor=actor, endpoint_id=the("/v1/things/beta").pk, template="/v1/things/{thing}")
    assert {pinned.template, joined.template} <= {one.template for one in Endpoint.objects.current()}
    assert [one.ref for one in effect_of(joined, "/v1/things/{thing}").kept] == [pinned.ref]
    described = the("/v1/files/{file}")
    with pytest.raises(ValidationError, match="description"):
        effect_of(described, "/v1/files/{x}")
    with pytest.raises(ValidationError, match="already"):
        effect_of(pinned, "/v1/things/{other}")
    again = name_path(actor=actor, endpoint_id=pinned.pk, template="/v1/things/{thing}")
    assert again.pk == joined.pk and endpoints(tenant)["GET /v1/things/{thing}"] == 2


def test_a_part_is_taken_out_with_its_calls(tenant, actor):
    bring(actor, *(f"/v1/users/{n}" for n in range(4)), "/v1/users/me")
    whole = the("/v1/users/{user_id}")
    name_path(actor=actor, endpoint_id=whole.pk, template="/v1/users/{user_id}")
    if not Endpoint.objects.current().filter(template="/v1/users/me").exists():
        assert effect_of(whole, "/v1/users/me").calls == 1
    bring(actor, "/v1/users/you")
    whole.refresh_from_db()
    assert endpoints(tenant)["GET /v1/users/{user_id}"] >= 5
    before = endpoints(tenant)["GET /v1/users/{user_id}"]
    made = name_path(actor=actor, endpoint_id=whole.pk, template="/v1/users/you")
    assert made.pinned and made.last_seen == whole.last_seen and made.pk != whole.pk
    bring(actor, "/v1/users/you", status=201)
    assert endpoints(tenant)["GET /v1/users/you"] == 2
    assert endpoints(tenant)["GET /v1/users/{user_id}"] == before - 1
    with pytest.raises(ValidationError, match="Another endpoint"):
        effect_of(whole, "/v1/users/you")
    with pytest.raises(ValidationError, match="No call"):
        effect_of(whole, "/v1/users/they")
    EndpointTraffic.objects.all().delete()


@pytest.mark.parametrize("path", ["/a b", "/a/{", "/a/{x}/{x}", "/a?b=1", f"/{'a' * 2001}", "/a/{1}"])
def test_what_is_no_path_is_refused(tenant, actor, path):
    bring(actor, "/a/1")
    with pytest.raises(ValidationError):
        effect_of(the("/a/{a_id}"), path)


def test_another_path_is_refused_and_only_who_may_names_one(tenant, actor):
    bring(actor, "/a/1")
    with pytest.raises(ValidationError, match="does not cover"):
        effect_of(the("/a/{a_id}"), "/b/{b_id}")
    with pytest.raises(Forbidden):
        name_path(
            actor=actor_for(make_member(tenant, "contributor"), tenant), endpoint_id=the("/a/{a_id}").pk, template="/a"
        )


def test_what_was_seen_is_written_as_a_description(tenant, actor):
    bring(actor, "/v1/files/1", "/v1/files/2", status=404)
    found = observed_description(current(tenant.pk), Service.objects.get())
    operation = found["paths"]["/v1/files/{file_id}"]["get"]
    assert found["openapi"] == "3.1.0" and found["servers"] == [{"url": f"https://{HOST}"}]
    assert operation["responses"] == {"404": {"description": "Not Found"}} and operation["x-calls"] == 2
    assert found["paths"]["/v1/files/{file_id}"]["parameters"][0]["name"] == "file_id"
    day = AT.date()
    odd = [
        Observed("PROPFIND", "/a", day, day, 3), Observed("GET", "/a/{x}", day, day, 1, {0: 1, 599: 1}, "A", True),
        Observed("PUT", "/a/{y}", day, day),
    ]  # fmt: skip
    found = openapi_of("A", "", odd, day)
    assert found["x-other-methods"] == [{"method": "PROPFIND", "path": "/a", "calls": 3}]
    assert list(found["paths"]) == ["/a/{x}"] and set(found["paths"]["/a/{x}"]) == {"parameters", "get", "put"}
    assert found["paths"]["/a/{x}"]["put"]["responses"] == {"default": {"description": "The log tells no status"}}
    assert found["paths"]["/a/{x}"]["get"]["responses"]["599"] == {"description": "Seen"}


def test_the_command_lists_the_inventory(tenant, actor, capsys):
    call_command("endpoints", "--in", "here")
    assert "Nothing was brought in" in capsys.readouterr().out
    make_service(tenant)
    call_command("endpoints", "--in", "here")
    assert "No endpoint was found" in capsys.readouterr().out
    bring(actor, "/v1/chat/completions", "/v1/files/1", method="POST")
    call_command("endpoints", "--in", "here", "--format", "json")
    rows = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["calls"], one["ai_kind"]) for one in rows] == [
        ("/v1/chat/completions", 1, "chat"), ("/v1/files/{file_id}", 1, "files"),
    ]  # fmt: skip
    call_command("endpoints", "--in", "here")
    out = capsys.readouterr().out.splitlines()
    assert out[0].split()[:4] == ["ref", "host", "method", "path"] and len(out) == 3


def test_ai_work_without_an_ai_system_is_proposed_until_a_person_decides(tenant, actor):
    bring(actor, "/v1/chat/completions", host="triage.example.org")
    bring(actor, "/v1/messages", host="api.anthropic.com")
    bring(actor, "/orders", host="shop.example.org")
    scope = current(tenant.pk)
    assert [(one.service.host, one.suggested) for one in proposals(scope)] == [
        ("api.anthropic.com", None), ("triage.example.org", None),
    ]  # fmt: skip
    person = make_member(tenant, "contributor")
    triage = register_system(actor=actor, name="Claims triage assistant", owner=person)
    found = {one.service.host: one for one in proposals(scope)}["triage.example.org"]
    assert found.suggested == triage
    assert claim_service(actor=actor, service_id=found.service.pk, system=triage) == triage
    assert Service.objects.get(host="triage.example.org").owner == person
    (left,) = proposals(scope)
    made = claim_service(actor=actor, service_id=left.service.pk, system=None)
    assert (made.state, made.supplier) == (AISystem.TO_SCREEN, "Anthropic") and not proposals(scope)
    with pytest.raises(ValidationError):
        claim_service(actor=actor, service_id=left.service.pk, system=None)
    with pytest.raises(Forbidden):
        claim_service(actor=actor_for(person, tenant), service_id=left.service.pk, system=triage)
    (one,) = suppliers(scope)
    assert (one.name, one.named, one.systems) == ("Anthropic", True, (made.ref,))
    change_system(actor=actor, system_id=made.pk, supplier="")
    assert not suppliers(scope)[0].named


def test_no_system_is_suggested_where_two_fit_as_well():
    one, other = AISystem(name="Fraud scoring"), AISystem(name="Fraud alerts")
    assert suggested([one, other], ["fraud.example.org"]) is None
    assert suggested([one, other], ["fraud.example.org", "/v1/scoring"]) is one
    assert suggested([], ["a"]) is None


def test_differences_are_told_only_where_both_sides_are_known(tenant, actor):
    bring(actor, "/v1/files/1", "/v1/old", "/v1/other")
    service = Service.objects.get()
    assert differences(service, Endpoint.objects.current()) is None
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    service.refresh_from_db()
    found = differences(service, Endpoint.objects.current())
    assert [one.template for one in found.only_seen] == ["/v1/other"]
    assert [one.template for one in found.only_described] == ["/v1/never"]
    assert [one.template for one in found.deprecated_called] == ["/v1/old"] and found.agree == 1


@pytest.fixture
def manager(client, tenant):
    person = make_member(tenant, "manager")
    client.force_login(person)
    return client


def test_the_page_shows_what_a_name_does_before_it_is_done(manager, tenant, actor):
    bring(actor, "/v1/shops/berlin", "/v1/shops/paris")
    one = the("/v1/shops/berlin")
    url = f"/here/apis/endpoints/{one.ref}/path/"
    assert "Show what it does" in manager.get(url).content.decode()
    typed = {"template": "/v1/shops/{shop}", "version": one.version, "shown": ""}
    shown = manager.post(url, typed).content.decode()
    assert "/v1/shops/paris" in shown and "Name and pin it" in shown and endpoints(tenant).keys() >= {one.line}
    done = manager.post(url, {**typed, "shown": typed["template"]})
    assert done.status_code == 302 and manager.get(done["Location"]).status_code == 200
    assert endpoints(tenant) == {"GET /v1/shops/{shop}": 2}
    assert manager.post(url, {**typed, "shown": typed["template"]}).status_code == 409
    assert manager.post(url, {**typed, "template": "/other"}).status_code == 422
    assert manager.post(url, {**typed, "template": ""}).status_code == 422
    assert manager.get("/here/apis/endpoints/END-999/path/").status_code == 404


def test_the_pages_of_what_is_not_registered_and_of_the_observed_api(manager, tenant, actor):
    assert "Nothing was brought in yet" in manager.get("/here/apis/unregistered/").content.decode()
    bring(actor, *WORK, host="triage.example.org")
    bring(actor, "/v1/messages", host="api.anthropic.com")
    register_system(actor=actor, name="Triage")
    page = manager.get("/here/apis/unregistered/").content.decode()
    assert "It serves SYS-1 Triage" in page and "and 2 more" in page and "a candidate" in page
    service = Service.objects.get(host="triage.example.org")
    url = f"/here/apis/services/{service.ref}/"
    sent = {"version": service.version}
    assert manager.post(f"{url}claim/", {**sent, "system": "SYS-99"}).status_code == 404
    assert manager.post("/here/apis/services/API-99/claim/", sent).status_code == 404
    answer = manager.post(f"{url}claim/", {**sent, "system": "SYS-1"})
    assert answer.status_code == 302 and answer["Location"].endswith("/SYS-1/")
    assert manager.post(f"{url}claim/", {"version": service.version + 1}).status_code == 422
    observed = manager.get(f"{url}observed/")
    assert observed.json()["openapi"] == "3.1.0" and "attachment" in observed["Content-Disposition"]
    assert manager.get("/here/apis/services/API-99/observed/").status_code == 404
    assert "No description was brought in" in manager.get(url).content.decode()
    bring_description(actor=actor, delivery=Delivery(json.dumps(DESCRIPTION).encode(), "claims.json"))
    bring(actor, "/v1/other")
    described = Service.objects.get(host=HOST)
    assert "Called and not described" in manager.get(f"/here/apis/services/{described.ref}/").content.decode()


def test_strangers_see_nothing_of_it(client, tenant, actor):
    bring(actor, "/v1/chat/completions")
    make_management_system(slug="there")
    client.force_login(make_member(make_management_system(slug="elsewhere"), "manager"))
    assert client.get("/here/apis/unregistered/").status_code == 404
