"""What the rules of risks refuse and allow at their edges: actions, requests, steps, what is settled."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core import clock, undo, workflow
from core.errors import Forbidden, StepRefused
from core.models import Entry
from risks import services
from risks.effects import Decision
from risks.models import Acceptance, Action, Risk
from risks.services.acceptances import waiting_for
from risks.services.actions import Planned
from risks.workflow import ACCEPTANCE, accepters
from tests.makers import actor_for
from tests.risks.makers import make_assessed, make_control, make_risk, make_system, today

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def codes(error):
    return {obstacle.code for obstacle in error.value.obstacles}


def fields_of(error):
    return set(error.value.message_dict)


def make_action(actor, risk, **fields):
    return services.add_action(actor=actor, risk=risk, **{"what": "Test it", **fields})


def make_done(actor, **fields):
    return services.finish_action(actor=actor, action=make_action(actor, make_risk(actor)), outcome="Done.", **fields)


def save(actor, risk, *planned):
    """Save the form of a risk with these actions and no other change."""
    risk.refresh_from_db()
    return services.save_form(actor=actor, risk=risk, expected_version=risk.version, fields={}, actions=planned)


# Actions ----------------------------------------------------------------------------------------------------------


def test_no_action_is_planned_for_a_closed_risk(manager):
    risk = make_risk(manager)
    services.close(actor=manager, risk=risk, reason="The system was never bought.")
    with pytest.raises(StepRefused) as error:
        make_action(manager, risk)
    assert codes(error) == {"closed"}
    assert not Action.objects.exists()


def test_an_action_says_what_is_to_be_done_and_sets_nothing_else(manager):
    risk = make_risk(manager)
    with pytest.raises(ValidationError) as error:
        make_action(manager, risk, what="  ")
    assert fields_of(error) == {"what"}
    with pytest.raises(ValidationError) as error:
        make_action(manager, risk, state="done", effectiveness="effective")
    assert fields_of(error) == {"effectiveness", "state"}
    assert not Action.objects.exists()


def test_an_open_action_is_changed_and_a_finished_one_is_not(manager, owner):
    action = make_action(manager, make_risk(manager))
    changed = services.change_action(actor=manager, action=action, what="Test it twice", owner=owner)
    assert (changed.what, changed.owner_id, changed.version) == ("Test it twice", owner.pk, 2)
    services.finish_action(actor=manager, action=changed, outcome="Done.")
    with pytest.raises(StepRefused) as error:
        services.change_action(actor=manager, action=changed, what="Something else")
    assert codes(error) == {"wrong-state"}


def test_an_action_is_given_up_with_a_reason_only(manager):
    action = make_action(manager, make_risk(manager))
    with pytest.raises(ValidationError) as error:
        services.drop_action(actor=manager, action=action, outcome=" ")
    assert fields_of(error) == {"outcome"}
    action.refresh_from_db()
    assert action.state == Action.OPEN
    dropped = services.drop_action(actor=manager, action=action, outcome=" The supplier did it. ")
    assert (dropped.state, dropped.outcome) == (Action.DROPPED, "The supplier did it.")


def test_an_action_that_is_not_open_any_more_is_not_finished_again(manager):
    done = make_done(manager)
    with pytest.raises(StepRefused) as error:
        services.finish_action(actor=manager, action=done, outcome="Again.")
    assert codes(error) == {"wrong-state"}
    done.refresh_from_db()
    assert done.outcome == "Done."


@pytest.mark.parametrize(
    ("given", "field"),
    [({"outcome": " "}, "outcome"), ({"outcome": "Done.", "done_on": today() + 3 * DAY}, "done_on")],
)
def test_finishing_needs_what_was_done_on_a_day_that_has_come(manager, given, field):
    action = make_action(manager, make_risk(manager))
    with pytest.raises(ValidationError) as error:
        services.finish_action(actor=manager, action=action, **given)
    assert fields_of(error) == {field}
    action.refresh_from_db()
    assert (action.state, action.done_on) == (Action.OPEN, None)


@pytest.mark.parametrize("answer", ["", "splendid"])
def test_whether_an_action_worked_is_one_of_the_three_answers(manager, answer):
    done = make_done(manager)
    with pytest.raises(ValidationError) as error:
        services.check_effectiveness(actor=manager, action=done, effectiveness=answer)
    assert fields_of(error) == {"effectiveness"}


def test_nothing_was_found_to_work_on_a_day_still_to_come(manager):
    done, day = make_done(manager), today()
    with pytest.raises(ValidationError) as error:
        services.check_effectiveness(actor=manager, action=done, effectiveness="effective", on=day + 3 * DAY)
    assert fields_of(error) == {"on"}
    checked = services.check_effectiveness(actor=manager, action=done, effectiveness="partly", on=day - DAY)
    assert (checked.effectiveness, checked.effectiveness_on, checked.outcome) == ("partly", day - DAY, "Done.")


def test_only_a_finished_action_is_checked(manager):
    with pytest.raises(StepRefused) as error:
        services.check_effectiveness(
            actor=manager, action=make_action(manager, make_risk(manager)), effectiveness="effective"
        )
    assert codes(error) == {"wrong-state"}


def test_the_form_adds_changes_and_skips_blank_rows(manager, owner):
    risk = make_risk(manager)
    first = make_action(manager, risk, what="Old words")
    save(manager, risk, Planned("New words", pk=first.pk), Planned("Second", owner=owner), Planned("  "))
    assert sorted(risk.actions.values_list("what", "owner")) == [("New words", None), ("Second", owner.pk)]


def test_the_form_does_not_reach_an_action_of_another_risk(manager):
    mine, other = make_risk(manager), make_risk(manager)
    theirs = make_action(manager, other, what="Theirs")
    with pytest.raises(ValidationError) as error:
        save(manager, mine, Planned("First"), Planned("Mine now", pk=theirs.pk))
    assert fields_of(error) == {"action_2_what"}
    theirs.refresh_from_db()
    assert (theirs.what, theirs.risk_id) == ("Theirs", other.pk)
    assert not mine.actions.exists(), "nothing of a refused form is kept"


def test_a_wrong_action_in_the_form_is_named_by_its_number(manager):
    risk = make_risk(manager)
    kept = make_action(manager, risk)
    with pytest.raises(ValidationError) as error:
        save(manager, risk, Planned("First"), Planned("", pk=kept.pk))
    assert fields_of(error) == {"action_2_what"}


def test_an_action_taken_out_of_a_draft_is_deleted(manager):
    risk = make_risk(manager)
    action = make_action(manager, risk)
    save(manager, risk, Planned(pk=action.pk, gone=True))
    assert not Action.objects.exists()


def test_an_action_taken_out_of_an_assessed_risk_stays_on_record_as_dropped(manager, owner):
    risk = make_assessed(manager, owner)
    action = make_action(manager, risk)
    save(manager, risk, Planned(pk=action.pk, gone=True))
    action.refresh_from_db()
    assert (action.state, action.outcome) == (Action.DROPPED, "Taken out of the plan.")


def test_a_row_that_was_added_and_taken_out_again_before_saving_writes_nothing(manager):
    risk = make_risk(manager)
    before = Entry.objects.count()
    save(manager, risk, Planned("Never mind", gone=True))
    assert not Action.objects.exists() and Entry.objects.count() == before


# Steps ------------------------------------------------------------------------------------------------------------


def test_treatment_starts_only_with_an_open_action(manager, owner):
    risk = make_assessed(manager, owner)
    with pytest.raises(StepRefused) as error:
        services.start_treatment(actor=manager, risk=risk)
    assert codes(error) == {"no-action"}
    make_action(manager, risk)
    assert services.start_treatment(actor=manager, risk=risk).state == Risk.IN_TREATMENT


def test_a_risk_without_a_request_has_nothing_to_decide(manager, owner):
    risk = make_assessed(manager, owner)
    with pytest.raises(StepRefused) as error:
        waiting_for(risk)
    assert codes(error) == {"not-asked"}
    asked = services.ask_for_acceptance(actor=manager, risk=risk)
    assert waiting_for(risk) == asked


def test_nobody_has_the_authority_to_accept_what_has_no_level(manager, approver):
    draft = make_risk(manager)
    assert draft.today_level == ""
    assert accepters(draft, draft.today_level, clock.now()) == []
    assert [person.pk for person in accepters(draft, "high", clock.now())] == [approver.person_id]


def test_a_request_is_not_signed_when_undoing_closed_the_risk_again(manager, owner, approver):
    risk = make_assessed(manager, owner)
    services.close(actor=manager, risk=risk, reason="Gone.")
    services.reopen(actor=manager, risk=risk, reason="Back.")
    reopened = Entry.objects.filter(action="risks.risk.reopen").latest("seq")
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    undo.undo(manager, reopened.change_id)
    risk.refresh_from_db()
    acceptance.refresh_from_db()
    assert (risk.state, acceptance.state) == (Risk.CLOSED, Acceptance.ASKED)
    with pytest.raises(StepRefused) as error:
        services.accept(
            actor=approver,
            acceptance=acceptance,
            shown_hash=ACCEPTANCE.shown_hash(acceptance),
            inputs=Decision(today() + 90 * DAY, "Seems fine."),
        )
    assert "not-live" in codes(error)
    risk.refresh_from_db()
    assert risk.state == Risk.CLOSED


# What is settled --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("approved")
def test_systems_and_controls_of_an_assessed_risk_may_change_until_somebody_accepts_it(
    manager, owner, approver, tenant
):
    system, control = make_system(tenant), make_control(tenant, "A.5.4", applies="yes")
    risk = services.change_risk(actor=manager, risk=make_assessed(manager, owner), systems=[system], controls=[control])
    assert (list(risk.systems.all()), list(risk.controls.all())) == ([system], [control])
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    acceptance.refresh_from_db()
    inputs = Decision(today() + 90 * DAY, "Somebody reads every answer.")
    shown = ACCEPTANCE.shown_hash(acceptance)
    services.accept(actor=approver, acceptance=acceptance, shown_hash=shown, inputs=inputs)
    with pytest.raises(ValidationError) as error:
        services.change_risk(actor=manager, risk=risk, systems=[], controls=[])
    assert fields_of(error) == {"controls", "systems"}
    same = services.change_risk(actor=manager, risk=risk, systems=[str(system.pk)], controls=[control.pk], note="Seen.")
    assert (same.state, same.note) == (Risk.ACCEPTED, "Seen.")


def test_the_owner_of_a_closed_risk_may_be_sent_back_but_not_replaced(manager, owner):
    risk = make_assessed(manager, owner)
    services.close(actor=manager, risk=risk, reason="Gone.")
    assert services.change_risk(actor=manager, risk=risk, owner=owner.pk).owner_id == owner.pk
    with pytest.raises(ValidationError) as error:
        services.change_risk(actor=manager, risk=risk, owner=None)
    assert fields_of(error) == {"owner"}


def test_consequences_sent_back_unchanged_are_no_change_and_others_belong_to_the_assessment(manager, owner):
    risk = make_assessed(manager, owner)
    unchanged = {**risk.before_consequences, "society": None}
    noted = services.change_risk(actor=manager, risk=risk, before_consequences=unchanged, note="Read again.")
    assert noted.note == "Read again." and noted.before_consequences == risk.before_consequences
    with pytest.raises(ValidationError) as error:
        services.change_risk(actor=manager, risk=risk, before_consequences={"individuals": 1})
    assert fields_of(error) == {"before_consequences"}


def test_who_sees_risks_but_owns_none_plans_and_drops_nothing(manager, tenant, auditor):
    action = make_action(manager, make_risk(manager))
    reader = actor_for(auditor, tenant)
    with pytest.raises(Forbidden):
        make_action(reader, action.risk)
    with pytest.raises(Forbidden):
        services.drop_action(actor=reader, action=action, outcome="No.")
    assert not any(offer.open for offer in workflow.offers(action.risk, reader))
