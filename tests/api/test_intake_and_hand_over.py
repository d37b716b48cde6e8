"""Intake links, look-alikes and handing over by REST: what the pages do, under the same rules."""

import datetime

import pytest
from django.test import Client

from aims.models import AISystem, DistinctSystems, IntakeLink
from aims.services import register_system
from core import clock
from core.models import Entry, IdempotencyKey, Membership
from core.services.members import change_member, end_membership
from core.undo import undo
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.support import one_entry_per_write

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def client(tenant):
    person = make_member(tenant, "administrator", "manager")
    scopes = ("read", "inventory:write", "intake:write", "people:write")
    client = bearer(tenant, *scopes, actor=actor_for(person, tenant), as_person=True)
    client.person = person
    return client


@pytest.fixture
def leaver(tenant, client):
    """Somebody who owns two systems."""
    person = make_member(tenant, "contributor", name="Lea Leaver")
    for name in ("Triage", "Scoring"):
        register_system(actor=actor_for(client.person, tenant), name=name, owner=person)
    return person


def send(client, path, body=None, version=None, **headers):
    headers |= {"If-Match": version} if version else {}
    return client.post(f"/api/v1/here/{path}", body or {}, content_type=JSON, headers=headers)


def soon(days=30):
    return (clock.now() + datetime.timedelta(days=days)).date().isoformat()


def path_of(answer):
    """Where the link of an answer leads."""
    return answer.json()["link"].removeprefix("http://testserver")


# Intake links -----------------------------------------------------------------------------------------------------


def test_a_link_is_made_used_renewed_and_withdrawn(client):
    with one_entry_per_write():
        made = send(client, "intake-links/", {"name": "Intranet", "until": soon()})
    first, url = path_of(made), f"intake-links/{made.json()['id']}/"
    assert (made.status_code, made["Location"]) == (201, f"/api/v1/here/{url}")
    assert Client().post(first, {"name": "Chat tool", "personal_data": "no"}).status_code == 302
    assert AISystem.objects.get().state == AISystem.TO_SCREEN
    read = client.get(f"/api/v1/here/{url}")
    assert (read.json()["told"], "link" in read.json(), "key_hash" in read.json()) == (1, False, False)
    renewed = send(client, f"{url}renew/", {"until": soon(60)}, read["ETag"])
    assert (Client().get(first).status_code, Client().get(path_of(renewed)).status_code) == (404, 200)
    assert send(client, f"{url}withdraw/", version=read["ETag"]).status_code == 412
    assert send(client, f"{url}withdraw/").status_code == 428
    gone = send(client, f"{url}withdraw/", version=renewed["ETag"])
    assert gone.json()["revoked_at"]
    assert Client().get(path_of(renewed)).status_code == 404
    listed = client.get("/api/v1/here/intake-links/").json()["items"]
    assert [(one["name"], one["told"]) for one in listed] == [("Intranet", 1)]


