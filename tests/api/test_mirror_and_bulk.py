"""What pages can do, clients can: mirrors with tombstones, merge patches, bulk steps and their undo, people, runs."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from aims.models import AISystem
from core import clock
from core.models import IdempotencyKey, Invitation, Job, Membership
from core.services.tokens import create_token
from core.workflow import inputs_schema, workflows
from risks.models import Risk
from risks.services import register_risk
from risks.services.register import delete_draft
from tests.api.test_decisions import person_client, send
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def client(tenant):
    return person_client(tenant, "manager", scopes=("read", "inventory:write", "risks:write", "undo", "people:write"))


def pages(client, path):
    """All pages of a list."""
    url, found = f"/api/v1/here/{path}", []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.json()
        found.append(answer.json())
        url = found[-1]["next"]
    return found


def mirrored(found):
    """A client's copy after these pages: what is there by id, what went."""
    there = {row["id"]: row for page in found for row in page["items"]}
    gone = [row["id"] for page in found for row in page["deleted"]]
    return there, gone


# Mirrors ----------------------------------------------------------------------------------------------------------


def test_a_mirror_learns_what_was_deleted_page_by_page(tenant, client):
    actor = actor_for(client.person, tenant)
    risks = [register_risk(actor=actor, title=f"Risk {n}") for n in range(6)]
    since = clock.now().isoformat().replace("+00:00", "Z")
    for risk in risks[::2]:
        delete_draft(actor=actor, risk=risk)
    later = [register_risk(actor=actor, title=f"Later {n}") for n in range(2)]
    for limit in (1, 2, 100):
        found = pages(client, f"risks/?updated_since={since}&limit={limit}")
        there, gone = mirrored(found)
        assert all(len(page["items"]) + len(page["deleted"]) <= limit for page in found)
        assert gone == [str(risk.pk) for risk in risks[::2]]
        assert set(there) == {str(risk.pk) for risk in later}
    assert found[0]["deleted"][0]["ref"] == risks[0].ref
    assert "deleted" not in client.get("/api/v1/here/risks/").json()


def test_what_came_back_is_no_tombstone_and_a_neighbours_deletions_are_its_own(tenant, client):
    actor = actor_for(client.person, tenant)
    made = send(client, "post", "risks/", {"title": "Comes back"})
    gone = send(client, "delete", f"risks/{made.json()['id']}/", None, made["ETag"])
    assert gone.status_code == 204
    there = make_management_system(slug="there")
    theirs = actor_for(make_member(there, "manager"), there)
    delete_draft(actor=theirs, risk=register_risk(actor=theirs, title="Theirs"))
    since = "risks/?updated_since=2020-01-01T00:00:00Z"
    assert [row["id"] for row in client.get(f"/api/v1/here/{since}").json()["deleted"]] == [made.json()["id"]]
    step = client.get("/api/v1/here/events/").json()["items"][-1]["change_id"]
    undone = send(client, "post", f"history/steps/{step}/undo/", {})
    assert (undone.status_code, undone.json()["restored"]) == (200, 1), undone.json()
    answer = client.get(f"/api/v1/here/{since}").json()
    assert (answer["deleted"], [row["title"] for row in answer["items"]]) == ([], ["Comes back"])
    assert Risk.objects.visible_to(actor).count() == 1


def test_the_past_knows_the_deletions_of_its_time_only(tenant, client):
    made = send(client, "post", "risks/", {"title": "Goes"})
    then = clock.now().isoformat().replace("+00:00", "Z")
    send(client, "delete", f"risks/{made.json()['id']}/", None, made["ETag"])
    asked = f"/api/v1/here/risks/?updated_since=2020-01-01T00:00:00Z&as_of={then}"
    answer = client.get(asked).json()
    assert (len(answer["items"]), answer["deleted"]) == (1, [])


def test_the_next_page_keeps_every_value_of_a_filter(client):
    for n in range(3):
        send(client, "post", "systems/", {"name": f"System {n}"})
    found = pages(client, "systems/?state=to_screen&state=in_scope&limit=1")
    assert [len(page["items"]) for page in found] == [1, 1, 1]
    assert found[0]["next"].count("state=") == 2


def test_only_drafts_are_deleted_and_only_as_they_were_read(tenant, client):
    made = send(client, "post", "risks/", {"title": "Draft"})
    url = f"risks/{made.json()['id']}/"
    assert send(client, "delete", url, None).status_code == 428
    assert send(client, "delete", url, None, '"9"').status_code == 412
    closed = send(client, "post", f"{url}steps/close/", {"reason": "A test"}, made["ETag"])
    assert send(client, "delete", url, None, closed["ETag"]).json()["obstacles"][0]["code"] == "not-a-draft"


# Merge patches ----------------------------------------------------------------------------------------------------


