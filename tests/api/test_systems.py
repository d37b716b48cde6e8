"""The inventory over REST."""

import pytest

from aims.models import AISystem
from core import clock
from core.models import Entry
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.support import differences, everything, one_entry_per_write

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def client(tenant):
    return bearer(tenant, "inventory:write", source="cmdb")


def post(client, path, body, **headers):
    return client.post(f"/api/v1/here/{path}", body, content_type=JSON, headers=headers)


def test_a_system_is_registered_read_and_changed_with_its_version(client):
    with one_entry_per_write():
        made = post(client, "systems/", {"name": "Chatbot", "roles": ["provider"]})
    assert made.status_code == 201
    assert (made["ETag"], made.json()["ref"], made.json()["state"]) == ('"1"', "SYS-1", "to_screen")
    url = made["Location"]
    assert client.get(url).json() == made.json()
    changed = client.patch(url, {"purpose": "Answers"}, content_type=JSON, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed["ETag"], changed.json()["purpose"]) == (200, '"2"', "Answers")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({}, 428), ({"If-Match": "*"}, 428), ({"If-Match": '"9"'}, 412), ({"If-Match": "x"}, 400),
        ({"If-Match": 'W/"1-gzip"'}, 200),
    ],
)  # fmt: skip
def test_a_change_must_say_which_version_it_was_made_from(client, header, status):
    url = post(client, "systems/", {"name": "Chatbot"})["Location"]
    assert client.patch(url, {"name": "New"}, content_type=JSON, headers=header).status_code == status


@pytest.mark.parametrize(
    "field", ["state", "stage", "id", "version", "management_system", "field_owners", "ref", "nonsense"]
)
def test_fields_the_server_owns_are_refused_with_a_pointer_and_nothing_changes(client, field):
    before = everything()
    answer = post(client, "systems/", {"name": "Chatbot", field: "x"})
    assert answer.status_code == 400
    assert f"/{field}" in [error["pointer"] for error in answer.json()["errors"]]
    assert not set(differences(before, everything())) - {type(client.token)}


