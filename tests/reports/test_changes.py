"""What the risk report says of changes since the report before: replayed from the history, honest without one."""

import datetime

import pytest

from core import clock, jobs, scope
from core.models import Job
from reports.definitions import Options
from reports.documents.common import to_json
from reports.issuing import ask_for_report, build
from reports.models import IssuedReport
from risks import services
from risks.effects import Decision
from risks.models import Acceptance, Risk
from risks.workflow import ACCEPTANCE
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import MILD, SENTENCE, SEVERE, approve_criteria

pytestmark = pytest.mark.django_db
BEGIN = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)


class House:
    """A management system at a simulated time; ``on(day)`` makes what follows happen that many days later."""

    def __init__(self):
        with self.on(0):
            self.tenant = make_management_system("house")
            self.manager = actor_for(make_member(self.tenant, "manager", name="Manager One"), self.tenant)
            self.owner = make_member(self.tenant, "contributor", name="Owner One")
            person = make_member(self.tenant, "approver", name="Approver One")
            self.approver = actor_for(person, self.tenant, recently_authenticated=True)
            approve_criteria(self.tenant)

    def on(self, day, hour=0):
        return clock.simulated(BEGIN + datetime.timedelta(days=day, hours=hour), running=True)

    def risk(self, title, rated=MILD):
        made = services.register_risk(
            actor=self.manager, title=title, owner=self.owner, whole_system=True, before_likelihood=4,
            before_consequences=rated, **SENTENCE,
        )  # fmt: skip
        return services.assess(actor=self.manager, risk=made)

    def rate(self, risk, rated):
        fields = {"today_likelihood": 4, "today_consequences": rated, "today_reason": "Seen", "rationale": "Seen again"}
        return services.assess(actor=self.manager, risk=Risk.objects.get(pk=risk.pk), **fields)

    def accept(self, risk, until):
        asked = services.ask_for_acceptance(actor=self.manager, risk=Risk.objects.get(pk=risk.pk))
        services.accept(
            actor=self.approver, acceptance=asked, shown_hash=ACCEPTANCE.shown_hash(asked),
            inputs=Decision(until, "Watched weekly", "Weekly"),
        )  # fmt: skip

    def issue(self):
        job = ask_for_report(actor=self.manager, kind="RPT-RISK", formats=["json"])
        jobs.run(job.pk)
        assert Job.objects.get(pk=job.pk).state == Job.READY
        return IssuedReport.objects.order_by("-seq").first()

    def report(self):
        with scope.snapshot(self.tenant.pk) as read:
            return build(read, "RPT-RISK", Options())


@pytest.fixture
def house():
    return House()


def told(report):
    return [(one.kind, one.ref, one.then, one.now) for one in report.changes]


def test_without_an_earlier_report_it_says_so_and_compares_nothing(house):
    with house.on(1):
        house.risk("First")
        found = house.report()
    assert (found.changes, found.changes_since) == ([], "")
    assert [row.what for row in found.history] == ["Mark as assessed: RSK-1"]


def test_new_closed_up_down_accepted_and_expired_since_the_report_before(house):
    with house.on(1):
        up, down, closed, expiring = (house.risk(name, SEVERE if name == "Down" else MILD) for name in
                                      ("Up", "Down", "Closed", "Expiring"))  # fmt: skip
        draft = services.register_risk(actor=house.manager, title="Draft")
        house.accept(expiring, (BEGIN + datetime.timedelta(days=20)).date())
        before = house.issue()
    with house.on(30):
        fresh = house.risk("New")
        house.rate(up, SEVERE)
        house.rate(down, MILD)
        services.close(actor=house.manager, risk=Risk.objects.get(pk=closed.pk), reason="Switched off")
        services.delete_draft(actor=house.manager, risk=draft)
        house.accept(up, (BEGIN + datetime.timedelta(days=60)).date())
    with house.on(31):
        found = house.report()
    level = {one.ref: one.today_level for one in Risk.objects.all()}
    assert told(found) == [
        ("new", fresh.ref, "", level[fresh.ref]), ("up", up.ref, up.today_level, level[up.ref]),
        ("down", down.ref, down.today_level, level[down.ref]),
        ("expired", expiring.ref, level[expiring.ref], level[expiring.ref]),
        ("accepted", up.ref, level[up.ref], level[up.ref]), ("closed", closed.ref, closed.today_level, ""),
        ("deleted", draft.ref, "", ""),
    ]  # fmt: skip
    why = {(one.kind, one.ref): one.why for one in found.changes}
    assert why["closed", closed.ref] == "Switched off"
    assert why["up", up.ref] == "Seen again"
    assert why["accepted", up.ref] == "Until 2026-05-01, by Approver One. Watched weekly"
    assert found.changes_since == f"RPT-RISK-{before.seq} as of 2026-03-03 (5 risks)"
    assert found.history[0].entry > before.seq


def test_a_report_of_the_same_day_is_not_the_one_before(house):
    with house.on(1):
        risk = house.risk("First")
        first = house.issue()
    with house.on(2):
        house.rate(risk, SEVERE)
        house.issue()
        found = house.report()
    assert found.changes_since.startswith(f"RPT-RISK-{first.seq} ")
    assert [one.kind for one in found.changes] == ["up"]


def test_the_same_moment_later_gives_the_same_bytes(house):
    with house.on(1):
        risk = house.risk("First")
        house.issue()
    with house.on(9):
        house.rate(risk, SEVERE)
        asked = services.ask_for_acceptance(actor=house.manager, risk=Risk.objects.get(pk=risk.pk))
        with scope.snapshot(house.tenant.pk) as read:
            moment, data = read.moment, to_json(build(read, "RPT-RISK", Options()))
    with house.on(12):
        house.issue()
        services.withdraw_request(actor=house.manager, acceptance=Acceptance.objects.get(pk=asked.pk))
        house.rate(risk, MILD)
        assert to_json(build(scope.as_of(house.tenant.pk, moment), "RPT-RISK", Options())) == data
