"""A page of 100 records with their relations costs a handful of queries, however much hangs on each."""

import pytest

from aims.models import AISystem
from controls.models import Control
from core.change import change
from risks.models import Action, Risk
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db
MOST, ROWS = 10, 100
REGISTERS = ("risks", "systems", "controls", "actions", "acceptances", "people", "claims", "criteria")


@pytest.fixture
def client():
    """A token in a management system in which every record of a page names others."""
    tenant = make_management_system(slug="here")
    person = make_member(tenant, "manager", "administrator")
    actor = actor_for(person, tenant)
    controls = list(Control.objects.filter(management_system=tenant))
    with change(actor, "test.many") as unit:
        systems = unit.save_many([AISystem(name=f"System {n}", owner=person) for n in range(ROWS)])
        risks = [Risk(title=f"Risk {n}", owner=person) for n in range(ROWS)]
        unit.save_many(risks, {one.pk: {"systems": systems[:3], "controls": controls[:3]} for one in risks})
        unit.save_many([Action(risk=one, what="Sample", owner=person, control=controls[0]) for one in risks])
        unit.save_many(controls, {one.pk: {"systems": systems[:3]} for one in controls})
    return bearer(tenant, "read", actor=actor, as_person=True)


def test_an_api_page_of_100_asks_at_most_ten_queries(client, django_assert_max_num_queries):
    client.get("/api/v1/here/me/")
    for register in REGISTERS:
        for query in ("limit=100", "limit=100&updated_since=2020-01-01T00:00:00Z"):
            if register == "people" and "updated_since" in query:
                continue
            with django_assert_max_num_queries(MOST):
                answer = client.get(f"/api/v1/here/{register}/?{query}")
            assert answer.status_code == 200
            assert len(answer.json()["items"]) == ROWS or register not in {"risks", "systems", "actions"}
