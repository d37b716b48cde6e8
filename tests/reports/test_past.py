"""Any past moment, asked for later, gives byte for byte what was issued then, whatever happened since."""

import datetime
import random

import pytest

from aims.services.systems import change_system, register_system
from controls.models import Control
from controls.services import add_own_control, decide_control, remove_own_control
from core import clock, jobs, scope, workflow
from core.actor import operator
from core.errors import StepRefused
from core.services.members import end_membership
from core.services.people import rename_person
from core.services.tenancy import describe
from reports.definitions import Options
from reports.documents.common import to_json
from reports.issuing import ask_for_report, build
from risks.models import Risk
from risks.services.actions import add_action, finish_action
from risks.services.plans import submit_plan
from risks.services.register import assess, change_risk, delete_draft, register_from_catalogue, register_risk
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
BEGIN = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC)
KINDS = ("RPT-SOA", "RPT-RISK")


class Life:
    """A management system to which things happen, each a day or so after the last."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.now = BEGIN
        with clock.simulated(self.now):
            self.tenant = make_management_system()
            self.people = [make_member(self.tenant, "manager") for _ in range(3)]
            self.approver = actor_for(make_member(self.tenant, "approver", name="Approver"), self.tenant)
            self.actor = actor_for(self.people[0], self.tenant)
            self.systems = [register_system(actor=self.actor, name=f"System {n}") for n in range(3)]
            self.risks = [self.new_risk() for _ in range(3)]

    def some(self, rows):
        return self.chance.choice(rows)

    def new_risk(self):
        code = f"CAT-{self.chance.randint(1, 45):02d}"
        return register_from_catalogue(
            actor=self.actor, code=code, systems=[self.some(self.systems)], owner=self.some(self.people).pk,
            today_likelihood=self.chance.randint(0, 5), today_consequences={"individuals": self.chance.randint(1, 5)},
        )  # fmt: skip

    def rename(self):
        rename_person(actor=operator(), person=self.some(self.people), name=f"Person {self.chance.random()}")

    def relink(self):
        chosen = self.chance.sample(self.systems, self.chance.randint(0, len(self.systems)))
        change_risk(actor=self.actor, risk=self.some(self.risks), systems=chosen)

    def unlink_controls(self):
        change_risk(actor=self.actor, risk=self.some(self.risks), controls=[])

    def add_risk(self):
        self.risks.append(self.new_risk())

    def delete_draft(self):
        draft = register_risk(actor=self.actor, title="Gone tomorrow")
        self.later()
        with clock.simulated(self.now):
            delete_draft(actor=self.actor, risk=draft)

    def decide(self):
        code = self.some(list(Control.objects.filter(management_system=self.tenant, own=False))).code
        decide_control(
            actor=self.actor, code=code, applies=self.some(["yes", "no", "undecided"]), 
            reason="Because of this and that, as seen",            owner=self.some(self.people).pk,
        )  # fmt: skip

    def own_control(self):
        control = add_own_control(actor=self.actor, title="Our own")
        self.later()
        if self.chance.random() < 0.5:
            with clock.simulated(self.now):
                remove_own_control(actor=self.actor, code=control.code)

    def act(self):
        action = add_action(
            actor=self.actor, risk=self.some(self.risks), what="Do it",
            due=(self.now + datetime.timedelta(days=2)).date(),
            owner=self.some(self.people).pk,
        )  # fmt: skip
        if self.chance.random() < 0.5:
            finish_action(actor=self.actor, action=action, outcome="Done")

    def assess(self):
        risk, rated = Risk.objects.get(pk=self.some(self.risks).pk), {"individuals": self.chance.randint(1, 5)}
        assess(
            actor=self.actor, risk=risk, rationale="Seen", option="change_likelihood", owner=self.people[0].pk,
            today_reason="Seen", not_estimable_reason="Unknown", before_likelihood=5, before_consequences=rated,
            whole_system=True,
        )  # fmt: skip

    def decide_plan(self):
        """Submitted and approved, where there is something to decide."""
        try:
            plan = submit_plan(actor=self.actor, to=self.approver.person_id)
        except StepRefused:
            return
        self.later()
        with clock.simulated(self.now):
            shown = workflow.workflow_of(plan).shown_hash(plan)
            workflow.take("approve", plan, actor=self.approver, shown_hash=shown)

    def issue(self):
        """A report that later ones compare with."""
        jobs.run(ask_for_report(actor=self.actor, kind="RPT-RISK", formats=["json"]).pk)

    def edit_system(self):
        change_system(actor=self.actor, system_id=self.some(self.systems).pk, purpose=f"Purpose {self.chance.random()}")

    def describe(self):
        describe(actor=self.actor, scope_statement=f"Scope {self.chance.random()}")

    def leave(self):
        guest = make_member(self.tenant, "contributor")
        end_membership(actor=operator(self.tenant.pk), member=guest.memberships.get())

    def another_day(self):
        self.now += datetime.timedelta(days=1)

    def later(self):
        self.now += datetime.timedelta(hours=self.chance.randint(1, 40), seconds=self.chance.randint(0, 59))

    def go_on(self, *certain):
        """One thing happens, or all of the given, each later than the last."""
        verbs = (
            self.rename, self.relink, self.unlink_controls, self.add_risk, self.delete_draft, self.decide,
            self.own_control, self.act, self.assess, self.decide_plan, self.edit_system, self.describe, self.leave,
            self.issue,
        )  # fmt: skip
        for verb in certain or (self.some(verbs),):
            self.later()
            with clock.simulated(self.now):
                verb()

    def issued(self):
        """Both reports now, with the moment they show."""
        self.later()
        with clock.simulated(self.now), scope.snapshot(self.tenant.pk) as read:
            return read.moment, {kind: to_json(build(read, kind, Options())) for kind in KINDS}


@pytest.mark.parametrize("seed", [1, 42, 2026])
def test_a_random_past_moment_equals_the_report_issued_then(seed):
    life = Life(seed)
    known = []
    certain = {
        10: (life.assess, life.act, life.decide_plan, life.issue),
        20: (life.assess, life.act, life.decide_plan),
        25: (life.another_day, life.add_risk),
    }
    for number in range(30):
        life.go_on(*certain.get(number, ()))
        if life.chance.random() < 0.4 or number in certain:
            known.append(life.issued())
    assert any(b'"plan_approval":{' in data["RPT-RISK"] for _moment, data in known)
    assert any(b'"changes":[{' in data["RPT-RISK"] for _moment, data in known)
    assert len({data["RPT-RISK"] for _moment, data in known}) == len(known)
    for moment, data in life.chance.sample(known, min(6, len(known))):
        read = scope.as_of(life.tenant.pk, moment)
        for kind in KINDS:
            assert to_json(build(read, kind, Options())) == data[kind]
