"""What the checks find and stop finding, what falls due, what other rooms are told."""

import datetime

import pytest
from django.utils import translation

from core import agenda, checks, clock, registries
from core.scope import as_of, current
from risks import queries, services
from risks.contributions import criteria_approved, risks_of_system, systems_assessed
from risks.effects import Decision
from risks.models import Acceptance, Risk
from risks.workflow import ACCEPTANCE
from tests.makers import actor_for
from tests.risks.makers import MILD, SEVERE, make_assessed, make_control, make_risk, make_system, today
from tests.risks.test_criteria import approve

pytestmark = pytest.mark.django_db
LATER = datetime.timedelta(days=400)


def found(scope, check_id):
    check = next(one for one in checks.registered() if one.id == check_id)
    findings = check.findings(scope)
    assert all(checks.sentence(one) for one in findings)
    return [one.ref for one in findings]


def scope_of(tenant, days=0):
    """The present, or the present seen so many days later."""
    with clock.simulated(clock.now() + datetime.timedelta(days=days)):
        return current(tenant.pk)


def accept(approver, acceptance, days=90):
    acceptance.refresh_from_db()
    inputs = Decision(today() + datetime.timedelta(days=days), "Bearable.", "As agreed.")
    shown = ACCEPTANCE.shown_hash(acceptance)
    return services.accept(actor=approver, acceptance=acceptance, inputs=inputs, shown_hash=shown)


def test_criteria_are_asked_for_until_they_are_approved(tenant, manager, approver):
    assert len(found(scope_of(tenant), "CHK-RSK-01")) == 1
    assert criteria_approved(scope_of(tenant)) == (0, 1)
    approve(queries.criteria_in_force(scope_of(tenant)), manager, approver)
    assert found(scope_of(tenant), "CHK-RSK-01") == []
    assert criteria_approved(scope_of(tenant)) == (1, 1)


def test_a_system_needs_a_current_assessment(tenant, manager, owner):
    system = make_system(tenant)
    make_risk(manager, systems=[system])
    assert found(scope_of(tenant), "CHK-RSK-02") == [system.ref]
    assert systems_assessed(scope_of(tenant)) == (0, 1)
    make_assessed(manager, owner, systems=[system])
    assert found(scope_of(tenant), "CHK-RSK-02") == []
    assert systems_assessed(scope_of(tenant)) == (1, 1)
    assert found(scope_of(tenant, days=400), "CHK-RSK-02") == [system.ref]


def test_ratings_that_look_wrong_are_named(tenant, manager, owner):
    only = make_assessed(manager, owner, before_consequences={"organisation": 3})
    higher = make_assessed(
        manager, owner, today_likelihood=5, today_consequences={"individuals": 5}, today_reason="Worse than thought."
    )
    control = make_control(tenant, "A.5.4", status="partly", applies="yes")
    lower = make_assessed(manager, owner, controls=[control], today_likelihood=1, today_consequences=MILD)
    scope = scope_of(tenant)
    assert found(scope, "CHK-RSK-03") == [only.ref]
    assert found(scope, "CHK-RSK-04") == [higher.ref]
    assert found(scope, "CHK-RSK-05") == [lower.ref]
    make_control(tenant, "A.5.4", status="in_place")
    assert found(scope_of(tenant), "CHK-RSK-05") == []


@pytest.mark.usefixtures("approved")
def test_above_the_criteria_something_must_be_done_or_accepted(tenant, manager, owner, approver):
    risk = make_assessed(manager, owner)
    assert found(scope_of(tenant), "CHK-RSK-10") == [risk.ref]
    action = services.add_action(actor=manager, risk=risk, what="Test", owner=owner, due=today())
    assert found(scope_of(tenant), "CHK-RSK-10") == []
    services.drop_action(actor=manager, action=action, outcome="No")
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk))
    assert found(scope_of(tenant), "CHK-RSK-10") == []
    assert found(scope_of(tenant), "CHK-RSK-06") == []
    assert found(scope_of(tenant, days=91), "CHK-RSK-10") == [risk.ref]
    assert found(scope_of(tenant, days=91), "CHK-RSK-06") == [risk.ref]


