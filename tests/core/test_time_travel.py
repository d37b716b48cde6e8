"""As-of: the past is shown as it was, with the names of then, by the same querysets."""

import datetime

import pytest

from core import clock, ledger, scope
from core.actor import operator
from core.change import change
from core.models import Comment, Membership, Person, Profile
from core.services.people import rename_person
from core.services.tenancy import describe
from tests.makers import actor_for, make_management_system, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]
T0 = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.UTC)


def at(days):
    return clock.simulated(T0 + datetime.timedelta(days=days))


def test_the_past_shows_values_names_and_deleted_records_of_then():
    with at(0):
        tenant = make_management_system(name="Before")
        person = make_member(tenant, "manager", name="Old Name")
        actor = actor_for(person, tenant)
    with at(1), change(actor, "comments.add") as unit:
        comment = unit.save(Comment(record_type="core.profile", record_id=tenant.pk, text="A remark", person=person))
    with at(2):
        describe(actor=actor, name="After")
        rename_person(actor=operator(), person=person, name="New Name")
        with change(actor, "comments.delete") as unit:
            unit.delete(comment)
    then = scope.as_of(tenant.pk, T0 + datetime.timedelta(days=1, hours=1))
    assert then.profile.name == "Before"
    remark = Comment.objects.of(then).get()
    assert (remark.text, remark.person.name) == ("A remark", "Old Name")
    now = scope.as_of(tenant.pk, T0 + datetime.timedelta(days=3))
    assert now.profile.name == "After"
    assert not Comment.objects.of(now).exists()
    assert Person.objects.using(now.alias).get(pk=person.pk).name == "New Name"


def test_rows_of_the_past_equal_the_rows_of_the_present_when_nothing_happened_since():
    tenant = make_management_system()
    make_manager(tenant)
    make_member(tenant, "external_auditor")
    now = scope.as_of(tenant.pk, clock.now())
    for model in (Profile, Membership):
        here = list(model.objects.filter(management_system=tenant).order_by("pk").values())
        then = list(model.objects.of(now).order_by("pk").values())
        assert then == here


def test_a_moment_before_the_beginning_or_in_the_future_is_refused():
    tenant = make_management_system()
    with pytest.raises(ValueError, match="did not exist"):
        scope.as_of(tenant.pk, T0 - datetime.timedelta(days=9000))
    with pytest.raises(ValueError, match="not come"):
        scope.as_of(tenant.pk, clock.now() + datetime.timedelta(days=1))


def test_a_snapshot_knows_its_sequence_and_moment():
    tenant = make_management_system()
    with scope.snapshot(tenant.pk) as seen:
        assert seen.seq == ledger.chain_of(tenant.pk).seq
        assert seen.moment >= ledger.chain_of(tenant.pk).at
        assert Profile.objects.of(seen).count() == 1