def test_an_owner_of_another_management_system_is_a_field_error_and_nothing_changes(client):
    stranger = make_member(make_management_system(slug="there"), "contributor")
    answer = post(client, "systems/", {"name": "Chatbot", "owner": str(stranger.pk)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/owner")
    assert not AISystem.objects.exists()


def test_unknown_parameters_and_bad_filters_are_400(client):
    for query, name in (("colour=red", "colour"), ("stage=XX", None), ("updated_since=yesterday", "updated_since")):
        answer = client.get(f"/api/v1/here/systems/?{query}")
        assert answer.status_code == 400
        assert name is None or answer.json()["parameter"] == name
    assert client.get("/api/v1/here/systems/?stage=OM&stage=DD&state=in_scope").status_code == 200


def test_pages_of_systems_neither_repeat_nor_skip_while_others_are_written(client):
    for number in range(7):
        post(client, "systems/", {"name": f"System {number}"})
    seen, url = [], "/api/v1/here/systems/?limit=3"
    while url:
        page = client.get(url).json()
        seen += [row["name"] for row in page["items"]]
        if len(seen) == 3:
            post(client, "systems/", {"name": "Late"})
        url = page["next"]
    assert seen == [*(f"System {number}" for number in range(7)), "Late"]


def test_the_same_key_gives_the_stored_answer_and_another_body_is_refused(client):
    key = {"Idempotency-Key": "a-key"}
    first = post(client, "systems/", {"name": "Once"}, **key)
    again = post(client, "systems/", {"name": "Once"}, **key)
    assert (again.status_code, again.json(), again["ETag"]) == (201, first.json(), first["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert AISystem.objects.count() == 1
    assert post(client, "systems/", {"name": "Other"}, **key).status_code == 422
    assert post(client, "systems/", {"name": ""}, **{"Idempotency-Key": "bad"}).status_code == 400
    assert post(client, "systems/", {"name": "Now good"}, **{"Idempotency-Key": "bad"}).status_code == 201


def test_put_by_external_id_creates_once_and_a_persons_edit_stays(tenant, client):
    url = "/api/v1/here/systems/by-external-id/cmdb/app-1/"
    made = client.put(url, {"name": "From source", "unit": "IT"}, content_type=JSON)
    assert (made.status_code, made.json()["external_ids"]) == (201, {"cmdb": "app-1"})
    person = make_member(tenant, "manager", "administrator")
    human = bearer(tenant, "inventory:write", actor=actor_for(person, tenant), as_person=True)
    pk = made.json()["id"]
    human.patch(
        f"/api/v1/here/systems/{pk}/", {"unit": "Claims"}, content_type=JSON, headers={"If-Match": made["ETag"]}
    )
    again = client.put(url, {"name": "From source", "unit": "IT again"}, content_type=JSON)
    assert (again.status_code, again.json()["unit"]) == (200, "Claims")
    assert again.json()["field_owners"]["unit"]["by"] == f"person:{person.pk}"
    assert client.get(url).json()["id"] == pk
    assert client.get("/api/v1/here/systems/by-external-id/cmdb/none/").status_code == 404


def test_a_sync_tells_of_each_row_and_a_dry_run_writes_nothing(client):
    rows = [
        {"external_id": "1", "name": "One"},
        {"external_id": "2", "name": ""},
        {"external_id": "3", "name": "Three"},
    ]
    before = everything()
    planned = post(client, "inventory/sync/", {"rows": rows, "dry_run": True}).json()
    assert not {m.__name__ for m in differences(before, everything())} - {"ApiToken"}
    done = post(client, "inventory/sync/", {"rows": rows}).json()
    assert (
        [row["kind"] for row in planned["rows"]]
        == [row["kind"] for row in done["rows"]]
        == ["create", "refused", "create"]
    )
    assert AISystem.objects.count() == 2
    entries = Entry.objects.count()
    again = post(client, "inventory/sync/", {"rows": rows}).json()
    assert [row["kind"] for row in again["rows"]] == ["unchanged", "refused", "unchanged"]
    assert Entry.objects.count() == entries


def test_a_token_speaks_for_its_own_source_only(client):
    answer = post(client, "inventory/sync/", {"source": "other", "rows": [{"external_id": "1", "name": "One"}]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/source")


def test_the_past_can_be_read_and_not_written(tenant, client):
    url = post(client, "systems/", {"name": "Before"})["Location"]
    then = clock.now().isoformat()
    client.patch(url, {"name": "After"}, content_type=JSON, headers={"If-Match": '"1"'})
    assert client.get(url, {"as_of": then}).json()["name"] == "Before"
    assert client.get(url).json()["name"] == "After"
    refused = client.patch(f"{url}?as_of={then}", {"name": "No"}, content_type=JSON, headers={"If-Match": '"2"'})
    assert client.get(url).json()["name"] == "After"
    assert refused.status_code == 400


def test_steps_say_whether_they_are_open_and_move_the_system(client):
    made = post(client, "systems/", {"name": "Chatbot"})
    steps = client.get(f"{made['Location']}steps/").json()["items"]
    assert {step["name"]: step["open"] for step in steps}["take_in"]
    into = f"{made['Location']}steps/take_in/"
    taken = client.post(into, {"reason": "Ours"}, content_type=JSON, headers={"If-Match": '"1"'})
    assert (taken.status_code, taken.json()["state"]) == (200, "in_scope")
    again = client.post(into, {}, content_type=JSON, headers={"If-Match": taken["ETag"]})
    assert (again.status_code, again.json()["obstacles"][0]["code"]) == (409, "wrong-state")


def test_a_token_without_the_scope_is_403_and_says_so(tenant):
    reader = bearer(tenant, "inventory:read")
    assert reader.get("/api/v1/here/systems/").status_code == 200
    answer = reader.post("/api/v1/here/systems/", {"name": "No"}, content_type=JSON)
    assert (answer.status_code, answer.json()["permission"]) == (403, "aims.register_system")
