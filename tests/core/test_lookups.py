"""Conditions of our own say what the framework's say."""

import uuid

import pytest

from risks import services
from risks.models import Risk, RiskSystem
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_any_of_many_ids_finds_what_in_finds_by_key_and_by_link():
    tenant = make_management_system(slug="here")
    anna = make_member(tenant, "manager", name="Anna")
    risks = [services.register_risk(actor=actor_for(anna, tenant), title=f"Risk {n}", owner=anna) for n in range(4)]
    ids = [risks[0].pk, risks[2].pk, uuid.uuid4()]
    for asked in (ids, ids[2:], []):
        alike = [
            Risk.objects.filter(**{f"{name}__{how}": asked}) for name in ("pk", "owner_id") for how in ("any_of", "in")
        ]
        assert [set(rows) for rows in alike[::2]] == [set(rows) for rows in alike[1::2]]
    assert set(Risk.objects.filter(pk__any_of=ids)) == {risks[0], risks[2]}
    assert Risk.objects.filter(owner_id__any_of=[anna.pk]).count() == 4
    assert Risk.objects.exclude(pk__any_of=ids).count() == 2
    assert not RiskSystem.objects.filter(risk_id__any_of=ids).exists()
