"""Odd addresses and posts are answered, never with a failure of the server."""

import json

import pytest

from aims.services.imports import SYSTEMS
from core import clock, drafts
from core.actor import Actor
from core.imports import Setup, wizard
from core.models import Draft, Job, Membership
from tests.aims.makers import csv_file, make_system
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.pages.conftest import browser, confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_management_system("odd", name="Sample Mutual", time_zone="Europe/Berlin")


@pytest.fixture
def person(tenant):
    return make_member(tenant, "manager", "administrator", name="Manager One")


@pytest.fixture
def page(person):
    return browser(person)


@pytest.mark.parametrize("asked", ["9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00", "garbage", "%00"])
def test_a_moment_outside_the_calendar_is_not_found(page, tenant, asked):
    assert page.get(f"/odd/risks/?as_of={asked.replace('+', '%2B')}").status_code == 404


@pytest.mark.data
@pytest.mark.parametrize(
    "path",
    ["risks/%00a/", "systems/%00/edit/", "reports/%00/json/", "risks/?q=%00", "risks/new/?copy=%00", "search/?q=a%00"],
)
def test_an_address_with_a_nul_leads_nowhere_on_either_database(page, tenant, path):
    assert page.get(f"/odd/{path}").status_code == 404
    assert page.post(f"/odd/{path}").status_code == 404


@pytest.mark.data
def test_a_nul_beside_a_decision_is_taken_out_on_pages_and_refused_over_rest(page, tenant, person):
    actor = actor_for(person, tenant, recently_authenticated=True)
    system = make_system(actor)
    form = {"ref": f"{system.ref}\x00", "step": "leave_out", "version": system.version, "reason": "A trial\x00 only."}
    assert page.post("/odd/systems/to-screen/", form).status_code == 302
    system.refresh_from_db()
    client = bearer(tenant, "read", "inventory:write", actor=actor, as_person=True)
    address = f"/api/v1/odd/systems/{system.pk}/"
    step = {"inputs": {}, "reason": "Back\x00 again."}
    etag = {"If-Match": client.get(address)["ETag"]}
    answer = client.post(f"{address}steps/take_in/", step, content_type="application/json", headers=etag)
    assert answer.status_code == 400 and "/reason" in answer.content.decode()


def test_the_jobs_of_a_past_moment_are_listed_with_their_views(page, tenant, person):
    Job.objects.create(management_system=tenant, kind="x", title="Export of risks", requested_by=person)
    answer = page.get("/odd/jobs/", {"as_of": clock.now().isoformat()})
    assert answer.status_code == 200 and "Export of risks" in answer.content.decode()


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", "x"])
def test_a_version_that_is_none_is_refused_as_stale(page, tenant, person, version):
    system = make_system(actor_for(person, tenant))
    answer = page.post("/odd/systems/to-screen/", {"ref": system.ref, "step": "take_in", "version": version})
    assert answer.status_code == 409
    system.refresh_from_db()
    assert system.state == "to_screen"


@pytest.mark.parametrize("query", ["", "mapping=own&source=x", "mapping=nope"])
def test_the_rows_to_mend_of_a_file_that_fits_no_mapping_are_not_found(page, tenant, person, query):
    file, actor = csv_file(["Colour"], ["red"]), actor_for(person, tenant)
    given = {"name": file.name, "size": len(file.getvalue()), "content": file}
    blob = wizard.keep_file(actor=actor, described=SYSTEMS, **given)
    record = wizard.begin(actor=actor, described=SYSTEMS, blob=blob)
    assert page.get(f"/odd/imports/{record.pk}/errors.csv?{query}").status_code == 404
    wizard.change_setup(actor=actor, record=record, **Setup(mapping="nope").plain())
    assert page.get(f"/odd/imports/{record.pk}/errors.csv?{query}").status_code == 404


@pytest.mark.parametrize("fields", ["[" * 100_000, '{"a": ["\\ud800"]}', "{", '{"a": "b"}', "[]"])
def test_a_draft_that_cannot_be_kept_says_so(page, tenant, person, fields):
    place = drafts.Place.of(Actor("person", tenant.pk, person.pk), "risk_new", "/odd/risks/new/")
    answer = page.post("/drafts/", {"ticket": drafts.ticket(place), "fields": fields, "version": "²"})
    assert answer.status_code == 400 and not Draft.objects.exists()
    answer = page.post("/drafts/", {"ticket": drafts.ticket(place), "fields": json.dumps({"a": ["b"]}), "version": "²"})
    assert answer.status_code == 200


def test_what_a_rule_refuses_after_a_question_is_said_on_a_page(page, tenant, person):
    Membership.objects.filter(management_system=tenant).exclude(person=person).update(ended=True)
    member = Membership.objects.get(management_system=tenant, person=person)
    answer = confirmed(page, f"/odd/people/{member.pk}/end/")
    assert answer.status_code == 422 and "Someone must stay administrator" in answer.content.decode()
    answer = confirmed(page, "/odd/soa/A.2.2/remove/")
    assert answer.status_code == 422 and "A control of Annex A stays" in answer.content.decode()
