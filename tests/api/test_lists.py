"""Saved views and the look of reports over REST: what the page does, by the same rules."""

import base64
import io

import pytest
from PIL import Image

from core.models import Profile, SavedView, StartView
from core.services.saved_views import save_view
from risks.models import Risk
from risks.services.register import assess
from tests.api.test_decisions import person_client, send
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import SENTENCE, SEVERE, make_risk

pytestmark = pytest.mark.django_db
URL, BASE = "views/", "/api/v1/here/"
LOOK = "look/"


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


@pytest.fixture
def manager(tenant):
    return person_client(tenant, "manager", scopes=("read", "views:write", "settings:write"))


@pytest.fixture
def owner(tenant):
    return person_client(tenant, "contributor", scopes=("read", "views:write"))


def drafts(client, **values):
    """A saved view of the risks that are drafts."""
    given = {"register": "risks", "name": "Drafts", "query": "state=draft&sort=title&nonsense=1", **values}
    return send(client, "post", URL, given)


def test_a_view_is_saved_read_renamed_and_deleted_by_version(owner):
    made = drafts(owner, start=True)
    body = made.json()
    assert (made.status_code, body["query"], body["begins"]) == (201, "sort=title&state=draft", True)
    address = made["Location"].removeprefix(BASE)
    assert owner.get(BASE + address).json() == body
    assert [view["name"] for view in owner.get(f"{BASE}{URL}?register=risks").json()["items"]] == ["Drafts"]
    assert owner.get(f"{BASE}{URL}?register=systems").json()["items"] == []
    changed = send(owner, "patch", address, {"name": "New", "query": "state=assessed"}, made["ETag"])
    assert (changed.json()["name"], changed.json()["query"]) == ("New", "state=assessed")
    assert send(owner, "patch", address, {"name": "Late"}, made["ETag"]).status_code == 412
    assert send(owner, "delete", address, None, made["ETag"]).status_code == 412
    assert send(owner, "post", f"{address}start/", {"start": False}).json()["begins"] is False
    assert send(owner, "delete", address, None, changed["ETag"]).status_code == 204
    assert not SavedView.objects.exists()
    assert not StartView.objects.exists()


def test_sharing_is_for_managers_and_somebody_elses_own_view_is_not_there(owner, manager):
    assert drafts(owner, shared=True).status_code == 403
    own = drafts(owner)["Location"]
    assert manager.get(own).status_code == 404
    assert manager.get(BASE + URL).json()["items"] == []
    shared = drafts(manager, shared=True)
    assert [view["shared"] for view in owner.get(BASE + URL).json()["items"]] == [False, True]
    assert (
        send(owner, "patch", shared["Location"].removeprefix(BASE), {"name": "Mine"}, shared["ETag"]).status_code == 403
    )
    assert owner.get(f"{BASE}{URL}1/").status_code == 404


@pytest.mark.parametrize(
    ("values", "at"),
    [({"register": "planets"}, "/register"), ({"name": " "}, "/name"), ({"colour": "red"}, "/colour"),
     ({"query": "q=" + "x" * 2000}, "/query")],
)  # fmt: skip
def test_what_cannot_be_kept_is_a_fault_at_its_field(owner, values, at):
    answer = drafts(owner, **values)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [at])


def test_views_belong_to_people_and_a_service_has_none(tenant, owner, manager):
    drafts(manager, shared=True)
    robot = bearer(tenant, "read", "views:write")
    refused = drafts(robot)
    assert refused.status_code == 403 and "belong to people" in refused.json()["detail"]
    (shared,) = robot.get(BASE + URL).json()["items"]
    assert send(robot, "post", f"{URL}{shared['id']}/start/", {"start": True}).status_code == 403
    assert send(robot, "delete", f"{URL}{shared['id']}/", None, f'"{shared["version"]}"').status_code == 403


def test_a_view_of_a_register_that_is_no_more_is_not_there(tenant, owner):
    view = save_view(
        actor=actor_for(make_member(tenant, "manager"), tenant), register="gone", name="A", query="", shared=True
    )
    assert owner.get(BASE + URL).json()["items"] == []
    assert owner.get(f"{BASE}{URL}{view.pk}/").status_code == 404


def picture():
    """A small logo as Base64."""
    kept = io.BytesIO()
    Image.new("RGB", (40, 20), "#0c4a57").save(kept, "PNG")
    return base64.b64encode(kept.getvalue()).decode()


def test_the_look_of_reports_takes_colour_and_logo_and_gives_them_back(manager, tenant):
    before = manager.get(BASE + LOOK)
    assert (before.json()["accent"], before.json()["logo"]) == ("", "")
    dressed = send(manager, "patch", LOOK, {"accent": "#0c4a57", "logo": picture()}, before["ETag"])
    assert (dressed.status_code, dressed.json()["accent"], len(dressed.json()["logo"])) == (200, "#0c4a57", 64)
    kept = send(manager, "patch", LOOK, {"accent": ""}, dressed["ETag"])
    assert (kept.json()["accent"], kept.json()["logo"]) == ("", dressed.json()["logo"])
    assert send(manager, "patch", LOOK, {"logo": None}, kept["ETag"]).json()["logo"] == ""
    assert send(manager, "patch", LOOK, {"accent": ""}, dressed["ETag"]).status_code == 412


@pytest.mark.parametrize(("values", "at"), [({"accent": "red"}, "/accent"), ({"accent": "#ffffff"}, "/accent"),
                                            ({"logo": "%"}, "/logo"), ({"logo": "QUJD"}, "/logo")])  # fmt: skip
def test_a_look_that_cannot_be_printed_is_a_fault_at_its_field(manager, values, at):
    answer = send(manager, "patch", LOOK, values, manager.get(BASE + LOOK)["ETag"])
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [at])
    assert Profile.objects.get().accent == ""


def test_above_the_criteria_counts_what_the_register_counts_and_no_draft(tenant, manager):
    one, two = (
        make_risk(actor_for(manager.person, tenant), before_likelihood=4, before_consequences=SEVERE) for _ in "ab"
    )
    assess(actor=actor_for(manager.person, tenant), risk=one, owner=manager.person, whole_system=True, **SENTENCE)
    assert Risk.objects.get(pk=two.pk).above_criteria
    told = [manager.get(f"{BASE}risks/?above_criteria={value}").json()["items"] for value in ("true", "false")]
    assert [[risk["ref"] for risk in found] for found in told] == [[one.ref], [two.ref]]
    assert [risk["above_criteria"] for found in told for risk in found] == [True, False]
