"""Scope and life cycle move by steps only."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from aims.catalogue import lifecycle
from aims.models import AISystem
from aims.workflow import SYSTEM, Moved, label_of
from core import registries, workflow
from core.errors import Forbidden, Stale, StepRefused
from core.models import Entry
from core.workflow import Obstacle
from tests.aims.makers import entries, make_system

pytestmark = [pytest.mark.django_db, pytest.mark.data]
REASON = "Because we looked at it"


def take(name, system, actor, **given):
    """Take a step with a reason."""
    given.setdefault("reason", REASON)
    return workflow.take(name, system, actor=actor, **given)


@pytest.mark.parametrize("transition", lifecycle().transitions, ids=lambda t: f"{t.source}-{t.code}")
def test_every_transition_of_the_table_is_a_step_and_dates_the_stage(place, transition):
    system = make_system(place.manager, stage=transition.source)
    moved = take(transition.code, system, place.manager)
    assert moved.stage == transition.target
    assert moved.stage_since is not None
    assert (moved.state == AISystem.RETIRED) == (transition.target == "RET")
    assert Entry.objects.filter(record_id=str(system.pk)).count() == 2


def test_no_step_leads_anywhere_the_table_does_not(place):
    allowed = {(t.source, t.code) for t in lifecycle().transitions}
    for stage in (s.code for s in lifecycle().stages if s.code != "RET"):
        system = make_system(place.manager, stage=stage)
        for step in SYSTEM.steps:
            if step.field == "stage" and (stage, step.name) not in allowed:
                with pytest.raises(StepRefused):
                    take(step.name, system, place.manager)


def test_screening_needs_a_reason_to_leave_out_and_to_ask_again(place):
    system = make_system(place.manager)
    with pytest.raises(StepRefused) as refused:
        take("leave_out", system, place.manager, reason=" ")
    assert [obstacle.code for obstacle in refused.value.obstacles] == ["reason-missing"]
    out = take("leave_out", system, place.manager)
    assert (out.state, out.state_reason) == ("out_of_scope", REASON) and out.screened_at
    again = take("screen_again", out, place.manager)
    assert (again.state, again.state_reason, again.screened_at) == ("to_screen", "", None)
    assert take("take_in", again, place.manager, reason="").state == "in_scope"


def test_only_managers_screen_and_owners_move_their_own_stage(place):
    system = make_system(place.manager, owner=place.people["owner"])
    with pytest.raises(Forbidden):
        take("take_in", system, place.owner)
    assert take("approve_idea", system, place.owner).stage == "DD"
    other = make_system(place.manager)
    before = entries(place.manager)
    for actor in (place.owner, place.auditor):
        with pytest.raises(Forbidden):
            take("approve_idea", other, actor)
    assert entries(place.manager) == before


def test_dates_are_neither_in_the_future_nor_before_the_present_stage(place):
    system = make_system(place.manager)
    for day in (system.stage_since + datetime.timedelta(days=1), system.stage_since - datetime.timedelta(days=1)):
        with pytest.raises(ValidationError) as refused:
            take("approve_idea", system, place.manager, inputs=Moved(day))
        assert "inputs/date" in refused.value.error_dict
    assert take("approve_idea", system, place.manager, inputs=Moved(system.stage_since)).version == 2


def test_retiring_ends_scope_and_dates_it(place):
    system = take("take_in", make_system(place.manager, stage="OM"), place.manager)
    gone = take("retire", system, place.manager)
    assert (gone.state, gone.stage, gone.retired_on) == ("retired", "RET", gone.stage_since)
    assert not workflow.offers(gone, place.manager)


def test_going_live_sets_the_day_unless_it_is_known(place):
    assert take("go_live", make_system(place.manager, stage="DEP"), place.manager).go_live is not None


def test_passing_a_gate_inside_a_stage_keeps_its_first_day(place):
    system = make_system(place.manager, stage="DD")
    day = system.stage_since
    passed = take("approve_design", system, place.manager, inputs=Moved(day))
    assert (passed.stage_since, passed.gates) == (day, {"G1": day.isoformat()})
    back = take("rework", take("finish_building", passed, place.manager), place.manager)
    assert (back.stage, back.gates) == ("DD", {})


def test_a_rooms_criteria_stop_the_step_through_their_gate_only(place):
    system = make_system(place.manager, stage="DEP")
    registries.facts.add("G4", "test.release")(lambda scope, record: [Obstacle("aiia", "No impact assessment.")])
    try:
        with pytest.raises(StepRefused) as refused:
            take("go_live", system, place.manager)
        assert refused.value.obstacles[0].code == "aiia"
        assert take("rework", system, place.manager).stage == "DD"
    finally:
        registries.facts.items.pop("G4")


def test_a_stale_version_is_refused(place):
    system = make_system(place.manager)
    take("approve_idea", system, place.manager, expected_version=1)
    with pytest.raises(Stale):
        take("take_in", system, place.manager, expected_version=1)


def test_a_step_is_named_as_it_is_from_where_the_system_stands(place):
    rework = SYSTEM.step("rework")
    assert str(label_of(rework, AISystem(stage="OM"))) == "Substantial change"
    assert str(label_of(rework, AISystem(stage="VV"))) == "Back to development"
