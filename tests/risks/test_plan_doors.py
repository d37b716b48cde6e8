"""The doors of the treatment plan: pages without scripts and REST, each step once."""

import json

import pytest

from core import scope
from core.actor import operator
from core.change import change
from risks import plan as plans
from risks import services
from risks.models import TreatmentPlan
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_member
from tests.risks.test_pages import at, newest, person_of, signed_in
from tests.risks.test_plan import approve, fresh, submit

pytestmark = pytest.mark.django_db


def body_of(answer):
    return answer.content.decode()


def test_a_manager_submits_and_an_approver_decides_what_differs(plan, action, manager, approver):
    desk, board = signed_in(person_of(manager)), signed_in(person_of(approver), recently=True)
    shown = body_of(desk.get(at("risk_plan")))
    assert "Test with a screen reader" in shown and "Nobody has approved it yet." in shown
    form = desk.get(at("risk_plan_submit"))
    assert "Approver One" in body_of(form)
    sent = desk.post(at("risk_plan_submit"), {"to": str(approver.person_id)})
    assert (sent.status_code, sent.url) == (302, at("risk_plan"))
    page = board.get(at("risk_plan_approve"))
    assert board.post(at("risk_plan_approve"), {"shown": "0" * 64}).status_code == 409
    signed = board.post(at("risk_plan_approve"), {"shown": page.context["shown"]})
    assert (signed.status_code, signed.url) == (302, at("risk_plan"))
    services.change_action(actor=manager, action=action, what="Something else")
    drifted = body_of(desk.get(at("risk_plan")))
    assert "Working copy differs from v1 in 1 action." in drifted and "<del>Test with a screen reader</del>" in drifted
    assert "Test with a screen reader" in body_of(desk.get(at("risk_plan_version", number=1)))
    assert desk.get(at("risk_plan_version", number=2)).status_code == 404
    submit(plan, manager, approver)
    approve(plan, approver)
    assert "Differs from v1" in body_of(desk.get(at("risk_plan_version", number=2)))


def test_a_submission_is_withdrawn_or_returned_with_a_comment(plan, action, manager, approver):
    desk, board = signed_in(person_of(manager)), signed_in(person_of(approver))
    submit(plan, manager, approver)
    assert desk.post(at("risk_plan"), {"step": "withdraw", "version": newest(plan)}).status_code == 302
    assert fresh(plan).state == "working"
    submit(plan, manager, approver)
    assert board.get(at("risk_plan_return")).status_code == 200
    given = {"reason": "Why so late?", "version": newest(plan)}
    assert board.post(at("risk_plan_return"), given).status_code == 302
    assert "Returned: Why so late?" in body_of(desk.get(at("risk_plan")))
    assert desk.get(at("risk_plan_return")).status_code == 403
    assert desk.post(at("risk_plan"), {"step": "approve"}).status_code == 404


def test_who_submitted_a_plan_that_changed_since_is_told_to_submit_it_again(plan, action, manager, approver):
    desk, told = signed_in(person_of(manager)), "The plan changed since it was submitted"
    submit(plan, manager, approver)
    assert told not in body_of(desk.get(at("risk_plan")))
    services.change_action(actor=manager, action=action, what="Something else")
    assert told in body_of(desk.get(at("risk_plan")))


def test_only_who_submitted_the_plan_withdraws_it(plan, action, manager, approver, tenant):
    submit(plan, manager, approver)
    other = signed_in(make_member(tenant, "manager", name="Manager Two"))
    (offered,) = other.get(at("risk_plan")).context["offered"]
    assert [obstacle.code for obstacle in offered.obstacles] == ["not-allowed"]
    assert other.post(at("risk_plan"), {"step": "withdraw", "version": newest(plan)}).status_code == 403
    assert fresh(plan).state == "submitted"


def test_a_plan_is_begun_where_an_older_version_left_none(plan, action, manager):
    with change(operator(plan.management_system_id), "test.older") as unit:
        unit.delete(plan)
    desk = signed_in(person_of(manager))
    assert desk.get(at("risk_plan")).status_code == 200
    assert desk.get(at("risk_plan_submit")).status_code == 404
    assert desk.post(at("risk_plan"), {"step": "begin"}).url == at("risk_plan_submit")
    assert TreatmentPlan.objects.count() == 1


def test_readers_see_the_plan_and_no_steps(plan, action, auditor):
    page = signed_in(auditor).get(at("risk_plan"))
    assert (page.status_code, page.context["offered"]) == (200, [])


def test_rest_reads_the_plan_its_versions_and_takes_its_steps(plan, action, tenant):
    people = [make_member(tenant, "administrator", role) for role in ("manager", "approver")]
    desk, board = (
        bearer(tenant, "read", "risks:write", "decide", actor=actor_for(person, tenant), as_person=True)
        for person in people
    )
    url = "/api/v1/risky/treatment-plan/"

    def post(client, step, body):
        headers = {"If-Match": client.get(url)["ETag"]}
        return client.post(f"{url}steps/{step}/", json.dumps(body), content_type="application/json", headers=headers)

    now = desk.get(url).json()
    assert (now["approved_version"], now["differs"], len(now["content"]["risks"])) == (None, [], 1)
    assert post(desk, "submit", {"inputs": {"to": str(people[1].pk)}}).json()["state"] == "submitted"
    shown = next(one["shown_hash"] for one in board.get(f"{url}steps/").json()["items"] if one["signs"])
    assert shown == now["content_hash"]
    assert post(board, "approve", {"shown_hash": shown}).json()["state"] == "approved"
    (version,) = desk.get(f"{url}versions/").json()["items"]
    assert (version["number"], version["content_hash"]) == (1, shown)
    assert desk.get(f"{url}versions/?number=1").json()["content"] == now["content"]
    services.change_action(actor=actor_for(people[0], tenant), action=action, what="Something else")
    assert desk.get(url).json()["differs"] == [action.ref]
    assert plans.versions_of(scope.current(tenant.pk), plan)[0].number == 1
