"""Imports of people while somebody else acts: rights lost on the way, undo asked too early, memberships that lapsed."""

import datetime
import uuid

import pytest
import time_machine

from core import clock, jobs
from core.errors import NotFound
from core.imports import inviting, running
from core.imports.members import PEOPLE
from core.models import Entry, Import, Invitation, Job, Membership, Person
from core.services.members import accept_invitation, change_member, end_membership, invite
from tests.aims.makers import csv_file
from tests.imports.people import HEAD, email, home, mailed, member, planned, signed_in, taken_back, told
from tests.makers import PASSWORD, actor_for, make_member

__all__ = ["home", "mailed"]  # fixtures
pytestmark = pytest.mark.django_db


def after_first_mail(monkeypatch, act):
    """What somebody else does once the first invitation went out."""
    sent = []

    def send(*_told):
        sent.append(1)
        if len(sent) == 1:
            act()
        return True

    monkeypatch.setattr(inviting.mail, "send_invitation", send)
    return sent


def asked(home, rows=3):
    """A job that invites administrators, waiting to be done."""
    browser = signed_in(home.admin)
    people = ([f"n{number}@example.org", "administrator"] for number in range(rows))
    browser.post("/sample/imports/new/people/", {"file": csv_file(["E-mail", "Roles"], *people, name="people.csv")})
    browser.post(f"/sample/imports/{Import.objects.get().pk}/check/", {})
    return Job.objects.get()


@pytest.mark.parametrize("lost", ["role", "membership"])
def test_who_loses_the_right_on_the_way_gives_no_further_role(home, monkeypatch, lost):
    other = actor_for(make_member(home, "administrator"), home)
    asker = member(home, Person.objects.get(pk=home.admin.person_id))

    def demote():
        if lost == "role":
            change_member(actor=other, member=asker, roles=["contributor"])
        else:
            end_membership(actor=other, member=asker)

    job = asked(home)
    after_first_mail(monkeypatch, demote)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, Invitation.objects.count()) == (Job.FAILED, 1) and job.error
    demoted = Entry.objects.filter(record_id=str(asker.pk)).order_by("-seq").first()
    assert not Entry.objects.filter(chain=demoted.chain, action="people.invite", seq__gt=demoted.seq).exists()


def test_an_import_is_not_taken_back_before_it_is_done(home, monkeypatch):
    job, seen = asked(home), []

    def hasty():
        job.refresh_from_db()
        seen.append(running.can_undo(job, PEOPLE))
        with pytest.raises(NotFound):
            running.start_undo(actor=home.admin, job_id=job.pk)

    after_first_mail(monkeypatch, hasty)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, seen, running.can_undo(job, PEOPLE)) == (Job.READY, [False], True)


def test_undo_lets_nobody_in_whose_membership_lapsed(home):
    person = make_member(home, "contributor", "approver")
    day = (clock.now() + datetime.timedelta(days=3)).date().isoformat()
    applied = planned(home.admin, ["E-mail", "Until"], [email(person), day]).execute()
    with time_machine.travel(clock.now() + datetime.timedelta(days=10)):
        kept = taken_back(home.admin, applied)
        assert "Their membership has ended." in str(told(kept))
        assert not Membership.objects.valid_at(clock.now()).filter(person=person).exists()


def test_another_try_goes_on_where_the_lost_invitation_was_overtaken(home):
    step = str(uuid.uuid4())
    invite(actor=home.admin, email="z@example.org", roles=["manager"], change_id=step)
    _second, key = invite(actor=home.admin, email="z@example.org", roles=["contributor"])
    accept_invitation(key=key, name="Zoe", password=PASSWORD)
    applied = planned(home.admin, HEAD, ["", "y@example.org", "manager"]).execute(step)
    assert applied.created == 1
    assert {one.email: one.withdrawn for one in Invitation.objects.filter(accepted_by=None)} == {
        "z@example.org": True,
        "y@example.org": False,
    }
