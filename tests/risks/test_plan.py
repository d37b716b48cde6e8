"""The treatment plan: submitted, decided by somebody who wrote none of it, frozen with its hash, compared."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core import approvals, clock, scope, workflow
from core.checks import run
from core.errors import ContentChanged, Forbidden, StepRefused
from core.models import Entry
from core.undo import undo
from risks import plan as plans
from risks import services
from risks.content import authors_of
from risks.contributions import plan_waiting
from risks.effects import PlanSubmission
from risks.models import TreatmentPlan
from risks.workflow import PLAN
from tests.makers import actor_for, make_member
from tests.risks.makers import make_assessed, today

pytestmark = pytest.mark.django_db


def fresh(plan):
    return TreatmentPlan.objects.get(pk=plan.pk)


def submit(plan, manager, approver):
    return services.submit_plan(actor=manager, to=approver.person_id)


def approve(plan, approver):
    return workflow.take("approve", fresh(plan), actor=approver, shown_hash=PLAN.shown_hash(plan))


def obstacles(refused):
    return {one.code for one in refused.value.obstacles}


def test_the_plan_says_option_controls_target_and_the_actions_of_each_risk(plan, risk, action, owner):
    (row,) = plans.content_of(plan)["risks"]
    assert (row["ref"], row["option"], row["target_level"]) == (risk.ref, "change_likelihood", "low")
    (one,) = row["actions"]
    assert (one["what"], one["control"], one["owner"]) == ("Test with a screen reader", "A.9.2", str(owner.pk))
    assert one["expected_effect"] == "Nobody is shut out"


def test_an_approved_plan_is_frozen_with_its_hash_and_sealed(plan, action, manager, approver):
    submit(plan, manager, approver)
    before = plans.content_of(plan)
    approve(plan, approver)
    (version,) = plans.versions_of(scope.current(plan.management_system_id), plan)
    assert (version.number, version.person_id) == (1, approver.person_id)
    assert version.content_hash == approvals.content_hash(before)
    assert approvals.frozen(version) == before
    assert fresh(plan).state == "approved"


def test_approving_the_plan_accepts_no_residual_risk(plan, risk, action, manager, approver):
    submit(plan, manager, approver)
    approve(plan, approver)
    risk.refresh_from_db()
    assert (risk.state, risk.accepted_until) == ("assessed", None)
    assert not risk.acceptances.exists()


def test_later_edits_show_as_drift_and_become_the_next_version(plan, risk, action, manager, approver, owner):
    submit(plan, manager, approver)
    approve(plan, approver)
    now = scope.current(plan.management_system_id)
    first = plans.versions_of(now, plan)[0]
    services.change_action(actor=manager, action=action, due=today() + datetime.timedelta(days=90))
    services.add_action(actor=manager, risk=risk, what="Train", owner=owner, due=today() + datetime.timedelta(days=9))
    changes = plans.differences(approvals.frozen(first), plans.content_of(plan))
    assert [(one.kind, one.fields) for one in changes][0] == ("action", ["due"])
    assert plans.counted(changes) == "2 actions"
    (due,) = plan_waiting(now)
    assert due.why == "It differs from v1 in 2 actions"
    submit(plan, manager, approver)
    approve(plan, approver)
    second, kept = plans.versions_of(now, plan)
    assert (second.number, kept.content, kept.superseded_at is None) == (2, first.content, False)


def test_carrying_an_action_out_is_no_change_of_the_plan(plan, action, manager, approver):
    submit(plan, manager, approver)
    approve(plan, approver)
    services.finish_action(actor=manager, action=action, outcome="Tested")
    with pytest.raises(StepRefused) as refused:
        submit(plan, manager, approver)
    assert obstacles(refused) == {"no-difference"}


def test_a_dropped_action_and_a_closed_risk_leave_the_plan(plan, risk, action, manager, approver):
    submit(plan, manager, approver)
    approve(plan, approver)
    first = approvals.frozen(plans.versions_of(scope.current(plan.management_system_id), plan)[0])
    services.drop_action(actor=manager, action=action, outcome="Not needed")
    risk.refresh_from_db()
    services.close(actor=manager, risk=risk, reason="Retired")
    changes = plans.differences(first, plans.content_of(plan))
    assert {(one.ref, one.after) for one in changes} == {(risk.ref, None), (action.ref, None)}
    assert plans.counted(changes) == "1 action and 1 risk"


def test_nobody_approves_a_plan_they_wrote_part_of(plan, action, manager, approver, tenant):
    both = actor_for(make_member(tenant, "approver", "manager"), tenant)
    services.change_action(actor=both, action=action, expected_effect="Fewer")
    with pytest.raises(ValidationError):
        services.submit_plan(actor=manager, to=both.person_id)
    submit(plan, manager, approver)
    with pytest.raises(StepRefused) as refused:
        approve(plan, both)
    assert obstacles(refused) == {"own-work"}
    with pytest.raises(Forbidden):
        approve(plan, manager)
    assert approve(plan, approver).state == "approved"


def test_who_takes_a_risk_or_an_action_out_or_puts_one_in_wrote_the_plan_that_is_left(
    plan, risk, action, manager, approver, tenant
):
    both = actor_for(make_member(tenant, "approver", "manager"), tenant)
    submit(plan, manager, approver)
    approve(plan, approver)
    services.drop_action(actor=manager, action=action, outcome="Not needed")
    risk.refresh_from_db()
    services.close(actor=both, risk=risk, reason="Retired")
    assert both.person_id in plans.authors_of(fresh(plan))
    make_assessed(manager, make_member(tenant, "manager"), option="retain", option_reason="Small.")
    submit(plan, manager, approver)
    approve(plan, approver)
    risk.refresh_from_db()
    services.reopen(actor=both, risk=risk, reason="In use again")
    assert both.person_id in plans.authors_of(fresh(plan))


def test_who_deletes_an_action_by_undo_is_an_author_of_the_plan_and_of_the_acceptance(
    plan, risk, manager, approver, owner, tenant
):
    both = actor_for(make_member(tenant, "approver", "manager"), tenant)
    more = services.add_action(actor=manager, risk=risk, what="Train", owner=owner, due=today())
    submit(plan, manager, approver)
    approve(plan, approver)
    assert both.person_id not in authors_of(risk)
    undo(both, Entry.objects.get(record_id=str(more.pk)).change_id)
    assert both.person_id in plans.authors_of(fresh(plan))
    assert both.person_id in authors_of(risk)
    assert both.person_id not in authors_of(make_assessed(manager, owner)), "the action was of another risk"


def test_who_submits_does_not_decide_and_who_only_carries_out_may(plan, action, manager, approver, tenant):
    both = actor_for(make_member(tenant, "approver", "manager"), tenant)
    services.finish_action(actor=both, action=action, outcome="Tested")
    submit(plan, manager, approver)
    assert both.person_id not in plans.authors_of(fresh(plan))
    workflow.take("withdraw", fresh(plan), actor=manager)
    workflow.take("submit", fresh(plan), actor=both, inputs=PlanSubmission(approver.person_id))
    assert both.person_id in plans.authors_of(fresh(plan))


def test_what_is_approved_is_what_was_submitted_and_shown(plan, action, manager, approver):
    submit(plan, manager, approver)
    shown = PLAN.shown_hash(plan)
    services.change_action(actor=manager, action=action, what="Something else")
    with pytest.raises(StepRefused) as refused:
        approve(plan, approver)
    assert obstacles(refused) == {"changed"}
    workflow.take("withdraw", fresh(plan), actor=manager)
    submit(plan, manager, approver)
    with pytest.raises(ContentChanged):
        workflow.take("approve", fresh(plan), actor=approver, shown_hash=shown)


def test_an_empty_plan_is_not_submitted_nor_an_action_without_owner_or_day(plan, manager, approver, owner):
    with pytest.raises(StepRefused) as refused:
        submit(plan, manager, approver)
    assert obstacles(refused) == {"nothing-planned"}
    bare = services.add_action(actor=manager, risk=make_assessed(manager, owner), what="Somebody should")
    with pytest.raises(StepRefused) as refused:
        submit(plan, manager, approver)
    assert obstacles(refused) == {"incomplete"}
    assert bare.ref in str(refused.value.obstacles[0].reason)


def test_a_returned_plan_waits_for_who_submitted_it(plan, action, manager, approver):
    submit(plan, manager, approver)
    (due,) = plan_waiting(scope.current(plan.management_system_id))
    assert (due.decision, due.people) == (True, (approver.person_id,))
    workflow.take("return", fresh(plan), actor=approver, reason="Why so late?")
    (due,) = plan_waiting(scope.current(plan.management_system_id))
    assert (due.people, due.why) == ((manager.person_id,), "Why so late?")
    submit(plan, manager, approver)
    approve(plan, approver)
    assert fresh(plan).return_comment == ""


def test_the_check_asks_for_approval_while_something_is_being_done(plan, risk, manager, approver, owner, tenant):
    def found():
        return [one.code for one in run(scope.current(tenant.pk)) if one.check.id == "CHK-RSK-07"]

    assert found() == []
    services.add_action(actor=manager, risk=risk, what="Train", owner=owner, due=today() + datetime.timedelta(days=9))
    assert found() == ["plan-not-approved"]
    submit(plan, manager, approver)
    approve(plan, approver)
    assert found() == []


def test_the_past_shows_the_plan_of_that_moment(plan, action, manager, approver):
    submit(plan, manager, approver)
    approve(plan, approver)
    moment, then = clock.now(), plans.content_of(plan)
    services.change_action(actor=manager, action=action, what="Something else")
    past = scope.as_of(plan.management_system_id, moment)
    assert plans.content_in(past) == then != plans.content_of(plan)
    assert plans.plan_or_none(past).state == "approved"
    assert len(plans.versions_of(past, plan)) == 1


def test_each_step_leaves_its_entry(plan, action, manager, approver):
    submit(plan, manager, approver)
    approve(plan, approver)
    rows = Entry.objects.filter(record_type="risks.treatmentplan", record_id=str(plan.pk)).order_by("seq")
    taken = list(rows.values_list("action", flat=True))[1:]
    assert taken == ["risks.treatmentplan.submit", "risks.treatmentplan.approve"]
