"""The standard's public structure, typed here independently of the catalogue file."""

import dataclasses

import pytest

from aims.catalogue import lifecycle
from controls.catalogue import LIFE_CYCLE, catalogue, validate
from core.catalogue.reading import CatalogueError

CONTROLS_PER_AREA = {
    "A.2": 3, "A.3": 2, "A.4": 5, "A.5": 4, "A.6": 9, "A.7": 5, "A.8": 4, "A.9": 3, "A.10": 3,
}  # fmt: skip
SUBCLAUSES = {"4": 4, "5": 3, "6": 3, "7": 5, "8": 4, "9": 3, "10": 2}


def test_annex_a_has_nine_areas_with_their_number_of_controls():
    found = catalogue()
    assert {area.code: len(found.in_area(area.code)) for area in found.areas} == CONTROLS_PER_AREA
    assert sum(CONTROLS_PER_AREA.values()) == len(found.controls) == 38


def test_only_the_life_cycle_area_has_two_objectives():
    groups = {area.code: [group.code for group in area.groups] for area in catalogue().areas if area.groups}
    assert groups == {"A.6": ["A.6.1", "A.6.2"]}


def test_every_area_starts_at_2_and_has_no_gap():
    numbers: dict[str, list[int]] = {}
    for control in catalogue().controls:
        prefix, _, last = control.code.rpartition(".")
        numbers.setdefault(prefix, []).append(int(last))
    assert all(found == list(range(2, len(found) + 2)) for found in numbers.values())


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("A.2.2", "AI policy"),
        ("A.3.3", "Reporting of concerns"),
        ("A.5.5", "Assessing societal impacts of AI systems"),
        ("A.6.2.4", "AI system verification and validation"),
        ("A.6.2.8", "AI system recording of event logs"),
        ("A.7.5", "Data provenance"),
        ("A.10.3", "Suppliers"),
    ],
)
def test_controls_bear_their_published_titles(code, title):
    assert catalogue().control(code).title.en == title


def test_clauses_4_to_10_have_their_subclauses():
    numbers = [clause.number for clause in catalogue().clauses]
    second = [number for number in numbers if number.count(".") == 1]
    assert {top: sum(number.startswith(f"{top}.") for number in second) for top in SUBCLAUSES} == SUBCLAUSES
    assert [number for number in numbers if number.startswith("6.1.")] == ["6.1.1", "6.1.2", "6.1.3", "6.1.4"]


def test_everything_has_a_german_title():
    found = catalogue()
    titled = [*found.areas, *found.controls, *found.clauses, *(group for area in found.areas for group in area.groups)]
    assert all(entry.title.de for entry in titled)


def test_every_control_says_what_for_and_what_proves_it():
    assert all(len(control.intent.en.split()) >= 5 and control.evidence for control in catalogue().controls)


def test_required_documents_name_clauses_that_exist():
    numbers = {clause.number for clause in catalogue().clauses}
    assert all(document.clause.split(" ")[0] in numbers for document in catalogue().required_documents)


def test_life_cycle_codes_are_those_of_the_life_cycle():
    assert set(LIFE_CYCLE) == {stage.code for stage in lifecycle().stages} | {"ORG"}


def test_stages_name_controls_and_clauses_that_exist():
    codes = {control.code for control in catalogue().controls}
    numbers = {clause.number for clause in catalogue().clauses}
    for stage in lifecycle().stages:
        assert set(stage.controls) <= codes, stage.code
        assert set(stage.clauses) <= numbers, stage.code


def test_a_catalogue_that_lacks_a_control_is_refused():
    with pytest.raises(CatalogueError, match="38 controls"):
        validate(dataclasses.replace(catalogue(), controls=catalogue().controls[1:]))


def test_a_catalogue_in_the_wrong_order_is_refused():
    with pytest.raises(CatalogueError, match="order"):
        validate(dataclasses.replace(catalogue(), controls=catalogue().controls[::-1]))


def test_a_control_in_a_strange_area_is_refused():
    first, *rest = catalogue().controls
    with pytest.raises(CatalogueError, match="does not belong"):
        validate(dataclasses.replace(catalogue(), controls=(dataclasses.replace(first, area="A.3"), *rest)))


def test_a_control_listed_twice_is_refused():
    first, _, *rest = catalogue().controls
    with pytest.raises(CatalogueError, match="twice"):
        validate(dataclasses.replace(catalogue(), controls=(first, first, *rest)))
