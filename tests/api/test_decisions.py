"""Risks, controls and decisions over REST: the same rules as on the pages."""

import datetime
import json
import re
import uuid

import pytest

from aims.models import AISystem
from aims.services.systems import register_system
from controls.models import Control, StatementOfApplicability
from core import clock
from core.models import Approval
from risks.models import Acceptance, Methodology, Risk
from risks.services import register_risk
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import approve_criteria
from tests.support import differences, everything, one_entry_per_write

pytestmark = pytest.mark.django_db
JSON = "application/json"
RATED = {"likelihood": 4, "consequences": {"organisation": 2, "individuals": 4}}


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


def person_client(tenant, *roles, scopes=("read", "inventory:write", "risks:write", "controls:write", "decide")):
    """A client that acts as a new person with these roles (and is administrator, to make its own token)."""
    person = make_member(tenant, "administrator", *roles)
    client = bearer(tenant, *scopes, actor=actor_for(person, tenant), as_person=True)
    client.person = person
    return client


def send(client, method, path, body, version=None, **headers):
    if version is not None:
        headers["If-Match"] = version
    return getattr(client, method)(f"/api/v1/here/{path}", body, content_type=JSON, headers=headers)


def system_of(tenant, person, **fields):
    return register_system(actor=actor_for(person, tenant), name=fields.pop("name", "Chatbot"), **fields)


def rated_risk(tenant, client, **more):
    """A risk with everything that marking as assessed needs."""
    system = system_of(tenant, client.person)
    body = {
        "title": "Wrong advice", "cause": "a", "event": "b", "consequence": "c", "systems": [str(system.pk)],
        "owner": str(client.person.pk), "before_likelihood": 4, "before_consequences": RATED["consequences"],
        "today_likelihood": 4, "today_consequences": RATED["consequences"], "rationale": "Seen in tests",
        "confidence": "medium", "trigger": "first", "option": "retain", "option_reason": "Nothing else helps", **more,
    }  # fmt: skip
    return send(client, "post", "risks/", body)


def test_a_risk_is_registered_with_links_and_its_levels_are_looked_up(tenant):
    client = person_client(tenant, "manager")
    with one_entry_per_write():
        system = system_of(tenant, client.person)
        made = send(client, "post", "risks/", {
            "title": "Wrong advice", "systems": [str(system.pk)], "today_likelihood": 4,
            "today_consequences": {"individuals": 4},
        })  # fmt: skip
    assert made.status_code == 201, made.json()
    assert (made.json()["ref"], made.json()["systems"], made.json()["today_level"]) == (
        "RSK-1",
        [str(system.pk)],
        "high",
    )


@pytest.mark.parametrize("field", ["systems", "controls", "owner"])
def test_a_foreign_id_is_a_field_error_and_changes_nothing(tenant, field):
    client = person_client(tenant, "manager")
    there = make_management_system(slug="there")
    stranger = make_member(there, "manager")
    foreign = {
        "systems": [str(register_system(actor=actor_for(stranger, there), name="Theirs").pk)],
        "controls": [str(Control.objects.filter(management_system=there).first().pk)],
        "owner": str(stranger.pk),
    }[field]
    before = everything()
    answer = send(client, "post", "risks/", {"title": "Taken", field: foreign})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert not {m.__name__ for m in differences(before, everything())} - {"ApiToken"}
    unknown = str(uuid.uuid4())
    nothing = send(client, "post", "risks/", {"title": "Taken", field: unknown if field == "owner" else [unknown]})
    assert told(answer) == told(nothing)


