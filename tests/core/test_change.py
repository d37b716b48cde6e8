"""The unit of work: one entry per record written, versions, tenancy, references."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core import clock, ledger, records
from core.actor import operator
from core.change import change
from core.errors import NotFound, Stale
from core.models import Comment, Entry, Membership, OutboxEvent, Profile
from core.services.people import rename_person
from core.services.tenancy import describe
from tests.makers import actor_for, make_management_system, make_manager, make_member, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def entries(tenant):
    return Entry.objects.filter(chain__management_system=tenant).order_by("seq")


def test_a_write_leaves_exactly_one_entry_with_the_full_state():
    tenant = make_management_system()
    before = entries(tenant).count()
    profile = describe(actor=make_manager(tenant), name="New name")
    written = list(entries(tenant))[before + 1 :]
    assert [(e.action, e.op, e.record_id) for e in written] == [("core.profile.change", "update", str(profile.pk))]
    assert '"name":"New name"' in written[0].state
    assert written[0].version == profile.version == 2


def test_a_save_that_changes_nothing_writes_nothing():
    tenant = make_management_system(name="Same")
    actor = make_manager(tenant)
    count, events = entries(tenant).count(), OutboxEvent.objects.count()
    profile = describe(actor=actor, name="Same")
    assert (entries(tenant).count(), OutboxEvent.objects.count(), profile.version) == (count, events, 1)


def test_a_stale_version_is_refused_and_nothing_is_written():
    tenant = make_management_system()
    actor = make_manager(tenant)
    old = Profile.objects.get(management_system=tenant)
    describe(actor=actor, name="First")
    count = entries(tenant).count()
    with pytest.raises(Stale):
        describe(actor=actor, name="Second", expected_version=1)
    old.name = "Third"
    with pytest.raises(Stale), change(actor, "test") as unit:
        unit.save(old)
    assert entries(tenant).count() == count
    assert Profile.objects.get(management_system=tenant).name == "First"


def test_records_of_another_management_system_cannot_be_written_or_fetched():
    here, there = make_management_system(), make_management_system()
    actor = make_manager(here)
    foreign = Profile.objects.get(management_system=there)
    with pytest.raises(NotFound), change(actor, "test") as unit:
        unit.fetch(Profile, foreign.pk)
    foreign.name = "taken over"
    with pytest.raises(NotFound), change(actor, "test") as unit:
        unit.save(foreign)


def test_a_person_who_is_no_member_cannot_be_named_in_a_record():
    tenant = make_management_system()
    actor = make_manager(tenant)
    stranger = make_person()
    comment = Comment(record_type="core.profile", record_id=tenant.pk, text="Hello", person=stranger)
    with pytest.raises(ValidationError) as problem, change(actor, "test") as unit:
        unit.save(comment)
    assert list(problem.value.message_dict) == ["person"]
    assert not Comment.objects.filter(management_system=tenant).exists()


def test_entries_are_strictly_later_than_the_ones_before_even_when_the_clock_stands_or_jumps_back():
    tenant = make_management_system()
    actor = make_manager(tenant)
    with clock.simulated(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)):
        describe(actor=actor, name="One")
        describe(actor=actor, name="Two")
    moments = list(entries(tenant).values_list("at", flat=True))
    assert moments == sorted(set(moments))


def test_a_nul_character_is_refused_beside_its_field():
    tenant = make_management_system()
    with pytest.raises(ValidationError) as problem:
        describe(actor=make_manager(tenant), scope_statement="a\x00b")
    assert list(problem.value.message_dict) == ["scope_statement"]


def test_names_and_addresses_of_people_never_enter_the_ledger():
    tenant = make_management_system()
    person = make_member(tenant, "contributor", name="Very Recognisable")
    rename_person(actor=operator(), person=person, name="Even More Recognisable")
    text = "".join(Entry.objects.values_list("state", flat=True))
    assert "Recognisable" not in text
    assert person.email not in text


def test_a_deleted_record_keeps_its_last_state_in_the_entry_before():
    tenant = make_management_system()
    person = make_member(tenant, "manager")
    actor = actor_for(person, tenant)
    with change(actor, "comments.add") as unit:
        comment = unit.save(Comment(record_type="core.profile", record_id=tenant.pk, text="Gone soon", person=person))
    with change(actor, "comments.delete") as unit:
        unit.delete(comment)
    last = list(entries(tenant))[-2:]
    assert [e.op for e in last] == ["create", "delete"]
    assert "Gone soon" in last[0].state
    assert last[1].state == ""


def test_every_record_is_as_its_last_entry_says():
    tenant = make_management_system()
    make_member(tenant, "manager")
    chain = ledger.chain_of(tenant.pk)
    for model in (Profile, Membership):
        for row in model.objects.filter(management_system=tenant):
            newest = Entry.objects.filter(chain=chain, record_id=str(row.pk)).latest("seq")
            assert newest.state == records.canonical.dumps(records.state_of(row, records.empty_links(model))).decode()
