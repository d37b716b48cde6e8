"""Residual risk is accepted by somebody with the authority who neither wrote nor assessed it."""

import dataclasses
import datetime

import pytest
from django.core.exceptions import ValidationError

from core import workflow
from core.change import change
from core.errors import ContentChanged, Forbidden, ReauthenticationNeeded, StepRefused
from core.models import Approval, Checkpoint, Entry, Person
from risks import methodology, services
from risks.effects import Decision
from risks.models import Acceptance, Risk
from risks.workflow import ACCEPTANCE, CRITERIA
from tests.makers import actor_for, make_member
from tests.pages.conftest import browser
from tests.risks.makers import MILD, SEVERE, approve_criteria, make_assessed, make_control, make_system, today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("approved")]
LOW = {"today_likelihood": 1, "today_consequences": {"organisation": 1, "individuals": 1}}
UNKNOWN_AND_SEVERE = {
    "before_likelihood": 0,
    "before_consequences": {"individuals": 5},
    "not_estimable_reason": "Nobody has run such a system.",
}


def decision(days=90, **fields):
    fields.setdefault("reason", "The nurse reads every answer.")
    return Decision(valid_until=today() + datetime.timedelta(days=days), **fields)


def accept(actor, acceptance, inputs=None, **fields):
    acceptance.refresh_from_db()
    fields.setdefault("shown_hash", ACCEPTANCE.shown_hash(acceptance))
    return services.accept(actor=actor, acceptance=acceptance, inputs=inputs or decision(), **fields)


def codes(error):
    return {obstacle.code for obstacle in error.value.obstacles}


def test_an_approver_accepts_until_a_day_and_the_signature_holds_what_was_shown(manager, owner, approver):
    risk = make_assessed(manager, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    shown = ACCEPTANCE.shown_hash(acceptance)
    done = accept(approver, acceptance, decision(conditions="Nurses cover the night."))
    risk.refresh_from_db()
    assert (done.state, risk.state, risk.accepted_until) == ("accepted", Risk.ACCEPTED, done.valid_until)
    signature = Approval.objects.get(record_id=acceptance.pk)
    assert (signature.meaning, signature.person_id, signature.content_hash) == ("accepted", approver.person_id, shown)
    assert str(manager.person_id) in signature.authors


def test_nothing_is_accepted_under_criteria_that_nobody_approved(tenant, manager, owner, approver, approved):
    with change(manager, "test.criteria") as unit:
        approved.state = "working"
        unit.save(approved)
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    with pytest.raises(StepRefused) as refused:
        accept(approver, acceptance)
    obstacle = refused.value.obstacles[0]
    assert (codes(refused), obstacle.remedy) == ({"criteria-not-approved"}, "/risky/risks/criteria/")
    assert [person.pk for person in obstacle.who] == [approver.person_id]
    shown = browser(Person.objects.get(pk=approver.person_id)).get(f"/risky/risks/acceptances/{acceptance.ref}/")
    assert 'href="/risky/risks/criteria/">To the risk criteria' in shown.content.decode()
    assert 'value="accept"' not in shown.content.decode()
    approve_criteria(tenant)
    assert accept(approver, acceptance).state == Acceptance.ACCEPTED


def test_a_level_looked_up_before_the_criteria_changed_is_not_accepted(tenant, manager, owner, approver, approved):
    with change(manager, "test.criteria") as unit:
        approved.state = "working"
        unit.save(approved)
    risk = make_assessed(manager, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    worst = methodology.worst_first(approved.content)[0]["code"]
    matrix = {row: [worst] * len(cells) for row, cells in approved.content["matrix"].items()}
    services.change_criteria(actor=manager, criteria=approved, content={**approved.content, "matrix": matrix})
    approve_criteria(tenant)
    with pytest.raises(
        StepRefused, match="Under criteria v1 this is Critical, not High: assess the risk anew"
    ) as refused:
        accept(approver, acceptance)
    assert codes(refused) == {"level-changed"}
    services.withdraw_request(actor=manager, acceptance=acceptance, reason="Anew")
    risk = services.assess(actor=manager, risk=risk)
    anew = services.ask_for_acceptance(actor=manager, risk=risk)
    assert anew.level == worst
    assert accept(approver, anew, decision(5, conditions="Weekly sample")).state == Acceptance.ACCEPTED


def test_the_request_freezes_statement_ratings_controls_actions_and_criteria(manager, owner, tenant):
    control = make_control(tenant, "A.5.4", status="partly", applies="yes")
    system = make_system(tenant)
    risk = make_assessed(manager, owner, controls=[control], systems=[system])
    services.add_action(actor=manager, risk=risk, what="Test", owner=owner, due=today())
    frozen = services.ask_for_acceptance(actor=manager, risk=risk).frozen
    assert frozen["statement"]["cause"] == "labels are missing"
    assert frozen["ratings"]["today"]["level"] == "high"
    assert frozen["controls"][0]["status"] == "partly"
    assert frozen["systems"] == [{"ref": system.ref, "name": system.name}]
    assert [action["what"] for action in frozen["actions"]] == ["Test"]
    assert frozen["criteria"] == {
        "version": 1, "above": True, "accepts": "approver", "at_most_months": 12, "conditions_required": False,
    }  # fmt: skip


def test_nobody_accepts_the_risk_they_wrote_or_assessed_or_asked_for(tenant, manager, owner):
    both = actor_for(make_member(tenant, "approver", "manager", name="Both One"), tenant)
    wrote = make_assessed(both, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=wrote)
    with pytest.raises(StepRefused) as error:
        accept(both, acceptance)
    assert codes(error) == {"own-work"}

    confirmed = make_assessed(manager, owner)
    services.still_right(actor=both, risk=confirmed, sentence="Still so.")
    with pytest.raises(StepRefused) as error:
        accept(both, services.ask_for_acceptance(actor=manager, risk=confirmed))
    assert codes(error) == {"own-work"}

    asked = services.ask_for_acceptance(actor=both, risk=make_assessed(manager, owner))
    with pytest.raises(StepRefused) as error:
        accept(both, asked)
    assert codes(error) == {"own-work"}


def test_who_returned_a_request_or_accepted_before_is_no_author(manager, owner, approver):
    risk = make_assessed(manager, owner)
    first = services.ask_for_acceptance(actor=manager, risk=risk)
    returned = services.return_with_question(actor=approver, acceptance=first, question="What about nights?")
    assert (returned.state, returned.reason) == ("returned", "What about nights?")
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk))
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk))
    states = sorted(risk.acceptances.values_list("state", flat=True))
    assert states == ["accepted", "ended", "returned"]


