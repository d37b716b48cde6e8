"""A management system with a manager, a contributor, two approvers and an auditor."""

import pytest

from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import ZONE, approve_criteria


@pytest.fixture
def tenant(db):
    """A management system."""
    return make_management_system("risky", name="Sample Mutual", time_zone=ZONE)


@pytest.fixture
def approved(tenant):
    """The risk criteria, approved: nothing is accepted before."""
    return approve_criteria(tenant)


@pytest.fixture
def manager(tenant):
    """The actor of a manager."""
    return actor_for(make_member(tenant, "manager", name="Manager One"), tenant)


@pytest.fixture
def other_manager(tenant):
    """The actor of another manager."""
    return actor_for(make_member(tenant, "manager", name="Manager Two"), tenant)


@pytest.fixture
def owner(tenant):
    """A contributor who owns risks."""
    return make_member(tenant, "contributor", name="Owner One")


@pytest.fixture
def approver(tenant):
    """The actor of an approver."""
    return actor_for(make_member(tenant, "approver", name="Approver One"), tenant)


@pytest.fixture
def auditor(tenant):
    """An external auditor."""
    return make_member(tenant, "external_auditor", name="Auditor One")