def told(answer):
    """What an answer says, with the ids that were sent taken out: it must not tell foreign ones from unknown ones."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", json.dumps(answer.json()["errors"]))


@pytest.mark.parametrize("field", ["risk", "control", "owner"])
def test_an_action_names_nothing_of_another_management_system(tenant, field):
    client = person_client(tenant, "manager")
    there = make_management_system(slug="there")
    stranger = make_member(there, "manager")
    mine = send(client, "post", "risks/", {"title": "Wrong advice"}).json()["id"]
    foreign = {
        "risk": register_risk(actor=actor_for(stranger, there), title="Theirs").pk,
        "control": Control.objects.filter(management_system=there).first().pk,
        "owner": stranger.pk,
    }[field]
    before = everything()
    action = {"risk": mine, "what": "Sample answers"}
    answer, nothing = (send(client, "post", "actions/", {**action, field: str(pk)}) for pk in (foreign, uuid.uuid4()))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"
    assert told(answer) == told(nothing)
    assert not {m.__name__ for m in differences(before, everything())} - {"ApiToken"}


def test_levels_and_states_cannot_be_given(tenant):
    client = person_client(tenant, "manager")
    for field in ("today_level", "above_criteria", "state", "accepted_until", "ref"):
        assert send(client, "post", "risks/", {"title": "x", field: "low"}).status_code == 400


def accepted(tenant, client, acceptance, shown, **inputs):
    until = (clock.now() + datetime.timedelta(days=60)).date().isoformat()
    inputs = {"valid_until": until, "reason": "Known and watched", "conditions": "Weekly sample", **inputs}
    version = client.get(f"/api/v1/here/acceptances/{acceptance.pk}/")["ETag"]
    body = {"inputs": inputs, "shown_hash": shown}
    return send(client, "post", f"acceptances/{acceptance.pk}/steps/accept/", body, version)


def asked(tenant, owner):
    """An assessed risk whose acceptance is asked for."""
    made = rated_risk(tenant, owner)
    assert made.status_code == 201, made.json()
    url = f"risks/{made.json()['id']}/steps/"
    done = send(owner, "post", f"{url}assess/", {"inputs": {}}, made["ETag"])
    assert done.status_code == 200, done.json()
    done = send(owner, "post", f"{url}ask_for_acceptance/", {}, done["ETag"])
    assert done.status_code == 200, done.json()
    return Acceptance.objects.get()


def shown_hash(client, path):
    steps = client.get(f"/api/v1/here/{path}/steps/").json()["items"]
    return next((step["shown_hash"] for step in steps if step["signs"]), None)


def test_an_approver_accepts_what_was_shown_and_the_assessor_never_can(tenant):
    approve_criteria(tenant)
    owner, approver = person_client(tenant, "manager", "approver"), person_client(tenant, "approver")
    acceptance = asked(tenant, owner)
    shown = shown_hash(approver, f"acceptances/{acceptance.pk}")
    before = Approval.objects.count()
    own = accepted(tenant, owner, acceptance, shown)
    assert own.status_code == 409, own.json()
    assert "own-work" in [o["code"] for o in own.json()["obstacles"]]
    assert Approval.objects.count() == before
    stale = accepted(tenant, approver, acceptance, "0" * 64)
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:aims42:problem:content-changed")
    done = accepted(tenant, approver, acceptance, shown)
    assert done.status_code == 200, done.json()
    assert Risk.objects.get().state == Risk.ACCEPTED
    assert Approval.objects.get().person_id == approver.person.pk


def test_a_change_between_display_and_acceptance_is_409(tenant):
    owner, approver = person_client(tenant, "manager"), person_client(tenant, "approver")
    acceptance = asked(tenant, owner)
    shown = shown_hash(approver, f"acceptances/{acceptance.pk}")
    risk = Risk.objects.get()
    changed = send(owner, "patch", f"risks/{risk.pk}/", {"title": "Something else"}, f'"{risk.version}"')
    assert changed.status_code == 200, changed.json()
    answer = accepted(tenant, approver, acceptance, shown)
    assert answer.status_code == 409
    assert Risk.objects.get().state != Risk.ACCEPTED
    assert not Approval.objects.exists()


def test_a_service_token_signs_nothing(tenant):
    owner = person_client(tenant, "manager")
    acceptance = asked(tenant, owner)
    robot = bearer(tenant, "read", "risks:write", "controls:write")
    answer = accepted(tenant, robot, acceptance, "0" * 64)
    assert answer.status_code in {403, 409}
    assert not Approval.objects.exists()


def test_a_persons_token_without_decide_signs_nothing(tenant):
    owner = person_client(tenant, "manager")
    acceptance = asked(tenant, owner)
    approver = person_client(tenant, "approver", scopes=("read", "risks:write"))
    answer = accepted(tenant, approver, acceptance, shown_hash(approver, f"acceptances/{acceptance.pk}") or "0" * 64)
    assert answer.status_code == 403
    assert not Approval.objects.exists()


def decide_everything(client):
    for row in client.get("/api/v1/here/controls/?limit=100").json()["items"]:
        body = {
            "applies": "yes",
            "reason": f"Needed for what {row['code']} is about, see register",
            "drivers": ["risk"],
        }
        done = send(client, "patch", f"controls/{row['id']}/", body, f'"{row["version"]}"')
        assert done.status_code == 200, done.json()
    for which in ("annex-a", "annex-b"):
        assert send(client, "post", f"soa/confirmations/{which}/", {}).status_code == 200


def test_the_statement_is_submitted_and_approved_by_another_person_only(tenant):
    manager, approver = person_client(tenant, "manager", "approver"), person_client(tenant, "approver")
    refused = send(manager, "post", "soa/steps/submit/", {"inputs": {"to": str(approver.person.pk)}},
                   manager.get("/api/v1/here/soa/")["ETag"])  # fmt: skip
    assert {"undecided", "annex-a"} <= {o["code"] for o in refused.json()["obstacles"]}
    decide_everything(manager)
    body = {"inputs": {"to": str(approver.person.pk)}}
    submitted = send(manager, "post", "soa/steps/submit/", body, manager.get("/api/v1/here/soa/")["ETag"])
    assert (submitted.status_code, submitted.json()["state"]) == (200, "submitted"), submitted.json()
    shown = shown_hash(approver, "soa")
    own = send(manager, "post", "soa/steps/approve/", {"shown_hash": shown}, submitted["ETag"])
    assert own.status_code == 409
    assert send(approver, "post", "soa/steps/approve/", {"shown_hash": "0"}, submitted["ETag"]).status_code == 409
    done = send(approver, "post", "soa/steps/approve/", {"shown_hash": shown}, submitted["ETag"])
    assert (done.status_code, done.json()["state"]) == (200, "approved"), done.json()
    versions = approver.get("/api/v1/here/soa/versions/").json()["items"]
    assert [v["number"] for v in versions] == [1]
    row = manager.get("/api/v1/here/controls/?code=A.2.2").json()["items"][0]
    send(manager, "patch", f"controls/{row['id']}/", {"status": "in_place"}, f'"{row["version"]}"')
    assert manager.get("/api/v1/here/soa/").json()["differs"] == ["A.2.2"]
    assert StatementOfApplicability.objects.get(management_system=tenant).state == "working"
    assert AISystem.objects.count() == 0


def test_an_action_is_planned_finished_and_checked(tenant):
    client = person_client(tenant, "manager")
    risk = rated_risk(tenant, client).json()
    made = send(client, "post", "actions/", {"risk": risk["id"], "what": "Sample answers", "due": "2027-01-31",
                                             "owner": str(client.person.pk)})  # fmt: skip
    assert made.status_code == 201, made.json()
    url = f"actions/{made.json()['id']}/"
    done = send(client, "post", f"{url}finish/", {"outcome": "Sampled"}, made["ETag"])
    assert (done.status_code, done.json()["state"]) == (200, "done"), done.json()
    checked = send(
        client, "post", f"{url}check/", {"effectiveness": "effective", "outcome": "Fewer errors"}, done["ETag"]
    )
    assert checked.json()["effectiveness"] == "effective", checked.json()


def test_criteria_are_decided_by_approvers_only_whoever_else_wrote_nothing(tenant):
    author, other, approver = (person_client(tenant, role) for role in ("manager", "manager", "approver"))
    criteria = Methodology.objects.get(management_system=tenant)
    steps = f"criteria/{criteria.pk}/steps/"
    submitted = send(author, "post", f"{steps}submit/", {}, f'"{criteria.version}"')
    offered = approver.get(f"/api/v1/here/{steps}").json()["items"]
    body = {"shown_hash": next(step["shown_hash"] for step in offered if step["signs"]), "reason": "Read."}
    for step in ("approve", "return"):
        refused = send(other, "post", f"{steps}{step}/", body, submitted["ETag"])
        assert (refused.status_code, refused.json()["permission"]) == (403, "risks.decide_criteria")
    approved = send(approver, "post", f"{steps}approve/", body, submitted["ETag"])
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")


def test_decimals_inside_what_the_ledger_seals_are_refused_at_their_field(tenant):
    client = person_client(tenant, "manager")
    criteria = Methodology.objects.get(management_system=tenant)
    before = criteria.content
    answer = send(client, "patch", f"criteria/{criteria.pk}/", {"content": {"odd": [0.5]}}, f'"{criteria.version}"')
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/content")
    criteria.refresh_from_db()
    assert criteria.content == before
