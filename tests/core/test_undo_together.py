"""Undoing a step of many records takes few statements, and what cannot be put back with the others is named alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.services.systems import register_system
from core import reconcile
from core.change import change
from core.models import ManagementSystem
from core.undo import undo
from risks.models import Risk
from risks.services import register_risk
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def actor():
    tenant = make_management_system(slug="here")
    return actor_for(make_member(tenant, "manager", name="Anna"), tenant)


def risks_of(actor, *systems):
    owner = make_member(ManagementSystem.objects.get(), "contributor")
    return [register_risk(actor=actor, title=f"R {n}", owner=owner, systems=[one]) for n, one in enumerate(systems)]


def edited(actor, risks):
    """One step that gives every risk another title and takes its systems away; returns its id."""
    with change(actor, "test.edit") as unit:
        for one in risks:
            one.title = f"{one.title} edited"
        unit.save_many(risks, {one.pk: {"systems": []} for one in risks})
        return unit.change_id


def told():
    return {one.title: sorted(one.systems.values_list("name", flat=True)) for one in Risk.objects.order_by("pk")}


def test_many_are_put_back_by_as_many_statements_as_few(actor):
    system = register_system(actor=actor, name="Triage")

    def cost(number):
        risks = risks_of(actor, *[system] * number)
        step = edited(actor, risks)
        with CaptureQueriesContext(connection) as asked:
            assert undo(actor, step).restored == number
        return len(asked)

    few = cost(3)
    assert cost(40) <= few + 3
    assert all(systems == ["Triage"] for systems in told().values())
    assert reconcile.records_fault(actor.management_system_id)[1] is None


def test_what_cannot_be_put_back_is_named_and_the_others_are_put_back(actor):
    kept, gone = (register_system(actor=actor, name=name) for name in ("Kept", "Gone"))
    risks = risks_of(actor, kept, gone, kept)
    step = edited(actor, risks)
    with change(actor, "test.delete") as unit:
        unit.delete(gone)
    undone = undo(actor, step)
    assert (undone.restored, [(one.ref, one.code) for one in undone.kept]) == (2, [(risks[1].ref, "gone")])
    assert told() == {"R 0": ["Kept"], "R 1 edited": [], "R 2": ["Kept"]}
    assert reconcile.records_fault(actor.management_system_id)[1] is None
