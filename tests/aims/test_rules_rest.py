"""What the rules of the inventory refuse and allow at their edges: files, sources, values, new systems."""

import datetime
import io
import uuid

import pytest
from django.core.exceptions import ValidationError

from aims.models import AISystem
from aims.services import give_back_to_source, register_system, start_import, sync_systems
from aims.services.imports import JOB, OWN, Choices, import_of, keep_file, own_reader
from core import jobs
from core.actor import operator
from core.errors import NotFound
from core.models import Blob, Job
from core.planner import MappingError
from core.scope import current
from core.tables import read_table
from core.tables.model import MAX_BYTES
from tests.aims.makers import csv_file, make_system
from tests.makers import make_management_system, make_manager

pytestmark = pytest.mark.django_db


def keep(actor, file):
    """Keep a file as an upload would."""
    return keep_file(actor=actor, name=file.name, size=len(file.getvalue()), content=file)


def table_of(*header):
    """The table in a file with these columns and one row."""
    return read_table(csv_file(list(header), ["x"] * len(header)).getvalue(), "list.csv")


# Files ------------------------------------------------------------------------------------------------------------


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(place):
    class Unread(io.BytesIO):
        def read(self, *_size):
            raise AssertionError("the file was read")

    with pytest.raises(ValidationError) as error:
        keep_file(actor=place.manager, name="list.csv", size=MAX_BYTES + 1, content=Unread())
    assert error.value.message_dict == {"file": ["The file is larger than 64 MB. Split it."]}
    assert not Blob.objects.exists()


def test_a_file_in_our_own_columns_needs_one_for_the_name():
    with pytest.raises(MappingError, match="no column for the name"):
        own_reader(table_of("Unit", "Owner"))


def test_new_rows_are_identified_by_columns_the_file_has():
    with pytest.raises(MappingError, match="no column: Number") as error:
        own_reader(table_of("Name", "Unit"), key=("Unit", "Number"))
    assert "Unit" not in str(error.value)
    assert own_reader(table_of("Name", "Unit"), key=("Unit",)).key(["Triage", "Claims"])


def test_an_import_whose_file_does_not_fit_its_choices_fails_with_the_reason_and_is_not_tried_again(place):
    blob = keep(place.manager, csv_file(["Name"], ["Triage"]))
    choices = {"source": "list", "mapping": OWN, "key": ["Number"]}
    job = jobs.enqueue(place.manager, JOB, {"blob": str(blob.pk), "file": "list.csv", **choices}, title="Import")
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.error, job.attempt) == (Job.FAILED, "The file has no column: Number.", 1)
    assert not AISystem.objects.exists()


def test_an_import_is_found_in_its_own_management_system_only(place):
    blob = keep(place.manager, csv_file(["Name"], ["Triage"]))
    job = start_import(actor=place.manager, blob_id=blob.pk, choices=Choices(source="list", mapping=OWN))
    assert import_of(place.manager, job.pk) == job
    stranger = make_manager(make_management_system())
    with pytest.raises(NotFound):
        import_of(stranger, job.pk)
    with pytest.raises(NotFound):
        import_of(place.manager, uuid.uuid4())


# Sources and values -----------------------------------------------------------------------------------------------


def test_a_source_delivers_into_a_management_system_and_nowhere_else(db):
    with pytest.raises(NotFound):
        sync_systems(actor=operator(), source="cmdb", rows=[{"external_id": "1", "name": "Triage"}])
    assert not AISystem.objects.exists()


def test_ids_and_days_of_a_caller_mean_the_same_as_their_text(place):
    owner, day = place.people["owner"], datetime.date(2026, 1, 31)
    typed = {"external_id": "1", "name": "Triage", "owner": owner.pk, "go_live": day}
    assert sync_systems(actor=place.manager, source="cmdb", rows=[typed]).summary["create"] == 1
    system = AISystem.objects.get()
    assert (system.owner_id, system.go_live) == (owner.pk, day)
    text = {**typed, "owner": str(owner.pk), "go_live": "2026-01-31"}
    assert sync_systems(actor=place.manager, source="cmdb", rows=[text]).summary["unchanged"] == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-01-31", datetime.date(2026, 1, 31)), ("31 January 2026", datetime.date(2026, 1, 31)), ("", None)],
)
def test_a_day_is_read_as_people_write_it_and_a_blank_clears_it(place, text, day):
    first = {"external_id": "1", "name": "Triage", "go_live": "2025-05-05"}
    sync_systems(actor=place.manager, source="cmdb", rows=[first])
    sync_systems(actor=place.manager, source="cmdb", rows=[{**first, "go_live": text}])
    assert AISystem.objects.get().go_live == day


def test_nothing_is_given_back_where_no_source_feeds_a_system(place):
    system = make_system(place.manager, unit="Claims")
    with pytest.raises(ValidationError, match="No source feeds this AI system"):
        give_back_to_source(actor=place.manager, system_id=system.pk, fields=["unit"])


# New systems ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "state"), [("INC", AISystem.TO_SCREEN), ("OM", "to_screen"), ("RET", "retired")])
def test_a_system_entered_by_hand_is_in_its_stage_since_today(place, stage, state):
    system = register_system(actor=place.manager, name="Triage", stage=stage)
    assert (system.state, system.stage_since) == (state, current(place.tenant.pk).today)


def test_the_day_a_source_says_a_system_was_retired_is_since_when_it_is(place):
    row = {"external_id": "1", "name": "Old", "stage": "RET", "retired_on": "2024-02-29"}
    sync_systems(actor=place.manager, source="cmdb", rows=[row])
    system = AISystem.objects.get()
    assert (system.state, system.stage_since) == (AISystem.RETIRED, datetime.date(2024, 2, 29))
    assert make_system(place.manager).stage_since != system.stage_since
