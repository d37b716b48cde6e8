"""What the rules of the inventory refuse and allow at their edges: files, sources, values, new systems."""

import datetime
import io
import uuid

import pytest
from django.core.exceptions import ValidationError

from aims.models import AISystem
from aims.services import give_back_to_source, register_system, sync_systems
from aims.services.imports import JOB, SYSTEMS
from core import jobs
from core.actor import operator
from core.errors import NotFound
from core.imports import Setup, running, wizard
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
    given = {"name": file.name, "size": len(file.getvalue()), "content": file}
    return wizard.keep_file(actor=actor, described=SYSTEMS, **given)


def table_of(*header):
    """The table in a file with these columns and one row."""
    return read_table(csv_file(list(header), ["x"] * len(header)).getvalue(), "list.csv")


# Files ------------------------------------------------------------------------------------------------------------


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(place):
    class Unread(io.BytesIO):
        def read(self, *_size):
            raise AssertionError("the file was read")

    with pytest.raises(ValidationError) as error:
        given = {"name": "list.csv", "size": MAX_BYTES + 1, "content": Unread()}
        wizard.keep_file(actor=place.manager, described=SYSTEMS, **given)
    assert error.value.message_dict == {"file": ["The file is larger than 64 MB. Split it."]}
    assert not Blob.objects.exists()


def test_a_file_in_our_own_columns_needs_one_for_the_name(place):
    assert wizard.named_setup(place.manager, SYSTEMS, table_of("Unit", "Owner")) is None
    with pytest.raises(MappingError, match="No column is mapped to “Name”"):
        setup = wizard.named_setup(place.manager, SYSTEMS, table_of("Unit", "Owner"), "own")
        wizard.plan_import(place.manager, SYSTEMS, table_of("Unit", "Owner"), setup)


def test_an_import_whose_file_does_not_fit_its_mapping_fails_with_the_reason_and_is_not_tried_again(place):
    blob = keep(place.manager, csv_file(["Name"], ["Triage"]))
    params = {"register": "systems", "blob": str(blob.pk), "file": "list.csv", "setup": Setup(source="list").plain()}
    job = jobs.enqueue(place.manager, JOB, params, title="Import")
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.error, job.attempt) == (Job.FAILED, "Map these columns or ignore them: Name.", 1)
    assert not AISystem.objects.exists()


def test_after_an_import_new_systems_are_screened_and_claims_decided():
    assert [name for _words, name in SYSTEMS.next_steps({"create": 1})] == ["systems_to_screen"]
    assert [name for _words, name in SYSTEMS.next_steps({"matched": 2})] == ["systems_claims"]


def test_an_import_is_found_in_its_own_management_system_only(place):
    blob = keep(place.manager, csv_file(["Name"], ["Triage"]))
    record = wizard.begin(actor=place.manager, described=SYSTEMS, blob=blob)
    job = running.start(actor=place.manager, record=record)
    assert running.job_of(place.manager, job.pk) == (job, SYSTEMS)
    stranger = make_manager(make_management_system())
    with pytest.raises(NotFound):
        running.job_of(stranger, job.pk)
    with pytest.raises(NotFound):
        running.job_of(place.manager, uuid.uuid4())


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
