"""A management system with one service."""

from types import SimpleNamespace

import pytest

from tests.apis.posture.makers import make_service
from tests.makers import actor_for, make_management_system, make_manager, make_member


@pytest.fixture
def house(db):
    tenant = make_management_system(slug="north")
    approver = make_member(tenant, "approver", name="Ada Approver")
    return SimpleNamespace(
        tenant=tenant,
        manager=make_manager(tenant),
        approver=actor_for(approver, tenant),
        reader=actor_for(make_member(tenant, "internal_auditor"), tenant),
        service=make_service(tenant),
    )