def test_a_merge_patch_changes_inside_objects_and_null_empties(tenant, client):
    body = {"title": "Wrong advice", "note": "Seen", "owner": str(client.person.pk), "today_likelihood": 3,
            "today_consequences": {"organisation": 2, "individuals": 4}}  # fmt: skip
    made = send(client, "post", "risks/", body)
    url = f"risks/{made.json()['id']}/"
    patch = {"note": None, "owner": None, "today_consequences": {"individuals": 1}}
    changed = send(client, "patch", url, patch, made["ETag"])
    assert changed.status_code == 200, changed.json()
    found = changed.json()
    assert (found["note"], found["owner"], found["title"]) == ("", None, "Wrong advice")
    assert found["today_consequences"] == {"organisation": 2, "individuals": 1}
    refused = send(client, "patch", url, {"title": None}, changed["ETag"])
    assert refused.json()["errors"][0]["pointer"] == "/title"


# Steps ------------------------------------------------------------------------------------------------------------


def test_every_step_describes_its_inputs_as_json_schema():
    for flow in workflows().values():
        for step in flow.steps:
            schema = inputs_schema(step)
            assert schema is None or (schema["type"] == "object" and schema["properties"])


def test_the_steps_of_a_record_say_what_they_take(client):
    made = send(client, "post", "risks/", {"title": "Wrong advice"})
    steps = {one["name"]: one for one in client.get(f"{made['Location']}steps/").json()["items"]}
    assert steps["assess"]["inputs"]["properties"]["assessed_on"]["anyOf"][0] == {"type": "string", "format": "date"}
    assert steps["close"]["reason_required"]
    assert steps["close"]["inputs"] is None


# Bulk -------------------------------------------------------------------------------------------------------------


def test_bulk_previews_then_applies_one_step_with_a_result_per_row_and_undoes_it(tenant, client):
    made = [send(client, "post", "systems/", {"name": f"System {n}", "unit": "Old"}).json() for n in range(3)]
    rows = [{"id": one["id"], "version": one["version"]} for one in made]
    rows[1]["version"] = 7
    rows.append({"id": str(uuid.uuid4()), "version": 1})
    body = {"step": "unit", "inputs": {"unit": "New"}, "rows": rows}
    tried = send(client, "post", "systems/bulk/", {**body, "dry_run": True}).json()
    assert [row["kind"] for row in tried["rows"]] == ["change", "kept", "change", "kept"]
    assert tried["rows"][0]["changes"] == {"Unit": ["Old", "New"]}
    assert set(AISystem.objects.values_list("unit", flat=True)) == {"Old"}
    done = send(client, "post", "systems/bulk/", body).json()
    assert (done["change"], done["unchanged"], done["kept"]) == (2, 0, 2)
    assert done["rows"][1]["reason"] == tried["rows"][1]["reason"] != ""
    assert client.get(f"/api/v1/here/history/steps/{done['change_id']}/").json()["entries"] == 2
    undone = send(client, "post", f"history/steps/{done['change_id']}/undo/", {}).json()
    assert undone["restored"] == 2
    assert set(AISystem.objects.values_list("unit", flat=True)) == {"Old"}


def test_bulk_refuses_what_its_form_would(tenant, client):
    made = send(client, "post", "systems/", {"name": "System"}).json()
    rows = [{"id": made["id"], "version": 1}]
    stranger = make_member(make_management_system(slug="there"), "manager")
    for body, pointer in (
        ({"step": "nothing", "inputs": {}}, "/step"),
        ({"step": "unit", "inputs": {"colour": "red"}}, "/inputs/colour"),
        ({"step": "unit", "inputs": {"unit": ["A"]}}, "/inputs/unit"),
        ({"step": "owner", "inputs": {"owner": str(stranger.pk)}}, "/inputs/owner"),
        ({"step": "review", "inputs": {"next_review": "soon"}}, "/inputs/next_review"),
    ):
        answer = send(client, "post", "systems/bulk/", {**body, "rows": rows})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_bulk_takes_no_neighbours_row(tenant, client):
    there = make_management_system(slug="there")
    theirs = register_risk(actor=actor_for(make_member(there, "manager"), there), title="Theirs")
    body = {"step": "owner", "inputs": {"owner": str(client.person.pk)}, "rows": [{"id": str(theirs.pk), "version": 1}]}
    for dry_run in (True, False):
        answer = send(client, "post", "risks/bulk/", {**body, "dry_run": dry_run}).json()
        assert (answer["rows"][0]["kind"], answer["rows"][0]["ref"], answer["change_id"]) == ("kept", "", "")
    theirs.refresh_from_db()
    assert theirs.owner_id is None


# People -----------------------------------------------------------------------------------------------------------


