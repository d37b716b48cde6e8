"""Rules of the wizard that no page leads to by itself: what is refused, what is told apart, what is offered."""

import io

import pytest
from django.core.exceptions import ValidationError

from aims.catalogue.mappings import shipped_mapping
from aims.services import change_system
from aims.services.imports import SYSTEMS
from core import jobs
from core.errors import NotFound
from core.imports import LEFT_OUT, Setup, running, saved, wizard
from core.imports.previews import Teller
from core.models import Import
from core.pages.imports import ColumnsStep
from core.planner import MappingError
from core.tables import read_table
from tests.aims.makers import csv_file, make_system

pytestmark = pytest.mark.django_db
ALIKE = (["Name", "Unit", "Colour"], ["A", "IT", "red"], ["A", "IT", "blue"], ["B", "IT", "red"])


def table_of(*rows):
    """A table of these rows, header first."""
    return read_table(csv_file(*rows).getvalue(), "list.csv")


def begun(actor, *rows, name="list.csv"):
    """An import of these rows."""
    data = csv_file(*rows).getvalue()
    given = {"name": name, "size": len(data), "content": io.BytesIO(data)}
    blob = wizard.keep_file(actor=actor, described=SYSTEMS, **given)
    return wizard.begin(actor=actor, described=SYSTEMS, blob=blob)


def test_what_nobody_described_cannot_be_imported(place):
    assert place.browser.get("/helvia/imports/new/nothing/").status_code == 404
    with pytest.raises(NotFound):
        wizard.described_as("nothing")


def test_rows_that_share_a_key_are_told_apart_by_further_columns(place):
    table = table_of(*ALIKE)
    identity = wizard.choose_identity(SYSTEMS, table, ["Name", "Unit"], tell_apart=True)
    assert identity["told_apart_by"] == ["Colour"] and len(identity["shared_keys"]) == 1
    targets = {"Name": "name", "Unit": "unit", "Colour": "topic"}
    apart = Setup(targets=targets, source="list", identity=identity)
    assert wizard.plan_import(place.manager, SYSTEMS, table, apart).plan.counts["create"] == 3
    together = Setup(targets=targets, source="list")
    assert wizard.plan_import(place.manager, SYSTEMS, table, together).plan.counts["refused"] == 2
    assert wizard.choose_identity(SYSTEMS, table, ["Nowhere"], tell_apart=True)["columns"] == []


def test_a_kept_mapping_is_found_by_name_and_by_its_columns(place):
    table = table_of(["Bezeichnung", "Foo"], ["A", "1"])
    assert wizard.named_setup(place.manager, SYSTEMS, table) is None
    with pytest.raises(MappingError, match="no mapping “lists”"):
        wizard.named_setup(place.manager, SYSTEMS, table, "lists")
    setup = Setup(targets={"Bezeichnung": "name", "Foo": LEFT_OUT})
    saved.save_mapping(actor=place.manager, described=SYSTEMS, name="lists", labels=table.labels, setup=setup)
    for name in ("", "lists"):
        assert wizard.named_setup(place.manager, SYSTEMS, table, name).saved == "lists"
    assert wizard.named_setup(place.manager, SYSTEMS, table, "us-federal-2024").mapping == "us-federal-2024"


@pytest.mark.parametrize(
    ("name", "setup", "says"),
    [
        ("x" * 61, Setup(targets={"Name": "name"}), "At most 60"),
        ("own", Setup(targets={"Name": "name"}), "ships"),
        ("mine", Setup(mapping="us-federal-2024"), "no other name"),
        ("mine", Setup(targets={"Name": ""}), "Map these columns"),
        ("mine", Setup(targets={"Name": LEFT_OUT}), "No column is mapped"),
    ],
)
def test_a_mapping_is_kept_only_whole_and_under_a_name_of_its_own(place, name, setup, says):
    with pytest.raises(ValidationError, match=says):
        saved.save_mapping(actor=place.manager, described=SYSTEMS, name=name, labels=["Name"], setup=setup)


def test_a_mapping_that_is_not_there_cannot_be_forgotten(place):
    with pytest.raises(NotFound):
        saved.delete_mapping(actor=place.manager, described=SYSTEMS, name="nothing")


def test_a_field_that_somebody_edited_is_told_as_kept(place):
    record = begun(place.manager, ["Name", "Unit"], ["Lotse", "Care"])
    running.start(actor=place.manager, record=record)
    jobs.run_waiting()
    system = SYSTEMS.model.objects.get()
    change_system(actor=place.manager, system_id=system.pk, unit="Mine")
    again = begun(place.manager, ["Name", "Unit"], ["Lotse", "Care"], ["Lotse", "Other"])
    wizard.change_setup(actor=place.manager, record=again, identity={"columns": ["Name"]}, source="list")
    assert running.begun(place.manager, SYSTEMS) == [again] and Import.objects.count() == 2
    table = table_of(["Name", "Unit"], ["Lotse", "Care"])
    setup = wizard.named_setup(place.manager, SYSTEMS, table)
    planned = wizard.plan_import(place.manager, SYSTEMS, table, Setup(**{**setup.plain(), "source": "list"}))
    assert planned.plan.counts["kept"] == 1
    drawn = Teller(SYSTEMS, place.tenant.pk).drawn(planned.plan.outcomes[0])
    assert (drawn.name, drawn.why) == ("Lotse", "The file says otherwise in: Unit")


def test_a_new_row_without_a_name_is_refused_where_references_are_named(place):
    system = make_system(place.manager, "Lotse")
    table = table_of(["Ref", "Name", "Unit"], [system.ref, "", "Care"], ["", "", "IT"])
    setup = wizard.named_setup(place.manager, SYSTEMS, table)
    planned = wizard.plan_import(place.manager, SYSTEMS, table, Setup(**{**setup.plain(), "source": "list"})).plan
    assert [row.kind for row in planned.outcomes][1] == "refused"


def test_a_mapping_that_ships_names_every_column_also_those_it_leaves_out():
    mapping = shipped_mapping("us-federal-2024")
    told = dict(ColumnsStep.read_by(SYSTEMS, Setup(mapping="us-federal-2024")))
    assert told["Left out"] == "; ".join(mapping.ignored)
    named = {column for columns in told.values() for column in columns.split("; ")}
    assert {*mapping.used_columns, *mapping.ignored} <= named
