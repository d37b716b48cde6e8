"""Undo puts edits back; it neither revives nor removes what only a step of its own may."""

import datetime as dt
import uuid

import pytest

from aims.models import AISystem
from aims.services.sync import sync_systems
from core import jobs
from core.change import change
from core.errors import StepRefused
from core.models import Entry, ExternalId, Membership, Profile
from core.records import type_of
from core.services.members import end_membership
from core.undo import undo
from core.workflow import workflow_of
from reports.models import IssuedReport
from risks import services
from risks.effects import Decision
from risks.models import Acceptance, Risk
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import SEVERE, approve_criteria, make_assessed, make_risk, make_system

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_management_system("undoing", name="Sample Mutual")


@pytest.fixture
def manager(tenant):
    return actor_for(make_member(tenant, "manager", "administrator", name="Manager One"), tenant)


def last_step(record):
    return Entry.objects.filter(record_type=type_of(record), record_id=str(record.pk)).order_by("-seq").first()


def refuse(manager, entry):
    with pytest.raises(StepRefused):
        undo(manager, entry.change_id)


def test_undoing_the_step_that_started_a_management_system_is_refused(tenant, manager):
    entry = last_step(Profile.objects.get(management_system=tenant))
    assert entry.action == "management-systems.create"
    refuse(manager, entry)
    assert Profile.objects.filter(management_system=tenant).exists()


def test_somebody_who_left_does_not_come_back_by_undo(tenant, manager):
    gone = make_member(tenant, "manager")
    member = end_membership(actor=manager, member=Membership.objects.get(person=gone))
    refuse(manager, last_step(member))
    member.refresh_from_db()
    assert member.ended


def test_an_issued_report_is_not_taken_back(tenant, manager):
    with change(manager, "reports.issue") as unit:
        report = unit.save(
            IssuedReport(
                kind="RPT-RISK",
                title="R",
                language="en",
                paper="A4",
                as_of=unit.now,
                seq=1,
                people_seq=1,
                content_hash="0" * 64,
                files=[{"format": "json"}],
                job_id=tenant.pk,
            )  # fmt: skip
        )
    refuse(manager, last_step(report))


def accepted(tenant, manager):
    """A risk accepted by an approver, and its acceptance."""
    owner = make_member(tenant, "contributor")
    approver = actor_for(make_member(tenant, "approver"), tenant)
    risk = make_assessed(manager, owner, before_consequences=SEVERE)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    until = dt.date.today() + dt.timedelta(days=60)  # noqa: DTZ011 (any day ahead)
    inputs = Decision(valid_until=until, reason="Nothing else is possible now.", conditions="Look again in June.")
    shown = workflow_of(Acceptance).shown_hash(acceptance)
    return risk, services.accept(actor=approver, acceptance=acceptance, shown_hash=shown, inputs=inputs)


def test_undoing_a_new_assessment_does_not_revive_the_acceptance_of_other_ratings(tenant, manager):
    approve_criteria(tenant)
    risk, acceptance = accepted(tenant, manager)
    risk.refresh_from_db()
    services.assess(actor=manager, risk=risk, before_likelihood=1, today_reason="It grew.")
    acceptance.refresh_from_db()
    assert acceptance.state == Acceptance.ENDED
    refuse(manager, last_step(acceptance))
    acceptance.refresh_from_db()
    risk.refresh_from_db()
    assert (acceptance.state, risk.state) == (Acceptance.ENDED, Risk.ASSESSED)


def test_a_manager_does_not_undo_an_approvers_return(tenant, manager):
    risk = make_assessed(manager, make_member(tenant, "contributor"))
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    approver = actor_for(make_member(tenant, "approver"), tenant)
    services.return_with_question(actor=approver, acceptance=acceptance, question="Why?")
    refuse(manager, last_step(acceptance))
    acceptance.refresh_from_db()
    assert acceptance.state == Acceptance.RETURNED


def test_a_record_in_use_that_undo_leaves_alone_keeps_its_external_ids(tenant, manager):
    with change(manager, "test.import") as unit:
        system = unit.save(AISystem(name="S"), external_ids={"cmdb": "7"})
    make_risk(manager, systems=[system])
    undone = undo(manager, last_step(system).change_id)
    assert [kept.code for kept in undone.kept] == ["in-use"] and undone.removed == 0
    assert ExternalId.objects.filter(record_id=system.pk, key="7").exists()


def test_undo_leaves_alone_what_names_a_record_that_is_gone_since(tenant, manager):
    system = make_system(tenant)
    risk = make_risk(manager, systems=[system])
    risk = services.change_risk(actor=manager, risk=risk, systems=[])
    step = last_step(risk)
    with change(manager, "test.delete") as unit:
        unit.delete(system)
    undone = undo(manager, step.change_id)
    assert [kept.code for kept in undone.kept] == ["gone"] and undone.restored == 0


def test_an_undo_whose_worker_was_lost_goes_on_where_it_was_and_counts_everything_once(manager):
    rows = [{"external_id": str(number), "name": f"System {number}"} for number in range(602)]
    sync_systems(actor=manager, source="cmdb", rows=rows[:1])
    made = sync_systems(actor=manager, source="cmdb", rows=rows)
    step = str(uuid.uuid4())

    def lost(done, total):
        assert (done, total) == (500, 601)
        raise jobs.Lost

    with pytest.raises(jobs.Lost):
        undo(manager, made.change_id, step=step, report=lost)
    again = undo(manager, made.change_id, step=step)
    assert (again.removed, again.restored, again.kept, again.change_id) == (601, 0, [], step)
    assert AISystem.objects.count() == 1
    assert Entry.objects.filter(change_id=step).values("record_id").distinct().count() == 601
