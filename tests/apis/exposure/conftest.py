"""A management system and a manager who brings traffic in."""

import pytest

from tests.makers import actor_for, make_management_system, make_member


@pytest.fixture
def tenant(db):
    return make_management_system(slug="here", name="Sample Mutual")


@pytest.fixture
def person(tenant):
    return make_member(tenant, "manager", name="Ada Quell")


@pytest.fixture
def manager(tenant, person):
    return actor_for(person, tenant)
