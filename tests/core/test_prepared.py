"""Prepared queries answer as the same query asked anew, whatever was asked before and from whichever thread."""

import threading
import uuid

import pytest
from django.db.models import DateTimeField, UUIDField

from aims.services.systems import register_system
from core import clock
from core.models import Membership, Person, Profile
from core.models.prepared import Given, Prepared
from core.queries.people import memberships_of
from risks import services
from risks.models import RiskSystem
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]

HELD: Prepared[Membership] = Prepared(
    lambda _alias: (
        Membership.objects.valid_at(Given("now", DateTimeField()))
        .filter(person_id=Given("person", UUIDField()))
        .select_related("person")
        .order_by("pk")
    )
)


def _anew(person, now):
    return list(Membership.objects.valid_at(now).filter(person=person).order_by("pk"))


def test_each_asking_takes_its_own_values_and_finds_what_is_stored_now(django_assert_num_queries):
    tenant = make_management_system(slug="here")
    anna, ben = (make_member(tenant, "manager", name=name) for name in ("Anna", "Ben"))
    for person in (anna, ben, anna):
        now = clock.now()
        with django_assert_num_queries(1):
            found = HELD.asked(person=person.pk, now=now)
            assert [one.person.name for one in found] == [person.name]
        assert found == _anew(person, now)
    assert HELD.asked(person=uuid.uuid4(), now=clock.now()) == []
    assert HELD.first(person=uuid.uuid4(), now=clock.now()) is None
    Person.objects.filter(pk=ben.pk).update(is_active=False)
    assert HELD.first(person=ben.pk, now=clock.now()) is None
    assert HELD.first(person=anna.pk, now=clock.now()).person == anna


def test_rows_found_before_stay_as_they_were_found():
    tenant = make_management_system(slug="here")
    anna, ben = (make_member(tenant, "manager", name=name) for name in ("Anna", "Ben"))
    first = HELD.asked(person=anna.pk, now=clock.now())
    HELD.asked(person=ben.pk, now=clock.now())
    assert [one.person_id for one in first] == [anna.pk]


def test_memberships_carry_the_printed_name_of_the_moment():
    tenant = make_management_system(slug="here", name="Before")
    anna = make_member(tenant, "manager", name="Anna")
    assert [one.printed for one in memberships_of(anna)] == ["Before"]
    Profile.objects.filter(management_system=tenant).update(name="After")
    assert [one.printed for one in memberships_of(anna)] == ["After"]


def test_many_ids_go_into_one_blank():
    tenant = make_management_system(slug="here")
    anna = make_member(tenant, "manager", name="Anna")
    actor = actor_for(anna, tenant)
    system = register_system(actor=actor, name="Triage")
    risks = [services.register_risk(actor=actor, title=f"R {n}", owner=anna, systems=[system]) for n in range(3)]
    links = Prepared(
        lambda _alias: RiskSystem.objects.filter(risk_id__any_of=Given("ids", UUIDField())).values_list("risk_id")
    )
    for chosen in (risks[:2], [], risks[2:], risks):
        assert {pk for (pk,) in links.asked(ids=[one.pk for one in chosen])} == {one.pk for one in chosen}


def test_another_thread_compiles_for_its_own_connection():
    HELD.asked(person=uuid.uuid4(), now=clock.now())
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(len(HELD._kept.__dict__)))
    thread.start()
    thread.join()
    assert (seen, len(HELD._kept.__dict__)) == ([0], 1)
