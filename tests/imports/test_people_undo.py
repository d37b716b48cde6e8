"""An import of people is taken back where it opened no door since; what stays is named with its reason."""

import datetime
import re
from contextlib import nullcontext

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail

from core import clock
from core.actor import operator
from core.errors import Forbidden, NotFound, ReauthenticationNeeded, StepRefused
from core.models import ApiToken, Entry, Invitation, Membership, Person
from core.services import taking_back
from core.services.members import (
    accept_invitation,
    change_member,
    withdraw_invitation,
)
from core.services.taking_back import take_back
from core.services.undoing import undo_step
from tests.imports.people import (
    HEAD,
    email,
    make_person_in,
    member,
    planned,
    taken_back,
    told,
)
from tests.makers import PASSWORD, actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db


class TestUndo:
    """What opened a door since stays, and is named with its reason."""

    def carried_out(self, home, *rows):
        found = planned(home.admin, HEAD, *rows)
        return found.execute()

    def test_an_invitation_that_was_accepted_or_withdrawn(self, home):
        applied = self.carried_out(home, *(["", f"{name}@example.org", "manager"] for name in "abc"))
        key = re.search(r"/invitations/([^/\s]+)/", mail.outbox[0].body)[1]
        accept_invitation(key=key, name="Ann", password=PASSWORD)
        withdraw_invitation(actor=home.admin, invitation=Invitation.objects.get(email="b@example.org"))
        undone = taken_back(home.admin, applied)
        assert undone.removed == 1 and told(undone) == [
            ("a@example.org", "They have joined already. End the membership instead."),
            ("b@example.org", "The invitation was withdrawn already."),
        ]
        assert member(home, Person.objects.get(email="a@example.org")).roles == ["manager"]

    @pytest.mark.parametrize("came", ["before", "since", "stays", "wrote", "token"])
    def test_somebody_who_was_here_with_the_new_role(self, home, came):
        person = make_member(home, "contributor")
        hour = datetime.timedelta(hours=1)
        if came == "before":
            Person.objects.filter(pk=person.pk).update(last_login=clock.now() - hour)
        applied = self.carried_out(home, ["", email(person), "administrator"])
        if came == "since":
            Person.objects.filter(pk=person.pk).update(last_login=clock.now())
        elif came == "stays":  # a session that goes on from long before
            session = SessionStore()
            session.create()
            UserSession.objects.create(user=person, session_key=session.session_key, ip="127.0.0.1", user_agent="x")
        elif came == "wrote":
            change_member(actor=actor_for(person, home), member=member(home, make_person_in(home)), function="x")
        elif came == "token":
            ApiToken.objects.create(
                management_system=home, name="x", prefix="x", key_hash="x", person=person, last_used_at=clock.now(),
                created_at=clock.now(), updated_at=clock.now(), expires_at=clock.now() + hour,
            )  # fmt: skip
        undone = taken_back(home.admin, applied)
        says = "They could use the new role already. Change it on their page."
        assert told(undone) == [(email(person), says)] and member(home, person).roles == ["administrator"]

    def test_a_role_that_was_taken_comes_back_to_who_was_here(self, home):
        person = make_member(home, "manager", "approver")
        applied = self.carried_out(home, ["", email(person), "approver"])
        Person.objects.filter(pk=person.pk).update(last_login=clock.now())
        assert taken_back(home.admin, applied).restored == 1
        assert member(home, person).roles == ["approver", "manager"]

    def test_more_time_counts_as_a_door(self, home):
        auditor = make_member(home, "external_auditor")
        applied = planned(home.admin, ["E-mail", "Until"], [email(auditor), "2041-01-01"]).execute()
        Person.objects.filter(pk=auditor.pk).update(last_login=clock.now())
        assert len(taken_back(home.admin, applied).kept) == 1
        Person.objects.filter(pk=auditor.pk).update(last_login=None)
        assert taken_back(home.admin, applied).restored == 1

    def test_what_somebody_changed_since_and_ones_own(self, home):
        one, two = make_member(home, "contributor"), make_member(home, "contributor")
        applied = self.carried_out(home, ["", email(one), "manager"], ["", email(two), "administrator"])
        change_member(actor=home.admin, member=member(home, one), function="Head")
        undone = take_back(actor_for(two, home), applied.change_id, step="s", inside=nullcontext)
        assert told(undone) == [
            (email(one), "Somebody changed this membership since."),
            (email(two), "Nobody changes their own membership by an import."),
        ]

    def test_what_somebody_changes_at_this_moment(self, home, monkeypatch):
        person = make_member(home, "contributor")
        applied = self.carried_out(home, ["", email(person), "manager"])

        def meanwhile(*given):
            change_member(actor=home.admin, member=member(home, person), function="Head")
            return False

        monkeypatch.setattr(taking_back, "_gave", meanwhile)
        assert told(taken_back(home.admin, applied)) == [(email(person), "Somebody changed this membership since.")]

    def test_an_end_that_is_over_and_the_last_administrator(self, home):
        person = make_member(home, "contributor")
        applied = self.carried_out(home, ["", email(person), "administrator"])
        for row in Membership.objects.filter(management_system=home).exclude(person=person):
            Membership.objects.filter(pk=row.pk).update(ended=True)
        undone = taken_back(operator(home.pk), applied)
        says = "Someone must stay administrator. Make somebody else one first."
        assert told(undone) == [(email(person), says)]

    def test_only_who_may_give_roles_and_gave_the_password(self, home):
        person = make_member(home, "contributor")
        applied = self.carried_out(home, ["", email(person), "manager"], ["", "a@example.org", "manager"])
        manager = actor_for(make_member(home, "manager"), home)
        with pytest.raises(Forbidden):
            taken_back(manager, applied)
        old = actor_for(Person.objects.get(pk=home.admin.person_id), home, recently_authenticated=False)
        with pytest.raises(ReauthenticationNeeded):
            taken_back(old, applied)
        with pytest.raises(StepRefused):  # the history opens and closes no door
            undo_step(actor=manager, change_id=applied.change_id)

    def test_another_try_counts_what_the_first_put_back_and_a_foreign_step_is_none(self, home):
        person = make_member(home, "contributor")
        applied = self.carried_out(home, ["", email(person), "manager"], ["", "a@example.org", "manager"])
        heard: list = []
        for _try in range(2):
            undone = take_back(
                home.admin, applied.change_id, step="s", inside=nullcontext, report=lambda *n: heard.append(n)
            )  # fmt: skip
            assert (undone.removed, undone.restored, undone.kept) == (1, 1, [])
        assert heard == [(1, 2), (2, 2)] * 2
        assert Entry.objects.filter(change_id="s").count() == 2
        other = make_management_system("other")
        stranger = actor_for(make_member(other, "administrator"), other)
        with pytest.raises(NotFound):
            taken_back(stranger, applied)
