"""Register, change, bulk, give back: rules without HTTP."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from aims.models import AISystem
from aims.services import change_system, give_back_to_source, register_system, sync_systems
from core.errors import Forbidden, NotFound, Stale
from tests.aims.makers import entries, make_system
from tests.makers import make_management_system, make_manager, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def feed(actor, *rows, source="cmdb", **options):
    """Sync and return the result."""
    return sync_systems(actor=actor, source=source, rows=list(rows), **options)


def test_registering_leaves_one_entry_and_waits_to_be_screened(place):
    before = entries(place.manager)
    system = register_system(actor=place.owner, name="  Triage ", roles=["user", "producer"])
    assert (system.ref, system.name, system.state, system.roles) == (
        "SYS-1",
        "Triage",
        "to_screen",
        ["producer", "user"],
    )
    assert entries(place.manager) == before + 1
    assert system.field_owners == {}


def test_an_auditor_registers_and_changes_nothing(place):
    system = make_system(place.manager)
    for attempt in (
        lambda: register_system(actor=place.auditor, name="X"),
        lambda: change_system(actor=place.auditor, system_id=system.pk, name="X"),
        lambda: give_back_to_source(actor=place.auditor, system_id=system.pk, fields=["name"]),
        lambda: feed(place.auditor, {"external_id": "1", "name": "X"}),
    ):
        before = entries(place.manager)
        with pytest.raises(Forbidden):
            attempt()
        assert entries(place.manager) == before


def test_a_contributor_changes_only_what_they_own(place):
    mine, other = make_system(place.manager, owner=place.people["owner"]), make_system(place.manager)
    assert change_system(actor=place.owner, system_id=mine.pk, unit="Claims").unit == "Claims"
    with pytest.raises(Forbidden):
        change_system(actor=place.owner, system_id=other.pk, unit="Claims")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "in_scope"}, {"stage": "OM"}, {"field_owners": {}}, {"ref": "SYS-9"},
        {"management_system_id": uuid.uuid4()}, {"version": 7}, {"retired_on": None}, {"missing": {}},
        {"roles": ["emperor"]}, {"ai_act_class": "NOPE"},
        {"development": "magic"}, {"name": ""},
    ],
)  # fmt: skip
def test_server_owned_fields_and_unknown_codes_are_refused(place, fields):
    system = make_system(place.manager, "Triage")
    before = entries(place.manager)
    with pytest.raises(ValidationError):
        change_system(actor=place.manager, system_id=system.pk, **fields)
    assert entries(place.manager) == before


def test_a_stale_version_and_a_foreign_system_are_refused(place):
    system = make_system(place.manager)
    change_system(actor=place.manager, system_id=system.pk, unit="A", expected_version=1)
    with pytest.raises(Stale):
        change_system(actor=place.manager, system_id=system.pk, unit="B", expected_version=1)
    foreign = make_system(make_manager(make_management_system()))
    with pytest.raises(NotFound):
        change_system(actor=place.manager, system_id=foreign.pk, unit="B")
    with pytest.raises(ValidationError):
        change_system(actor=place.manager, system_id=system.pk, owner=make_person())


def test_an_unchanged_save_writes_nothing(place):
    system = make_system(place.manager, unit="Claims")
    before = entries(place.manager)
    change_system(actor=place.manager, system_id=system.pk, unit=" Claims ")
    assert entries(place.manager) == before


def test_a_persons_edit_takes_over_and_can_be_given_back(place):
    row = {"external_id": "7", "name": "Triage", "unit": "Care"}
    feed(place.manager, row)
    system = AISystem.objects.get()
    assert system.field_owners["unit"]["by"] == "source:cmdb"
    change_system(actor=place.manager, system_id=system.pk, unit="Claims", supplier="Acme")
    kept = feed(place.manager, row, {"external_id": "8", "name": "Other"})
    assert [r["kind"] for r in kept.rows] == ["kept", "create"]
    assert kept.rows[0]["held"]["unit"]["offered"] == "Care"
    system.refresh_from_db()
    owner = f"person:{place.manager.person_id}"
    assert (system.unit, system.field_owners["unit"]["by"], system.field_owners["supplier"]["by"]) == (
        "Claims",
        owner,
        owner,
    )
    assert system.field_owners["name"]["by"] == "source:cmdb"
    give_back_to_source(actor=place.manager, system_id=system.pk, fields=["unit"])
    assert feed(place.manager, row).rows[0]["changes"] == {"unit": {"old": "Claims", "new": "Care"}}
    with pytest.raises(ValidationError):
        give_back_to_source(actor=place.manager, system_id=system.pk, fields=["name"])


def test_a_system_kept_by_hand_notes_no_owners(place):
    system = make_system(place.manager)
    assert change_system(actor=place.manager, system_id=system.pk, unit="Claims").field_owners == {}
