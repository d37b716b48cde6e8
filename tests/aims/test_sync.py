"""Sources keep the inventory up to date; people's edits stay; nothing is merged or retired silently."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aims.models import AISystem, SourceClaim
from aims.services import change_system, decide_claim, put_by_external_id, sync_systems
from aims.services import sync as service
from core import jobs, undo, workflow
from core.actor import SERVICE, Actor
from core.errors import Forbidden, Stale
from core.imports.running import described_rows, overtaken
from core.models import Entry, ExternalId, Job
from tests.aims.makers import entries, make_system
from tests.makers import make_management_system, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.data]
ROWS = [{"external_id": str(n), "name": f"System {n}", "unit": "Claims"} for n in range(1, 6)]


def sync(actor, rows=ROWS, source="cmdb", **options):
    """Sync rows."""
    return sync_systems(actor=actor, source=source, rows=rows, **options)


def test_twice_is_once_and_writes_no_entry(place):
    assert sync(place.manager).summary["create"] == 5
    before = entries(place.manager)
    again = sync(place.manager, [*reversed(ROWS)])
    assert (again.summary["unchanged"], again.summary["rows"]) == (5, 5)
    assert entries(place.manager) == before
    assert ExternalId.objects.count() == 5


def test_every_row_has_its_result_with_id_and_version(place):
    result = sync(
        place.manager,
        [{"external_id": "1", "name": "A"}, {"external_id": "1", "name": "A"}, {"name": "B"}, "no object"],
    )
    assert [row["kind"] for row in result.rows] == ["create", "duplicate", "refused", "refused"]
    system = AISystem.objects.get()
    assert (result.rows[0]["id"], result.rows[0]["ref"], result.rows[0]["version"]) == (str(system.pk), "SYS-1", 1)


def test_values_of_json_types_are_read_and_wrong_ones_refused_by_column(place):
    good = {
        "external_id": "1", "name": "A", "roles": ["user", "producer"], "owner": place.people["owner"].email,
        "unit": None,
        "go_live": "2026-01-31", "ai_act_class": ["MINIMAL", "GPAI"], "development": "Bought product or service",
        "stage": "OM",
    }  # fmt: skip
    wrong = [
        {"external_id": "2", "name": ""}, {"external_id": "3", "name": "B", "owner": "nobody@example.org"},
        {"external_id": "4", "name": "B", "go_live": "soon"}, {"external_id": "5", "name": "B", "roles": ["emperor"]},
        {"external_id": "6", "name": "B", "colour": "red"}, {"external_id": "7", "name": "B", "unit": 7},
        {"external_id": "8", "name": "x" * 401}, {"external_id": "9", "name": "B", "state": "in_scope"},
    ]  # fmt: skip
    result = sync(place.manager, [good, *wrong])
    assert [(row["kind"], row.get("column")) for row in result.rows[1:]] == [
        ("refused", column) for column in ("name", "owner", "go_live", "roles", "colour", "unit", "name", "state")
    ]
    system = AISystem.objects.get()
    assert system.owner == place.people["owner"] and system.roles == ["producer", "user"]
    assert (system.ai_act_class, system.development, system.stage, str(system.go_live)) == (
        "GPAI MINIMAL",
        "bought",
        "OM",
        "2026-01-31",
    )
    assert sync(place.manager, [good]).summary["unchanged"] == 1


def test_a_dry_run_writes_nothing(place):
    before = entries(place.manager)
    assert sync(place.manager, dry_run=True).summary["create"] == 5
    assert entries(place.manager) == before and not AISystem.objects.exists()


def test_stage_comes_with_a_new_system_and_then_moves_by_steps_only(place):
    row = {"external_id": "1", "name": "A", "stage": "DEP"}
    sync(place.manager, [row])
    workflow.take("go_live", AISystem.objects.get(), actor=place.manager)
    result = sync(place.manager, [row])
    assert result.rows[0]["kind"] == "kept" and AISystem.objects.get().stage == "OM"


def test_a_retired_system_of_a_source_comes_in_retired(place):
    sync(place.manager, [{"external_id": "1", "name": "A", "stage": "RET", "retired_on": "2024-05-01"}])
    system = AISystem.objects.get()
    assert (system.state, str(system.retired_on), str(system.stage_since)) == ("retired", "2024-05-01", "2024-05-01")


def test_missing_systems_are_marked_only_when_complete_and_confirmed_and_never_retired(place):
    sync(place.manager)
    four, two = ROWS[:4], ROWS[:2]
    assert sync(place.manager, four).summary["missing_obstacle"] == "not-complete"
    assert not AISystem.objects.exclude(missing={}).exists()
    sync(place.manager, four, complete=True)
    marked = AISystem.objects.get(name="System 5")
    assert list(marked.missing) == ["cmdb"] and marked.state == "to_screen"
    before = entries(place.manager)
    sync(place.manager, four, complete=True)
    assert sync(place.manager, two, complete=True).summary["missing_obstacle"] == "too-many-missing"
    assert entries(place.manager) == before
    sync(place.manager, two, complete=True, confirm_missing=True)
    assert AISystem.objects.exclude(missing={}).count() == 3
    sync(place.manager)
    assert not AISystem.objects.exclude(missing={}).exists()


def test_a_second_source_waits_for_a_person_who_says_the_same(place):
    system = make_system(place.manager, "Chatbot", unit="Care", purpose="Answers")
    row = {"external_id": "svc-9", "name": "chatbot", "unit": "Care", "purpose": "Talks", "supplier": "Acme"}
    result = sync(place.manager, [row], source="gateway")
    assert result.rows[0]["kind"] == "matched" and AISystem.objects.count() == 1
    before = entries(place.manager)
    sync(place.manager, [row], source="gateway")
    assert entries(place.manager) == before
    claim = SourceClaim.objects.get()
    joined = decide_claim(actor=place.manager, claim_id=claim.pk, same=True, expected_version=1)
    assert (joined.pk, joined.purpose, joined.supplier) == (system.pk, "Answers", "Acme")
    assert joined.field_owners["supplier"]["by"] == "source:gateway"
    assert sync(place.manager, [{**row, "supplier": "New Acme"}], source="gateway").rows[0]["kind"] == "change"
    with pytest.raises(ValidationError):
        decide_claim(actor=place.manager, claim_id=claim.pk, same=False)


def test_a_put_that_names_another_key_than_its_address_is_refused(place):
    with pytest.raises(ValidationError, match="The address says 1"):
        put_by_external_id(actor=place.manager, source="cmdb", key="1", values={"external_id": "2", "name": "A"})
    assert not AISystem.objects.exists()


def test_a_source_feeds_a_system_by_one_key_so_that_its_rows_never_take_turns(place):
    make_system(place.manager, "Chatbot")
    rows = [{"external_id": key, "name": "Chatbot", "purpose": f"Answers {key}"} for key in ("A", "B")]
    sync(place.manager, rows, source="hr")
    first, second = SourceClaim.objects.order_by("key")
    decide_claim(actor=place.manager, claim_id=first.pk, same=True)
    with pytest.raises(ValidationError, match="feeds SYS-1 already, as A"):
        decide_claim(actor=place.manager, claim_id=second.pk, same=True)
    decide_claim(actor=place.manager, claim_id=second.pk, same=False)
    sync(place.manager, rows, source="hr")
    for again in (rows, rows[::-1]):
        assert {row["kind"] for row in sync(place.manager, again, source="hr").rows} == {"unchanged"}


def test_a_claim_may_turn_out_to_be_another_system(place):
    make_system(place.manager, "Chatbot")
    sync(place.manager, [{"external_id": "1", "name": "Chatbot"}], source="gateway")
    claim = SourceClaim.objects.get()
    for actor in (place.owner, place.auditor):
        with pytest.raises(Forbidden):
            decide_claim(actor=actor, claim_id=claim.pk, same=True)
    other = decide_claim(actor=place.manager, claim_id=claim.pk, same=False)
    assert AISystem.objects.count() == 2 and other.name == "Chatbot"
    assert (
        sync(place.manager, [{"external_id": "1", "name": "Chatbot"}], source="gateway").rows[0]["kind"] == "unchanged"
    )


@pytest.mark.parametrize(("key", "kind"), [("app-0042", "matched"), ("42", "create"), ("a1", "create")])
def test_a_key_means_the_same_in_two_sources_only_if_it_tells(place, key, kind):
    sync(place.manager, [{"external_id": key, "name": "A"}])
    assert sync(place.manager, [{"external_id": key, "name": "B"}], source="gateway").rows[0]["kind"] == kind


def test_a_token_speaks_for_its_own_source_and_needs_its_scope(place):
    token = Actor(
        SERVICE,
        place.tenant.pk,
        token_id=uuid.uuid4(),
        scopes=frozenset({"inventory:write"}),
        source="cmdb",
        door="api",
    )
    assert sync(token).summary["create"] == 5
    with pytest.raises(ValidationError):
        sync(token, source="gateway")
    reader = Actor(SERVICE, place.tenant.pk, token_id=uuid.uuid4(), scopes=frozenset({"inventory:read"}), door="api")
    with pytest.raises(Forbidden):
        sync(reader)


@pytest.mark.parametrize("name", ["", "a b", "x:y", "ä", "s" * 61])
def test_a_source_needs_a_proper_name(place, name):
    with pytest.raises(ValidationError):
        sync(place.manager, source=name)


def test_one_system_is_put_by_its_external_id_with_an_optional_version(place):
    system, row = put_by_external_id(actor=place.manager, source="cmdb", key="a/1", values={"name": "A"})
    assert (system.name, row["kind"]) == ("A", "create")
    changed, _row = put_by_external_id(
        actor=place.manager, source="cmdb", key="a/1", values={"unit": "B"}, expected_version=1
    )
    assert (changed.name, changed.unit, changed.version) == ("A", "B", 2)
    with pytest.raises(Stale):
        put_by_external_id(actor=place.manager, source="cmdb", key="a/1", values={"unit": "C"}, expected_version=1)
    with pytest.raises(Stale):
        put_by_external_id(actor=place.manager, source="cmdb", key="new", values={"name": "C"}, expected_version=1)
    with pytest.raises(ValidationError) as refused:
        put_by_external_id(actor=place.manager, source="cmdb", key="a/1", values={"go_live": "soon"})
    assert "go_live" in refused.value.error_dict


def test_two_management_systems_may_use_the_same_source_and_keys(place):
    other = make_manager(make_management_system())
    assert sync(place.manager).summary["create"] == sync(other).summary["create"] == 5
    assert AISystem.objects.visible_to(other).count() == 5


def test_a_large_batch_is_a_job_that_a_second_try_finishes(place, monkeypatch):
    monkeypatch.setattr(service, "MOST_AT_ONCE", 3)
    job = sync(place.manager).job
    assert job is not None and not AISystem.objects.exists()
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result["create"], job.result["written"]["create"]) == (Job.READY, 5, 5)
    assert Entry.objects.filter(change_id=job.result["change_id"]).count() == 5
    assert [file.name for file in job.files.all()] == ["rows.json"]
    Job.objects.filter(pk=job.pk).update(state=Job.WAITING)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.result["written"] == {"create": 5, "update": 0, "delete": 0} and AISystem.objects.count() == 5


def test_a_row_planned_before_somebody_edits_does_not_overwrite_the_edit(place):
    sync(place.manager)
    planned = service._planned(place.manager, "cmdb", [{**row, "unit": "Moved"} for row in ROWS], service.Policy())
    system = AISystem.objects.get(name="System 2")
    change_system(actor=place.manager, system_id=system.pk, unit="Mine")
    applied = planned.execute()
    assert (applied.changed, AISystem.objects.get(pk=system.pk).unit) == (4, "Mine")
    overtaken = [row for row in described_rows(planned.plan, applied) if "meanwhile" in row]
    assert [(row["key"], row["meanwhile"]) for row in overtaken] == [("2", "changed-meanwhile")]


def test_a_row_whose_system_is_deleted_before_it_is_written_says_so(place):
    made = sync(place.manager)
    planned = service._planned(place.manager, "cmdb", [{**row, "unit": "Moved"} for row in ROWS[:2]], service.Policy())
    undo.undo(place.manager, made.change_id)
    applied = planned.execute()
    assert (applied.changed, AISystem.objects.count()) == (0, 0)
    assert [row["meanwhile"] for row in described_rows(planned.plan, applied)] == ["deleted-meanwhile"] * 2
    assert [row.row for row in overtaken(planned.plan, applied)] == [1, 2]


def test_a_row_planned_as_new_twice_is_made_once(place):
    first = service._planned(place.manager, "cmdb", ROWS, service.Policy())
    second = service._planned(place.manager, "cmdb", ROWS, service.Policy())
    assert first.execute().created == 5
    assert second.execute().created == 0
    assert AISystem.objects.count() == 5


def test_one_step_undoes_a_sync_and_keeps_what_people_changed_since(place):
    result = sync(place.manager)
    changed = AISystem.objects.get(name="System 3")
    change_system(actor=place.manager, system_id=changed.pk, unit="Mine")
    undone = undo.undo(place.manager, result.change_id)
    assert (undone.removed, [kept.code for kept in undone.kept]) == (4, ["changed-since"])
    assert list(AISystem.objects.all()) == [changed]


FIELDS = ("name", "unit", "supplier")
WORDS = st.sampled_from(["A", "B", "C"])
DELIVERY = st.fixed_dictionaries(
    {"name": WORDS, "unit": st.sampled_from(["", "A", "B"]), "supplier": st.sampled_from(["", "A"])}
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    delivered=st.dictionaries(st.sampled_from(["1", "2", "3"]), DELIVERY, min_size=1),
    edited=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["Mine", "B"]), min_size=1),
    data=st.data(),
)
def test_batches_shuffled_split_and_repeated_around_an_edit_agree(place, delivered, edited, data):
    ends = []
    for _way in range(2):
        source = f"s{uuid.uuid4().hex[:12]}"
        rows = [
            {"external_id": key, **{name: f"{source} {v}" if name == "name" else v for name, v in values.items()}}
            for key, values in delivered.items()
        ]
        sync(place.manager, data.draw(st.permutations(rows)), source=source)
        first = service.by_external_id(place.manager, source, min(delivered))
        change_system(actor=place.manager, system_id=first.pk, **edited)
        again = data.draw(st.lists(st.sampled_from(rows), max_size=6)) + rows
        for row in data.draw(st.permutations(again)):
            sync(place.manager, [row], source=source)
        ends.append(_end(place, source, delivered))
    assert ends[0] == ends[1]
    first_end = ends[0][min(delivered)]
    assert all(first_end[name][0] == value for name, value in edited.items())


def _end(place, source, delivered):
    found = {}
    for key in delivered:
        system = service.by_external_id(place.manager, source, key)
        owners = {name: owner["by"].replace(source, "s") for name, owner in system.field_owners.items()}
        found[key] = {name: (getattr(system, name).replace(f"{source} ", ""), owners.get(name)) for name in FIELDS}
    return found