def test_only_an_administrators_own_token_looks_after_people(tenant, client):
    admin = actor_for(make_member(tenant, "administrator"), tenant)
    with pytest.raises(ValidationError):
        create_token(actor=admin, name="robot", scopes=["people:write"], expires_at=clock.now().replace(year=2027))
    reader = person_client(tenant, "manager", scopes=("read",))
    guest = make_member(tenant, "contributor")
    refused = send(reader, "patch", f"people/{guest.pk}/", {"roles": ["manager"]}, '"1"')
    assert (refused.status_code, refused.json()["permission"]) == (403, "core.manage_people")
    changed = send(client, "patch", f"people/{guest.pk}/", {"roles": ["manager"]}, '"1"')
    assert changed.json()["roles"] == ["manager"]


def test_the_last_administrator_stays_one_by_token_too(tenant):
    person = make_member(tenant, "administrator")
    client = bearer(tenant, "people:write", "read", actor=actor_for(person, tenant), as_person=True)
    others = Membership.objects.filter(management_system=tenant).exclude(person=person)
    for member in [one for one in others if "administrator" in one.roles]:
        ended = send(client, "post", f"people/{member.person_id}/end/", {}, f'"{member.version}"')
        assert ended.status_code == 204, ended.content
    mine = client.get(f"/api/v1/here/people/{person.pk}/")
    refused = send(client, "patch", f"people/{person.pk}/", {"roles": ["manager"]}, mine["ETag"])
    assert refused.status_code == 400


def test_an_invitations_link_is_answered_once_and_kept_nowhere(tenant, client):
    body, key = {"email": "new@example.org", "roles": ["contributor"]}, {"Idempotency-Key": "invite-1"}
    first = send(client, "post", "invitations/", body, **key)
    secret = first.json()["link"].rstrip("/").rpartition("/")[2]
    again = send(client, "post", "invitations/", body, **key)
    assert (again.json()["id"], again.json()["link"]) == (first.json()["id"], "")
    assert Invitation.objects.count() == 1
    assert secret not in str([bytes(one.body or b"") for one in IdempotencyKey.objects.all()])


def test_an_external_auditor_is_invited_with_an_end_only(tenant, client):
    refused = send(client, "post", "invitations/", {"email": "a@example.org", "roles": ["external_auditor"]})
    assert refused.json()["errors"][0]["pointer"] == "/member_to"


# Runs and claims --------------------------------------------------------------------------------------------------


def test_a_run_keeps_every_rows_result_and_an_idle_one_leaves_none(tenant, client):
    rows = [{"external_id": str(n), "name": f"System {n}" if n else ""} for n in range(4)]
    send(client, "post", "inventory/sync/", {"source": "cmdb", "rows": rows})
    send(client, "post", "inventory/sync/", {"source": "cmdb", "rows": rows[1:]})
    send(client, "post", "inventory/sync/", {"source": "cmdb", "rows": rows, "dry_run": True})
    run = client.get("/api/v1/here/inventory/runs/").json()["items"]
    assert (len(run), run[0]["result"]["create"], run[0]["state"]) == (1, 3, "ready")
    found = pages(client, f"inventory/runs/{run[0]['id']}/rows/?outcome=create&limit=2")
    assert [[row["kind"] for row in page["items"]] for page in found] == [["create", "create"], ["create"]]
    file = client.get(f"/api/v1/here/jobs/{run[0]['id']}/files/rows.json/")
    assert file.status_code == 200
    assert client.get(f"/api/v1/here/inventory/runs/{run[0]['id']}/rows/?outcome=odd").json()["parameter"] == "outcome"
    neighbour = bearer(make_management_system(slug="there"), "read", "inventory:write")
    assert neighbour.get(f"/api/v1/there/inventory/runs/{run[0]['id']}/rows/").status_code == 404
    assert Job.objects.count() == 1


@pytest.mark.parametrize("answer", ["same", "other"])
def test_the_match_queue_is_read_and_decided(tenant, client, answer):
    made = send(client, "post", "systems/", {"name": "Chatbot"}).json()
    send(client, "put", "systems/by-external-id/cmdb/app-1/", {"name": "Chatbot", "unit": ""})
    claim = client.get("/api/v1/here/claims/?state=waiting").json()["items"][0]
    assert (claim["system"], claim["values"]["name"]) == (made["id"], "Chatbot")
    decided = send(client, "post", f"claims/{claim['id']}/decide/", {"answer": answer}, f'"{claim["version"]}"')
    assert decided.status_code == 200, decided.json()
    assert (decided.json()["id"] == made["id"]) == (answer == "same")
    assert decided.json()["external_ids"] == {"cmdb": "app-1"}
    again = send(client, "post", f"claims/{claim['id']}/decide/", {"answer": answer}, f'"{claim["version"] + 1}"')
    assert again.status_code == 400
