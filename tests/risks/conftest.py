"""A management system with a manager, a contributor, two approvers and an auditor."""

import datetime

import pytest

from risks import services
from risks.models import TreatmentPlan
from tests.makers import actor_for, make_management_system, make_member
from tests.risks.makers import ZONE, approve_criteria, make_assessed, make_control, today


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


@pytest.fixture
def plan(tenant):
    """The treatment plan."""
    return TreatmentPlan.objects.get(management_system=tenant)


@pytest.fixture
def risk(manager, owner):
    """An assessed risk that is reduced."""
    return make_assessed(
        manager, owner, option="change_likelihood", target_likelihood=2, target_consequences={"individuals": 2}
    )


@pytest.fixture
def action(manager, owner, risk, tenant):
    """What is done about it."""
    return services.add_action(
        actor=manager, risk=risk, what="Test with a screen reader", owner=owner, control=make_control(tenant, "A.9.2"),
        due=today() + datetime.timedelta(days=60), expected_effect="Nobody is shut out",
    )  # fmt: skip