@pytest.mark.parametrize(
    ("ratings", "who", "allowed"),
    [
        (LOW, "owner", True),
        (LOW, "other_manager", True),
        (LOW, "approver", True),
        ({"today_likelihood": 4, "today_consequences": MILD}, "owner", False),
        ({"today_likelihood": 4, "today_consequences": MILD}, "other_manager", True),
        ({}, "other_manager", False),
        ({}, "approver", True),
    ],
)
def test_the_authority_table_decides_who_accepts_which_level(request, tenant, ratings, who, allowed):
    manager, owner = request.getfixturevalue("manager"), request.getfixturevalue("owner")
    actor = actor_for(owner, tenant) if who == "owner" else request.getfixturevalue(who)
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner, **ratings))
    if allowed:
        assert accept(actor, acceptance).state == "accepted"
        return
    with pytest.raises(StepRefused) as error:
        accept(actor, acceptance)
    assert codes(error) == {"beyond-authority"}


def test_cannot_be_estimated_with_severe_harm_is_critical_and_not_for_the_owner(tenant, manager, owner, approver):
    risk = make_assessed(manager, owner, **UNKNOWN_AND_SEVERE)
    assert (risk.today_level, risk.above_criteria, risk.today_likelihood) == ("critical", True, 0)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    with pytest.raises(StepRefused) as error:
        accept(actor_for(owner, tenant), acceptance)
    assert codes(error) == {"beyond-authority"}
    assert [person.pk for person in error.value.obstacles[0].who] == [approver.person_id]
    with pytest.raises(ValidationError) as problem:
        accept(approver, acceptance, decision(days=200))
    assert set(problem.value.error_dict) == {"valid_until", "conditions"}
    half_a_year = methodology.add_months(today(), 6)
    inputs = dataclasses.replace(decision(conditions="Only inside the pilot."), valid_until=half_a_year)
    assert accept(approver, acceptance, inputs).valid_until == half_a_year


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"valid_until": None}, "valid_until"), ({"reason": " "}, "reason"), ({"days": -1}, "valid_until")],
)
def test_a_decision_without_date_or_reason_is_refused(manager, owner, approver, fields, named):
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    days = fields.pop("days", 90)
    with pytest.raises(ValidationError) as error:
        accept(approver, acceptance, dataclasses.replace(decision(days=days), **fields))
    assert set(error.value.error_dict) == {named}


def test_what_changed_between_display_and_decision_is_refused(manager, owner, approver, tenant):
    control = make_control(tenant, "A.5.4", status="in_place", applies="yes")
    risk = make_assessed(manager, owner, controls=[control])
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    shown = ACCEPTANCE.shown_hash(acceptance)
    with pytest.raises(ContentChanged):
        accept(approver, acceptance, shown_hash="0" * 64)
    make_control(tenant, "A.5.4", status="planned")
    with pytest.raises(StepRefused) as error:
        accept(approver, acceptance, shown_hash=shown)
    assert codes(error) == {"changed"}
    make_control(tenant, "A.5.4", status="in_place")
    action = services.add_action(actor=manager, risk=risk, what="Later")
    with pytest.raises(StepRefused):
        accept(approver, acceptance, shown_hash=shown)
    services.drop_action(actor=manager, action=action, outcome="No")
    services.change_risk(actor=manager, risk=risk, note="A note is not what is decided")
    assert accept(approver, acceptance, shown_hash=shown).state == "accepted"