def test_actions_are_named_when_overdue_and_when_nobody_checked_them(tenant, manager, owner):
    risk = make_assessed(manager, owner)
    action = services.add_action(actor=manager, risk=risk, what="Test", owner=owner, due=today())
    assert found(scope_of(tenant), "CHK-RSK-08") == []
    assert found(scope_of(tenant, days=2), "CHK-RSK-08") == [action.ref]
    done = services.finish_action(actor=manager, action=action, outcome="Done")
    assert found(scope_of(tenant, days=2), "CHK-RSK-08") == []
    assert found(scope_of(tenant, days=92), "CHK-RSK-09") == [action.ref]
    services.check_effectiveness(actor=manager, action=done, effectiveness="effective")
    assert found(scope_of(tenant, days=92), "CHK-RSK-09") == []


def test_opportunities_are_registered_or_their_absence_is_recorded(tenant, manager):
    assert len(found(scope_of(tenant), "CHK-OPP-01")) == 1
    services.consider_opportunities(actor=manager, conclusion="Nothing worth pursuing this year.")
    assert found(scope_of(tenant), "CHK-OPP-01") == []


@pytest.mark.usefixtures("approved")
def test_what_falls_due_reaches_those_who_do_it(tenant, manager, owner, approver, other_manager):
    risk = make_assessed(manager, owner)
    services.add_action(actor=manager, risk=risk, what="Test", owner=owner, due=today())
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    scope = scope_of(tenant)
    mine = {due.url_name for due in agenda.waiting(scope, owner.pk)}
    assert {"risk_confirm", "risk_action"} <= mine
    decisions = [due for due in agenda.waiting(scope, approver.person_id) if due.decision]
    assert [due.ref for due in decisions] == [acceptance.ref]
    assert decisions[0].url("risky").endswith(f"/acceptances/{acceptance.ref}/")
    assert not [due for due in agenda.waiting(scope, other_manager.person_id) if due.ref == acceptance.ref]
    assert [one.ref for one in queries.decisions_for(scope, approver)] == [acceptance.ref]
    assert queries.decisions_for(scope, manager) == []
    services.return_with_question(actor=approver, acceptance=acceptance, question="And nights?")
    waiting = agenda.waiting(scope_of(tenant), manager.person_id)
    assert [due.why for due in waiting if due.ref == acceptance.ref] == ["And nights?"]
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk), days=30)
    ends = [due for due in agenda.waiting(scope_of(tenant, days=31), owner.pk) if "expired" in due.what]
    assert len(ends) == 1


def test_controls_that_open_risks_rely_on_are_facts_for_the_statement(tenant, manager, owner):
    control = make_control(tenant, "A.5.4", status="in_place", applies="yes")
    make_control(tenant, "A.8.3")
    risk = make_assessed(manager, owner, controls=[control])
    draft = make_risk(manager, controls=[control])
    scope = scope_of(tenant)
    facts = [one for one in registries.gather(registries.drivers, "*", scope) if one.kind == "risk"]
    assert [(one.code, one.refs, one.contradicts) for one in facts] == [("A.5.4", (risk.ref,), True)]
    assert draft.ref not in str(facts[0])
    assert risk.ref in str(facts[0])
    ((_name, basis),) = registries.facts.get("statement.basis")
    assert basis(scope, None) == risk.assessed_at
    services.close(actor=manager, risk=risk, reason="Gone")
    assert not [one for one in registries.gather(registries.drivers, "*", scope_of(tenant)) if one.kind == "risk"]


