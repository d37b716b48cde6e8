"""Registering, changing and assessing risks."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core import clock
from core.errors import Forbidden, Stale, StepRefused
from core.models import Entry
from risks import services
from risks.models import Methodology, Risk
from risks.services.actions import Planned
from tests.makers import actor_for, make_management_system, make_manager
from tests.risks.makers import MILD, SENTENCE, SEVERE, make_assessed, make_control, make_risk, make_system, today

pytestmark = pytest.mark.django_db


def test_every_management_system_begins_with_criteria_v1_as_a_working_copy(tenant):
    criteria = Methodology.objects.get(management_system=tenant)
    assert (criteria.number, criteria.state) == (1, "working")
    assert criteria.content["matrix"]["0"] == ["low", "medium", "high", "high", "critical"]


def test_levels_are_looked_up_and_never_typed(manager):
    risk = make_risk(manager, before_likelihood=4, before_consequences=SEVERE)
    assert (risk.before_level, risk.before_consequence) == ("high", 4)
    assert (risk.today_level, risk.above_criteria) == ("high", True)
    with pytest.raises(ValidationError) as error:
        services.change_risk(actor=manager, risk=risk, today_level="low")
    assert "today_level" in error.value.error_dict


def test_today_is_a_copy_until_somebody_rates_it(manager):
    risk = make_risk(manager, before_likelihood=4, before_consequences=SEVERE, today_likelihood=2,
                     today_consequences=MILD)  # fmt: skip
    assert (risk.before_level, risk.today_level, risk.above_criteria) == ("high", "low", False)


def test_a_draft_needs_a_title_and_nothing_else(manager):
    with pytest.raises(ValidationError) as error:
        services.register_risk(actor=manager, title=" ")
    assert "title" in error.value.error_dict
    assert make_risk(manager).state == Risk.DRAFT


def test_assessing_names_what_is_missing_at_its_field(manager):
    risk = make_risk(manager, before_likelihood=0, before_consequences={"individuals": 3})
    services.add_action(actor=manager, risk=risk, what="Test each release")
    with pytest.raises(ValidationError) as error:
        services.assess(actor=manager, risk=risk)
    expected = {"systems", "owner", "rationale", "not_estimable_reason", "action_1_owner", "action_1_due"}
    assert set(error.value.error_dict) == expected
    risk.refresh_from_db()
    assert (risk.state, risk.assessments.count()) == (Risk.DRAFT, 0)


def test_an_assessment_is_kept_with_ratings_why_who_and_trigger(manager, owner, tenant):
    control = make_control(tenant, "A.5.4", status="in_place", applies="yes")
    risk = make_assessed(
        manager, owner, controls=[control], today_likelihood=2, today_consequences=SEVERE, assessed_with="The panel",
        trigger="complaint", confidence="medium",
    )  # fmt: skip
    kept = risk.assessments.get()
    assert (kept.number, kept.assessed_by_id, kept.assessed_with, kept.trigger) == (
        1, manager.person_id, "The panel", "complaint",
    )  # fmt: skip
    assert kept.ratings["before"] == {
        "likelihood": 4, "consequences": SEVERE, "consequence": 4, "level": "high",
    }  # fmt: skip
    assert kept.ratings["today"]["level"] == "medium"
    assert kept.controls == [{"code": "A.5.4", "title": control.title, "status": "in_place", "applies": "yes"}]
    assert risk.state == Risk.ASSESSED
    assert risk.next_review == services.register.rating.methodology.add_months(today(), 12)
    assert risk.trigger == ""


def test_the_next_review_follows_the_level_and_may_be_earlier_but_not_later(manager, owner):
    soon = today() + datetime.timedelta(days=20)
    assert make_assessed(manager, owner, next_review=soon).next_review == soon
    with pytest.raises(ValidationError) as error:
        make_assessed(manager, owner, next_review=today() + datetime.timedelta(days=200))
    assert "next_review" in error.value.error_dict


def test_assessing_again_moves_a_review_nobody_chose_and_keeps_one_somebody_chose(manager, owner):
    begin = clock.now()
    for chosen in (None, begin.date() + datetime.timedelta(days=150)):
        with clock.simulated(begin):
            risk = make_assessed(manager, owner, next_review=chosen)
            first = risk.next_review
        with clock.simulated(begin + datetime.timedelta(days=60)):
            again = services.assess(actor=manager, risk=risk)
        assert (again.next_review > first) is (chosen is None)


def test_a_level_that_rises_pulls_a_review_nobody_chose_nearer(manager, owner):
    low = {"before_likelihood": 1, "before_consequences": MILD}
    risk = make_assessed(manager, owner, **low)
    worse = {"before_likelihood": 4, "before_consequences": SEVERE, "today_likelihood": 4, "today_consequences": SEVERE}
    again = services.assess(actor=manager, risk=risk, **worse)
    assert again.next_review < risk.next_review


def test_today_above_before_needs_a_reason(manager, owner):
    higher = {"today_likelihood": 5, "today_consequences": {"individuals": 5}}
    with pytest.raises(ValidationError) as error:
        make_assessed(manager, owner, **higher)
    assert set(error.value.error_dict) == {"today_reason"}
    assert make_assessed(manager, owner, today_reason="The control itself fails.", **higher).today_level == "critical"


def test_lower_today_without_a_working_control_is_a_warning(manager, owner, tenant):
    control = make_control(tenant, "A.5.4", status="partly", applies="yes")
    fields = {
        **SENTENCE, "title": "T", "owner": owner, "whole_system": True,
        "before_likelihood": 4, "before_consequences": SEVERE,
        "today_likelihood": 1, "today_consequences": MILD, "controls": [control],
    }  # fmt: skip
    written = services.save_form(actor=manager, risk=None, expected_version=None, fields=fields, then="assess")
    assert written.lower_without_control
    make_control(tenant, "A.5.4", status="in_place")
    assert not services.save_form(
        actor=manager, risk=written.risk, expected_version=None, fields={}
    ).lower_without_control


def test_ratings_of_an_assessed_risk_change_by_assessing_again(manager, owner):
    risk = make_assessed(manager, owner)
    with pytest.raises(ValidationError) as error:
        services.change_risk(actor=manager, risk=risk, today_likelihood=1)
    assert "today_likelihood" in error.value.error_dict
    assert services.change_risk(actor=manager, risk=risk, note="Seen by the panel").note
    again = services.assess(actor=manager, risk=risk, today_likelihood=1, today_consequences=MILD)
    assert (again.today_level, again.assessments.count()) == ("low", 2)


def test_still_right_adds_a_confirmation_and_a_new_date(manager, owner):
    risk = make_assessed(manager, owner)
    soon = today() + datetime.timedelta(days=30)
    confirmed = services.still_right(
        actor=manager, risk=risk, sentence="Nothing changed since the release.", next_review=soon
    )
    last = confirmed.assessments.order_by("-number").first()
    assert (last.number, last.confirmed_only, last.rationale) == (2, True, "Nothing changed since the release.")
    assert confirmed.next_review == soon
    assert confirmed.today_level == risk.today_level
    with pytest.raises(ValidationError):
        services.still_right(actor=manager, risk=risk, sentence=" ")


def test_assessing_with_a_planned_action_starts_treatment(manager, owner):
    due = today() + datetime.timedelta(days=30)
    written = services.save_form(
        actor=manager, risk=None, expected_version=None, then="assess",
        fields={**SENTENCE, "title": "T", "owner": owner, "whole_system": True, "before_likelihood": 4,
                "before_consequences": SEVERE},
        actions=[Planned(what="Rebuild the screen", owner=owner, due=due)],
    )  # fmt: skip
    assert written.risk.state == Risk.IN_TREATMENT
    assert (
        Entry.objects.filter(record_type="risks.action", chain__management_system=manager.management_system_id).count()
        == 1
    )


def test_a_form_refused_at_the_last_step_keeps_nothing(manager, owner):
    before = Entry.objects.count()
    with pytest.raises(ValidationError):
        services.save_form(
            actor=manager,
            risk=None,
            expected_version=None,
            fields={"title": "T"},
            actions=[Planned(what="A")],
            then="assess",
        )
    assert (Risk.objects.count(), Entry.objects.count()) == (0, before)


def test_a_catalogue_entry_fills_sentence_place_and_controls(manager, tenant):
    make_control(tenant, "A.6.2.4")
    risk = services.register_from_catalogue(actor=manager, code="CAT-01")
    assert risk.catalogue_code == "CAT-01"
    assert risk.cause.startswith("the model completes patterns")
    assert risk.objective == "C.2.8"
    assert "A.6.2.4" in [control.code for control in risk.controls.all()]
    with pytest.raises(ValidationError):
        services.register_from_catalogue(actor=manager, code="CAT-99")


def test_a_copy_is_a_draft_without_the_past(manager, owner, tenant):
    system = make_system(tenant)
    risk = make_assessed(manager, owner, systems=[system])
    copy = services.copy_risk(actor=manager, risk=risk)
    assert (copy.state, copy.assessments.count(), copy.today_level) == (Risk.DRAFT, 0, "high")
    assert list(copy.systems.all()) == [system]


def test_a_stale_version_is_refused(manager, owner):
    risk = make_assessed(manager, owner)
    services.change_risk(actor=manager, risk=risk, expected_version=risk.version, note="One")
    with pytest.raises(Stale):
        services.change_risk(actor=manager, risk=risk, expected_version=risk.version, note="Two")


def test_foreign_records_are_refused_beside_their_field_and_nothing_changes(manager, owner):
    other = make_management_system()
    stranger = make_manager(other)
    risk = make_risk(manager)
    foreign = {
        "systems": [make_system(other)],
        "controls": [make_control(other, "O.1")],
        "owner": stranger.person_id,
    }
    entries = Entry.objects.filter(chain__management_system=manager.management_system_id).count()
    for name, value in foreign.items():
        with pytest.raises(ValidationError) as error:
            services.change_risk(actor=manager, risk=risk, **{name: value})
        assert set(error.value.error_dict) == {name}
    theirs = services.add_action(actor=stranger, risk=make_risk(stranger), what="Elsewhere")
    with pytest.raises(ValidationError):
        services.save_form(
            actor=manager, risk=risk, expected_version=None, fields={}, actions=[Planned(pk=theirs.pk, what="Mine now")]
        )
    assert Entry.objects.filter(chain__management_system=manager.management_system_id).count() == entries


def test_contributors_change_what_they_own_or_began_and_nothing_else(manager, owner, tenant):
    contributor = actor_for(owner, tenant)
    draft = make_risk(contributor)
    services.change_risk(actor=contributor, risk=draft, note="Mine")
    theirs = make_risk(manager)
    with pytest.raises(Forbidden):
        services.change_risk(actor=contributor, risk=theirs, note="Not mine")
    services.change_risk(actor=manager, risk=theirs, owner=owner)
    theirs.refresh_from_db()
    services.change_risk(actor=contributor, risk=theirs, note="Mine now")


def test_an_external_auditor_writes_nothing(manager, owner, auditor, tenant):
    actor = actor_for(auditor, tenant)
    risk = make_assessed(manager, owner)
    entries = Entry.objects.count()
    attempts = [
        lambda: make_risk(actor),
        lambda: services.change_risk(actor=actor, risk=risk, note="x"),
        lambda: services.assess(actor=actor, risk=risk),
        lambda: services.still_right(actor=actor, risk=risk, sentence="x"),
        lambda: services.add_action(actor=actor, risk=risk, what="x"),
        lambda: services.ask_for_acceptance(actor=actor, risk=risk),
        lambda: services.close(actor=actor, risk=risk, reason="x"),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert Entry.objects.count() == entries


def test_closing_needs_a_reason_and_no_open_action(manager, owner):
    risk = make_assessed(manager, owner)
    action = services.add_action(actor=manager, risk=risk, what="Test each release")
    for reason in ("", "System switched off"):
        with pytest.raises(StepRefused):
            services.close(actor=manager, risk=risk, reason=reason)
    services.drop_action(actor=manager, action=action, outcome="Not needed any more")
    closed = services.close(actor=manager, risk=risk, reason="System switched off")
    assert (closed.state, closed.closed_reason) == (Risk.CLOSED, "System switched off")
    with pytest.raises(ValidationError):
        services.change_risk(actor=manager, risk=closed, title="Other")
    assert services.reopen(actor=manager, risk=closed, reason="Back in use").state == Risk.ASSESSED


def test_only_drafts_are_deleted(manager, owner):
    draft = make_risk(manager)
    services.add_action(actor=manager, risk=draft, what="Plan")
    services.delete_draft(actor=manager, risk=draft)
    assert not Risk.objects.exists()
    with pytest.raises(StepRefused):
        services.delete_draft(actor=manager, risk=make_assessed(manager, owner))


def test_a_changed_system_or_control_changes_the_assumptions(manager, owner, tenant):
    system = make_system(tenant)
    control = make_control(tenant, "A.5.4")
    risk = make_assessed(manager, owner, systems=[system], controls=[control])
    assert not Risk.objects.assumptions_changed().exists()
    make_control(tenant, "A.5.4", status="partly")
    assert list(Risk.objects.assumptions_changed()) == [risk]
    services.still_right(actor=manager, risk=risk, sentence="Still holds.")
    assert not Risk.objects.assumptions_changed().exists()


def test_actions_are_done_with_an_outcome_and_then_checked(manager, owner, tenant):
    risk = make_assessed(manager, owner)
    action = services.add_action(actor=manager, risk=risk, what="Test", owner=owner, due=today())
    doer = actor_for(owner, tenant)
    with pytest.raises(StepRefused):
        services.check_effectiveness(actor=doer, action=action, effectiveness="effective")
    with pytest.raises(ValidationError):
        services.finish_action(actor=doer, action=action, outcome="")
    tomorrow = today() + datetime.timedelta(days=2)
    with pytest.raises(ValidationError):
        services.finish_action(actor=doer, action=action, outcome="Done", done_on=tomorrow)
    done = services.finish_action(actor=doer, action=action, outcome="14 of 14 finish now")
    checked = services.check_effectiveness(actor=doer, action=done, effectiveness="effective")
    assert (checked.state, checked.effectiveness) == ("done", "effective")