def test_a_links_address_is_answered_once_and_kept_nowhere(client):
    body, key = {"name": "Intranet", "until": soon()}, {"Idempotency-Key": "link-1"}
    first, again = send(client, "intake-links/", body, **key), send(client, "intake-links/", body, **key)
    assert (again.json()["id"], again.json()["link"]) == (first.json()["id"], "")
    secret = path_of(first).strip("/").rpartition("/")[2]
    assert IntakeLink.objects.count() == 1
    assert secret not in str([bytes(one.body or b"") for one in IdempotencyKey.objects.all()])
    assert secret not in str(list(Entry.objects.values_list("state", flat=True)))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Intranet", "until": "2020-01-31"}, "/until"), ({"name": "Intranet"}, "/until"),
        ({"name": "Intranet", "until": "9999-12-31"}, "/until"),
        ({"name": " ", "until": "2031-01-31"}, "/name"),
        ({"name": "Intranet", "until": "2031-01-31", "key_hash": "x"}, "/key_hash"),
    ],
)  # fmt: skip
def test_a_link_without_a_name_or_a_near_end_is_refused_at_its_field(client, body, pointer):
    refused = send(client, "intake-links/", body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not IntakeLink.objects.exists()


def test_links_need_a_scope_of_their_own_and_a_manager(tenant, client):
    for who, scopes in (("manager", ("read", "inventory:write")), ("contributor", ("read", "intake:write"))):
        # a token outlives the role its person had when it was made
        person = make_member(tenant, "administrator", who)
        other = bearer(tenant, *scopes, actor=actor_for(person, tenant), as_person=True)
        held = Membership.objects.get(person=person)
        change_member(actor=actor_for(client.person, tenant), member=held, expected_version=held.version, roles=[who])
        refused = send(other, "intake-links/", {"name": "Intranet", "until": soon()})
        assert (refused.status_code, refused.json()["permission"]) == (403, "aims.intake")


def test_a_neighbours_link_is_not_there(client):
    made = send(client, "intake-links/", {"name": "Intranet", "until": soon()}).json()
    there = make_management_system(slug="there")
    other = bearer(
        there, "read", "intake:write", actor=actor_for(make_member(there, "administrator", "manager"), there)
    )
    for verb in ("renew", "withdraw"):
        answer = other.post(
            f"/api/v1/there/intake-links/{made['id']}/{verb}/", {"until": soon()} if verb == "renew" else {},
            content_type=JSON, headers={"If-Match": '"1"'},
        )  # fmt: skip
        assert answer.status_code == 404
    assert other.get("/api/v1/there/intake-links/").json()["items"] == []


# Look-alikes ------------------------------------------------------------------------------------------------------


def test_look_alikes_are_listed_until_somebody_tells_them_apart(tenant, client):
    actor = actor_for(client.person, tenant)
    one, other = (register_system(actor=actor, name="Claims triage", unit=unit) for unit in ("Claims", "Sales"))
    pair = client.get("/api/v1/here/look-alikes/").json()["items"][0]
    assert {pair["one"], pair["other"]} == {str(one.pk), str(other.pk)}
    url = f"systems/{one.pk}/keep-apart/"
    with one_entry_per_write():
        assert send(client, url, {"other": str(other.pk), "reason": "Two teams"}).status_code == 204
    assert send(client, url, {"other": str(other.pk)}).status_code == 204
    assert DistinctSystems.objects.count() == 1
    assert client.get("/api/v1/here/look-alikes/").json()["items"] == []


def test_a_system_is_told_apart_from_another_one_of_here_only(tenant, client):
    own = register_system(actor=actor_for(client.person, tenant), name="Triage")
    there = make_management_system(slug="there")
    foreign = register_system(actor=actor_for(make_member(there, "manager"), there), name="Triage")
    assert send(client, f"systems/{own.pk}/keep-apart/", {"other": str(foreign.pk)}).status_code == 404
    assert send(client, f"systems/{foreign.pk}/keep-apart/", {"other": str(own.pk)}).status_code == 404
    refused = send(client, f"systems/{own.pk}/keep-apart/", {"other": str(own.pk)})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/other")
    assert send(client, "systems/x/keep-apart/", {"other": str(own.pk)}).status_code == 404
    assert not DistinctSystems.objects.exists()


# Handing over -----------------------------------------------------------------------------------------------------


def test_what_somebody_answers_for_is_shown_then_moves_as_one_step(tenant, client, leaver):
    url = f"people/{leaver.pk}/hand-over/"
    shown = client.get(f"/api/v1/here/{url}").json()
    assert [(kind["key"], kind["count"]) for kind in shown["items"]] == [("systems", 2)]
    assert {one["id"] for one in shown["items"][0]["records"]} == {str(one.pk) for one in AISystem.objects.all()}
    heir = client.person
    assert str(heir.pk) in [one["id"] for one in shown["receivers"]]
    assert str(leaver.pk) not in [one["id"] for one in shown["receivers"]]
    body, key = {"everything": str(heir.pk), "reason": "Moves"}, {"Idempotency-Key": "leaves"}
    done, again = send(client, url, body, **key), send(client, url, body, **key)
    assert (done.status_code, done.json()["given"], done.json()["kept"]) == (200, 2, [])
    assert again.json() == done.json()
    written = Entry.objects.filter(change_id=done.json()["change_id"])
    assert {(one.action, one.reason, one.door) for one in written} == {("people.hand_over", "Moves", "api")}
    assert set(AISystem.objects.values_list("owner", flat=True)) == {heir.pk}
    undo(actor_for(heir, tenant), done.json()["change_id"])
    assert set(AISystem.objects.values_list("owner", flat=True)) == {leaver.pk}


def test_it_is_handed_over_after_they_left_too(tenant, client, leaver):
    held = Membership.objects.get(person=leaver)
    end_membership(actor=actor_for(client.person, tenant), member=held, expected_version=held.version)
    done = send(client, f"people/{leaver.pk}/hand-over/", {"to": {"systems": str(client.person.pk)}})
    assert done.json()["given"] == 2


@pytest.mark.parametrize("body", [{}, {"to": {"systems": None}}, {"everything": "{heir}", "to": {"systems": None}}])
def test_what_is_left_to_nobody_stays(client, leaver, body):
    given = {**body, **({"everything": str(client.person.pk)} if "everything" in body else {})}
    refused = send(client, f"people/{leaver.pk}/hand-over/", given)
    assert (refused.status_code, "Nothing would move" in refused.json()["detail"]) == (400, True)
    assert set(AISystem.objects.values_list("owner", flat=True)) == {leaver.pk}


def test_nobody_who_may_not_answer_and_no_strange_kind_is_taken(tenant, client, leaver):
    url = f"people/{leaver.pk}/hand-over/"
    stranger = make_member(make_management_system(slug="there"), "manager")
    guest = make_member(tenant, "external_auditor")
    for person in (stranger, guest, leaver):
        refused = send(client, url, {"to": {"systems": str(person.pk)}})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/to/systems")
    refused = send(client, url, {"everything": str(stranger.pk)})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/everything"]
    refused = send(client, url, {"to": {"toys": str(client.person.pk)}})
    assert refused.json()["errors"][0]["pointer"] == "/to/toys"
    for path in (f"people/{stranger.pk}/hand-over/", "people/x/hand-over/"):
        assert send(client, path, {"everything": str(client.person.pk)}).status_code == 404
    assert set(AISystem.objects.values_list("owner", flat=True)) == {leaver.pk}


def test_handing_over_needs_the_scope_that_looks_after_people(tenant, client, leaver):
    reader = bearer(tenant, "read", "inventory:write", actor=actor_for(client.person, tenant), as_person=True)
    for answer in (
        reader.get(f"/api/v1/here/people/{leaver.pk}/hand-over/"),
        send(reader, f"people/{leaver.pk}/hand-over/"),
    ):
        assert (answer.status_code, answer.json()["permission"]) == (403, "core.hand_over")