def test_a_systems_page_lists_its_risks_worst_first(tenant, manager, owner):
    system = make_system(tenant)
    mild = make_assessed(manager, owner, systems=[system], before_likelihood=1, before_consequences=MILD)
    bad = make_assessed(manager, owner, systems=[system])
    template, context = risks_of_system(system, scope_of(tenant), manager)
    assert template == "risks/panel.html"
    assert [row["risk"] for row in context["rows"]] == [bad, mild]


@pytest.mark.usefixtures("approved")
def test_the_book_holds_what_a_report_prints_now_and_as_of_a_past_moment(tenant, manager, owner, approver):
    system, other = make_system(tenant), make_system(tenant, "Credit scoring")
    control = make_control(tenant, "A.5.4", status="in_place", applies="yes")
    risk = make_assessed(manager, owner, systems=[system], controls=[control])
    unknown = make_assessed(
        manager, owner, before_likelihood=0, before_consequences={"individuals": 5}, not_estimable_reason="New"
    )
    make_risk(manager, systems=[other])
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk), days=10)
    then = queries.book(scope_of(tenant))
    moment = clock.now()
    assert [one.ref for one in then.above] == [unknown.ref, risk.ref]
    assert then.heat("today") == {(4, 4): [risk], (0, 5): [unknown]}
    assert queries.heat_counts(then.scope, "today") == {(4, 4): 1, (0, 5): 1}
    assert then.level_counts("today")["critical"] == 1
    assert [(one.system, one.code) for one in then.systems_not_assessed] == [(other, "only-drafts")]
    assert [one.system for one in then.systems_assessed] == [system, None]
    assert then.risks_by_control == {"A.5.4": [risk]}
    assert [one.state for one in then.acceptances] == [Acceptance.ACCEPTED]
    assert len(queries.book(scope_of(tenant, days=11)).expired_acceptances) == 1
    services.assess(actor=manager, risk=risk, today_likelihood=1, today_consequences=SEVERE, rationale="Mended.")
    services.close(actor=manager, risk=unknown, reason="Switched off")
    now, past = queries.book(scope_of(tenant)), queries.book(as_of(tenant.pk, moment))
    assert [one.ref for one in past.above] == [unknown.ref, risk.ref]
    assert past.acceptances[0].decided_by.name == "Approver One"
    changes = {one.ref: one for one in queries.changes_between(past, now)}
    assert (changes[risk.ref].then, changes[risk.ref].now, changes[risk.ref].why) == ("high", "low", "Mended.")
    assert changes[unknown.ref].now_state == Risk.CLOSED


def test_every_check_of_the_room_says_the_tier_of_the_catalogue():
    ids = {one.id for one in checks.registered() if one.id.startswith(("CHK-RSK", "CHK-OPP"))}
    assert {f"CHK-RSK-{n:02d}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10)} | {"CHK-OPP-01"} <= ids


def test_an_owner_who_only_contributes_sees_their_work(tenant, owner, manager):
    actor = actor_for(owner, tenant)
    risk = make_assessed(manager, owner)
    assert services.still_right(actor=actor, risk=risk, sentence="Still so.").assessments.count() == 2


def test_a_finding_says_codes_and_days_in_the_readers_words(tenant, manager, owner, approved, approver):
    def one(code, days=0):
        (finding,) = (one for one in checks.run(scope_of(tenant, days)) if one.code == code)
        return finding

    risk = make_assessed(manager, owner)
    services.add_action(actor=manager, risk=risk, what="Test", owner=owner, due=datetime.date(2026, 3, 4))
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk), days=30)
    overdue, late = one("action-overdue"), one("acceptance-not-authorised", 60)
    assert overdue.params["due"] == "2026-03-04" and late.params["why"] == "expired"
    assert "was due on 4 Mar 2026 " in checks.sentence(overdue)
    assert checks.sentence(late).endswith("its acceptance is expired.")
    with translation.override("de"):
        assert "04.03.2026" in checks.sentence(overdue)
        assert checks.sentence(late).endswith("die Annahme ist abgelaufen.")