def test_a_signature_asks_for_the_password_again_and_for_a_person(manager, owner, approver):
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    with pytest.raises(ReauthenticationNeeded):
        accept(dataclasses.replace(approver, recently_authenticated=False), acceptance)
    token = dataclasses.replace(approver, scopes=frozenset({"risks:write"}))
    with pytest.raises(Forbidden):
        accept(token, acceptance)


def test_what_was_accepted_stays_as_it_is_until_it_is_reopened(manager, owner, approver):
    risk = make_assessed(manager, owner)
    acceptance = accept(approver, services.ask_for_acceptance(actor=manager, risk=risk))
    with pytest.raises(ValidationError) as error:
        services.change_risk(actor=manager, risk=risk, cause="Something else")
    assert set(error.value.error_dict) == {"cause"}
    reopened = services.reopen(actor=manager, risk=risk, reason="New release")
    acceptance.refresh_from_db()
    assert (reopened.state, reopened.accepted_until, acceptance.state) == (Risk.ASSESSED, None, "ended")
    services.change_risk(actor=manager, risk=risk, cause="Something else")


def test_assessing_again_ends_acceptances_and_withdraws_requests(manager, owner, approver):
    risk = make_assessed(manager, owner)
    given = accept(approver, services.ask_for_acceptance(actor=manager, risk=risk))
    asked = services.ask_for_acceptance(actor=manager, risk=risk)
    with pytest.raises(StepRefused):
        services.ask_for_acceptance(actor=manager, risk=risk)
    again = services.assess(actor=manager, risk=risk, today_likelihood=2, today_consequences=SEVERE)
    given.refresh_from_db()
    asked.refresh_from_db()
    assert (again.state, given.state, asked.state) == (Risk.ASSESSED, "ended", "withdrawn")


def test_an_acceptance_past_its_day_is_shown_and_never_closed_silently(manager, owner, approver):
    risk = make_assessed(manager, owner)
    accept(approver, services.ask_for_acceptance(actor=manager, risk=risk), decision(days=10))
    day = today()
    assert not Risk.objects.acceptance_expired(day + datetime.timedelta(days=10)).exists()
    assert Risk.objects.acceptance_expired(day + datetime.timedelta(days=11)).get() == risk
    assert Acceptance.objects.get().state == "accepted"


def test_requests_are_withdrawn_by_who_asked(manager, owner, approver, tenant):
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    with pytest.raises(Forbidden):
        services.withdraw_request(actor=approver, acceptance=acceptance)
    assert services.withdraw_request(actor=manager, acceptance=acceptance).state == "withdrawn"


def test_drafts_and_opportunities_are_not_put_up_for_acceptance(manager, owner):
    with pytest.raises(StepRefused):
        services.ask_for_acceptance(actor=manager, risk=services.register_risk(actor=manager, title="Draft"))
    chance = make_assessed(manager, owner, kind="opportunity")
    assert not chance.above_criteria
    with pytest.raises(StepRefused) as error:
        services.ask_for_acceptance(actor=manager, risk=chance)
    assert codes(error) == {"opportunity"}


def test_every_write_of_an_acceptance_is_one_entry(manager, owner, approver):
    risk = make_assessed(manager, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    before = Entry.objects.count()
    accept(approver, acceptance)
    kinds = Entry.objects.order_by("-seq").values_list("record_type", flat=True)[: Entry.objects.count() - before]
    assert sorted(kinds) == ["core.approval", "risks.acceptance", "risks.risk"]


def test_the_accept_button_says_who_can(manager, owner, other_manager, approver):
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    offer = next(one for one in workflow.offers(acceptance, other_manager) if one.step.name == "accept")
    assert [person.pk for obstacle in offer.obstacles for person in obstacle.who] == [approver.person_id]


def test_each_signature_is_followed_by_a_signed_checkpoint(
    tenant, manager, owner, approver, django_capture_on_commit_callbacks
):
    def kept():
        return Checkpoint.objects.filter(chain__management_system=tenant, occasion="approval").count()

    working = services.revise_criteria(actor=manager)
    content = {**working.content, "criteria": {"en": "Stricter", "de": "Strenger"}}
    criteria = services.change_criteria(actor=manager, criteria=working, content=content)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.take("submit", criteria, actor=manager)
        criteria.refresh_from_db()
        workflow.take("approve", criteria, actor=approver, shown_hash=CRITERIA.shown_hash(criteria))
    assert kept() == 1
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    with django_capture_on_commit_callbacks(execute=True):
        accept(approver, acceptance)
    assert kept() == 2
