import dataclasses
from datetime import date

import pytest

from aims.catalogue import lifecycle, validate
from core.catalogue.reading import CatalogueError


def test_stages_stand_in_the_order_of_a_life():
    assert [stage.code for stage in lifecycle().stages] == ["INC", "DD", "VV", "DEP", "OM", "CV", "REV", "RET"]


def test_the_way_to_operation_passes_gates_0_to_4():
    gates = {(step.source, step.target): step.gate for step in lifecycle().transitions}
    way = [("INC", "DD"), ("DD", "DD"), ("DD", "VV"), ("VV", "DEP"), ("DEP", "OM")]
    assert [gates[step] for step in way] == ["G0", "G1", "G2", "G3", "G4"]


def test_re_evaluation_ends_in_continue_change_or_retire():
    outcomes = {step.outcome: step.target for step in lifecycle().steps_from("REV")}
    assert outcomes == {"continue": "OM", "change": "DD", "retire": "RET"}
    assert {step.gate for step in lifecycle().steps_from("REV")} == {"G5"}


def test_every_stage_can_be_retired_and_nothing_leaves_retirement():
    for stage in lifecycle().stages:
        targets = {step.target for step in lifecycle().steps_from(stage.code)}
        assert ("RET" in targets) is (stage.code != "RET")


def test_annex_c_has_eleven_objectives_and_seven_sources():
    assert [entry.code for entry in lifecycle().objectives] == [f"C.2.{n}" for n in range(1, 12)]
    assert [entry.code for entry in lifecycle().sources] == [f"C.3.{n}" for n in range(1, 8)]


def test_dates_of_law_are_dates():
    dated = [entry for entry in lifecycle().ai_act_classes if entry.applies_from]
    assert all(date.fromisoformat(entry.applies_from) > date(2025, 1, 1) for entry in dated)
    assert {e.code: e.applies_from for e in dated}["HIGH_RISK_ANNEX_III"] == "2027-12-02"


def test_names_are_in_both_languages():
    found = lifecycle()
    for entry in (*found.stages, *found.gates, *found.roles, *found.objectives, *found.sources, *found.ai_act_classes):
        assert entry.name.en and entry.name.de, entry.code


def test_a_final_stage_that_can_be_left_is_refused():
    leaving = dataclasses.replace(lifecycle().transitions[0], source="RET")
    with pytest.raises(CatalogueError, match="final stage"):
        validate(dataclasses.replace(lifecycle(), transitions=(*lifecycle().transitions, leaving)))


def test_a_stage_no_step_leads_to_is_refused():
    kept = tuple(step for step in lifecycle().transitions if step.target != "CV")
    with pytest.raises(CatalogueError, match="CV"):
        validate(dataclasses.replace(lifecycle(), transitions=kept))
