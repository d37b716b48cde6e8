"""Who left is out, what ran out does not come back by the way, and somebody always administers."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from core import clock
from core.models import Membership
from core.services.members import accept_invitation, change_member, invite
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def tenant():
    return make_management_system("ends", name="Sample Mutual")


@pytest.fixture
def administrator(tenant):
    person = make_member(tenant, "administrator", name="Administrator One")
    Membership.objects.filter(management_system=tenant).exclude(person=person).update(ended=True)
    return actor_for(person, tenant)


def membership_of(person):
    return Membership.objects.get(person=person)


def test_an_invitation_does_not_bring_back_roles_that_ran_out(tenant, administrator):
    person = make_member(tenant, "manager", valid_from=clock.now() - 9 * DAY, valid_to=clock.now() - DAY)
    _invitation, key = invite(actor=administrator, email=person.email, roles=["contributor"])
    assert accept_invitation(key=key, person=person).roles == ["contributor"]


def test_an_auditor_whose_dates_are_over_can_be_invited_as_something_else(tenant, administrator):
    person = make_member(tenant, "external_auditor", valid_to=clock.now() + DAY)
    Membership.objects.filter(person=person).update(valid_to=clock.now() - DAY)
    _invitation, key = invite(actor=administrator, email=person.email, roles=["contributor"])
    assert accept_invitation(key=key, person=person).roles == ["contributor"]


def test_an_invitation_adds_to_roles_that_hold(tenant, administrator):
    person = make_member(tenant, "approver")
    _invitation, key = invite(actor=administrator, email=person.email, roles=["contributor"])
    assert accept_invitation(key=key, person=person).roles == ["approver", "contributor"]


@pytest.mark.parametrize("dates", [{"valid_to": -1}, {"valid_to": 30}, {"valid_from": 30}])
def test_the_only_administrator_gets_no_dates_that_leave_nobody(tenant, administrator, dates):
    member = membership_of(administrator.person_id)
    with pytest.raises(ValidationError):
        change_member(actor=administrator, member=member, **{k: clock.now() + n * DAY for k, n in dates.items()})
    assert Membership.objects.valid_at(clock.now()).filter(pk=member.pk).exists()


def test_nor_by_accepting_an_invitation_that_ends(tenant, administrator):
    member = membership_of(administrator.person_id)
    _invitation, key = invite(
        actor=administrator, email=member.person.email, roles=["manager"], member_to=clock.now() + DAY
    )
    with pytest.raises(ValidationError):
        accept_invitation(key=key, person=member.person)
