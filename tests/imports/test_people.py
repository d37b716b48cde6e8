"""People come in by the wizard: invited and given roles by the services of one of them, under their rules."""

import datetime
import io
import re

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock, jobs, when
from core.actor import ROLES, operator
from core.change import change
from core.errors import Forbidden, ReauthenticationNeeded
from core.imports import Delivery, Setup, inviting, wizard
from core.imports import setup as setup_of
from core.imports.members import FIELDS, PEOPLE
from core.lists.people import MemberRegister
from core.models import Invitation, Job, Membership, Person, Profile
from core.planner import PlainFields, Policy
from core.registers import export
from core.scope import current
from core.services.members import (
    accept_invitation,
    add_member,
    change_member,
    end_membership,
    invite,
    withdraw_invitation,
)
from core.services.people import set_active
from core.tables import read_table
from tests.aims.makers import csv_file
from tests.imports.people import (
    HEAD,
    email,
    kinds,
    member,
    planned,
    reason,
    refusals,
    signed_in,
    taken_back,
)
from tests.makers import PASSWORD, actor_for, make_member, make_person
from tests.support import one_entry_per_write

pytestmark = pytest.mark.django_db


def test_a_german_file_invites_and_changes_roles_and_is_undone_as_one(home):
    known = make_member(home, "contributor", name="Karla Kern")
    Person.objects.filter(pk=home.admin.person_id).update(language="de")
    rows = (
        ["Vollständiger Name", "E-Mail-Adresse", "Rollen", "Funktion", "Sprache", "Bis"],
        ["Nora Neu", "Nora.Neu@example.org", "Manager, Freigeberin", "Leitung KI", "Englisch", ""],
        ["Karla Kern", email(known).upper(), "Mitwirkend; Manager", "Schaden", "", "31.12.2031"],
        ["Ada Admin", email(Person.objects.get(pk=home.admin.person_id)), "Administrator", "", "", ""],
        ["Ute Unklar", "ute@example.org", "Chefin", "", "", ""],
    )  # fmt: skip
    browser = signed_in(home.admin)
    answer = browser.post("/sample/imports/new/people/", {"file": csv_file(*rows)})
    base = answer["Location"].rpartition("/")[0].rpartition("/")[0] + "/"
    for step in ("file", "columns", "values", "rows"):
        assert browser.get(f"{base}{step}/").status_code == 200
    dry = browser.get(f"{base}check/")
    assert [row.kind for row in dry.context["plan"].outcomes] == ["create", "change", "unchanged", "refused"]
    assert refusals_of(dry) == [("Rollen", "„Chefin“ steht nicht in der Liste der Werte.")]
    with one_entry_per_write():
        result = browser.post(f"{base}check/", {"apply": "1"})["Location"]
        jobs.run_waiting()
    invitation = Invitation.objects.get(management_system=home)
    assert (invitation.email, invitation.roles, invitation.language) == (
        "nora.neu@example.org", ["approver", "manager"], "en",
    )  # fmt: skip
    assert (invitation.expires_at - clock.now()).days == 13 and len(invitation.key_hash) == 64
    [sent] = mail.outbox
    assert sent.to == ["nora.neu@example.org"] and "Ada Admin invites you to Sample" in sent.subject
    changed = member(home, known)
    assert (changed.roles, changed.function) == (["contributor", "manager"], "Schaden")
    assert changed.valid_to.year == 2031 and changed.person.name == "Karla Kern"
    page = browser.get(result)
    assert "/invitations/" in page.content.decode() and "Freigeberin" not in page.content.decode()
    assert browser.get(f"{base}check/").context["plan"].counts["unchanged"] == 3  # twice is once
    browser.post(f"{result}undo/")
    jobs.run_waiting()
    invitation.refresh_from_db()
    assert invitation.withdrawn and member(home, known).roles == ["contributor"]
    assert member(home, known).valid_to is None and member(home, known).function == ""


def refusals_of(page):
    """Column and reason of the refused rows of a dry run."""
    return [(row.column, row.reason) for row in page.context["plan"].refusals]


def test_who_is_invited_joins_in_the_language_of_the_file(home):
    planned(home.admin, ["E-mail", "Roles", "Language"], ["new@example.org", "manager", "German"]).execute()
    [sent] = mail.outbox
    assert "lädt Sie" in sent.body
    key = re.search(r"/invitations/([^/\s]+)/", sent.body)[1]
    accept_invitation(key=key, name="New One", password=PASSWORD)
    assert Person.objects.get(email="new@example.org").language == "de"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("all_columns", [True, False])
def test_an_export_of_the_register_comes_back_with_zero_changes(home, kind, language, all_columns):
    zone = clock.now().tzinfo
    last = datetime.datetime(2031, 3, 31, 23, 59, 59, 999999, zone)
    make_member(home, "external_auditor", name="=1+1", valid_to=last)
    make_member(home, "approver", "contributor", name='@x, "Müller"; Zoë', function="- Head, of claims")
    make_member(home, "manager", valid_from=clock.now() + datetime.timedelta(days=9))
    make_member(home, "internal_auditor", valid_to=last)
    end_membership(actor=home.admin, member=member(home, make_member(home, "manager", name="Gone")))
    add_member(actor=operator(home.pk), person=make_person("Ünal", email="unal@exämple.org"), roles=["manager"])
    Person.objects.filter(pk=home.admin.person_id).update(language=language)
    columns = ",".join(column.key for column in MemberRegister.columns if all_columns or column.shown)
    data = signed_in(home.admin).get(f"/sample/people/?columns={columns}&export={kind}", follow=True).content
    given = {"name": f"export.{kind}", "size": len(data), "content": io.BytesIO(data)}
    blob = wizard.keep_file(actor=home.admin, described=PEOPLE, **given)
    setup = Setup.of(wizard.begin(actor=home.admin, described=PEOPLE, blob=blob).setup)
    table = wizard.open_file(blob, setup)
    assert wizard.needs(PEOPLE, home.pk, table, setup) == "", setup.targets
    found = wizard.plan_import(home.admin, PEOPLE, table, setup)
    assert found.plan.counts["unchanged"] == 8, list(found.plan.described())


def test_an_invitation_speaks_a_language_we_know(home):
    with pytest.raises(ValidationError):
        invite(actor=home.admin, email="a@example.org", roles=["manager"], language="xx")
    found = planned(home.admin, ["E-mail", "Roles", "Language"], ["a@example.org", "manager", "Klingon"])
    assert reason(found) == ("Language", "“Klingon” is not in the list of values.")


def test_names_and_languages_belong_to_the_people_themselves(home):
    known = make_member(home, "manager", name="Karla Kern")
    found = planned(
        home.admin, ["Name", "E-mail", "Roles", "Language"], ["K. Kern", email(known), "manager", "de"],
    )  # fmt: skip
    assert kinds(found) == ["kept"] and set(found.plan.outcomes[0].held) == {"name", "language"}


def test_a_column_for_each_role_changes_those_roles_alone(home):
    known = make_member(home, "manager", "approver")
    head = ["E-mail", "Manager", "Contributor"]
    found = planned(home.admin, head, [email(known), "", "x"], ["new@example.org", "yes", "no"])
    assert kinds(found) == ["change", "create"]
    found.execute()
    assert member(home, known).roles == ["approver", "contributor"]
    assert Invitation.objects.get().roles == ["manager"]
    left = planned(home.admin, ["E-mail", "Contributor", "Approver"], [email(known), "no", ""])
    assert reason(left) == ("Contributor", "Choose at least one role.")
    both = planned(home.admin, ["E-mail", "Roles", "Manager"], [email(known), "manager", "x"])
    assert reason(both) == ("Roles", "Roles stand in one column or in a column each: leave out one of them.")


def test_roles_are_never_guessed_from_what_is_similar(home):
    table = read_table(csv_file(
        ["E-mail", "Line manager", "Newsletter", "Manager", "Rolle"],
        ["a@example.org", "yes", "yes", "Ann Boss", "administator"],
        ["b@example.org", "no", "no", "Bob Boss", "approver"],
    ).getvalue(), "people.csv")  # fmt: skip
    setup = setup_of.suggested(PEOPLE, home.pk, table, Setup())
    assert setup.targets == {"E-mail": "email", "Line manager": "", "Newsletter": "", "Manager": "", "Rolle": "roles"}
    setup = setup_of.with_values(PEOPLE, home.pk, table, setup)
    assert setup.values["Rolle"] == {"administator": "", "approver": "approver"}


class TestRefused:
    """Why a row cannot be used; each by the column it stands in."""

    def test_an_unknown_role(self, home):
        found = planned(home.admin, HEAD, ["A", "a@example.org", "Superuser"])
        assert reason(found) == ("Roles", "“Superuser” is not in the list of values.")

    def test_a_role_that_is_none_whatever_read_the_row(self, home):
        row = {"external_id": "a@example.org", "email": "a@example.org", "roles": "manager; superuser"}
        reader = PlainFields(list(FIELDS))
        found = PEOPLE.prepare(Delivery(home.admin, "x", [(1, row)], reader, Policy(), PEOPLE.reference))
        assert reason(found) == ("roles", "“superuser” is not in the list of values.")

    def test_a_new_row_without_a_role(self, home):
        found = planned(home.admin, HEAD, ["A", "a@example.org", ""])
        assert reason(found) == ("Roles", "Choose at least one role.")

    def test_a_bad_address(self, home):
        for bad in ("nobody", "a@b", "a b@example.org", f"{'a' * 250}@example.org"):
            assert reason(planned(home.admin, HEAD, ["A", bad, "manager"]))[0] == "E-mail"

    def test_an_auditor_from_outside_without_an_end_or_with_another_role(self, home):
        found = planned(
            home.admin, [*HEAD, "Until"], ["A", "a@example.org", "external auditor", ""],
            ["B", "b@example.org", "external auditor, manager", "2031-01-01"],
            ["C", "c@example.org", "external auditor", "2031-01-01"],
            ["D", "d@example.org", "manager", "2020-01-01"],
        )  # fmt: skip
        assert refusals(found) == [
            ("Until", "Say until when the external auditor may read."),
            ("Roles", "An external auditor holds no other role."),
            ("Until", "This day is over. An import ends no membership."),
        ]
        found.execute()
        assert Invitation.objects.get().member_to.date().isoformat() == "2031-01-01"

    def test_ones_own_roles(self, home):
        own = email(Person.objects.get(pk=home.admin.person_id))
        found = planned(home.admin, HEAD, ["Ada Admin", own, "administrator; manager"])
        assert reason(found) == ("Roles", "Nobody changes their own membership by an import.")
        assert kinds(planned(home.admin, HEAD, ["Ada Admin", own, "administrator"])) == ["unchanged"]

    def test_the_last_administrator(self, home):
        creator = Membership.objects.exclude(person=home.admin.person_id).get(management_system=home).person
        first, second = email(creator), email(Person.objects.get(pk=home.admin.person_id))
        by_hand = operator(home.pk)
        found = planned(by_hand, [*HEAD, "Until"], ["", first, "manager", ""], ["", second, "", "2031-01-01"])
        assert kinds(found) == ["change", "refused"]
        assert reason(found) == ("Roles", "Someone must stay administrator. Make somebody else one first.")
        end_membership(actor=by_hand, member=member(home, creator))
        assert kinds(planned(by_hand, HEAD, ["", second, "manager"])) == ["refused"]
        assert found.execute().meanwhile == {first: "changed-meanwhile"}

    def test_a_member_who_left_or_was_disabled_or_whose_time_is_over(self, home):
        left, off, over = (make_member(home, "manager") for _ in range(3))
        end_membership(actor=home.admin, member=member(home, left))
        set_active(actor=operator(), person=off, active=False)
        Membership.objects.filter(person=over).update(valid_to=clock.now() - datetime.timedelta(days=1))
        found = planned(home.admin, HEAD, *(["", email(one), "manager"] for one in (left, off, over)))
        says = "Their membership has ended. Make them a member again on their own page."
        assert refusals(found) == [("E-mail", says)] * 3
        head = [*HEAD, "Membership"]
        assert kinds(planned(home.admin, head, ["", email(left), "manager", "Ended"])) == ["unchanged"]
        assert reason(planned(home.admin, head, ["", email(left), "approver", "Ended"])) == ("E-mail", says)

    def test_an_end_that_only_the_page_of_a_member_makes(self, home):
        here = make_member(home, "manager")
        found = planned(home.admin, [*HEAD, "Membership"], ["", email(here), "manager", "Ended"])
        assert reason(found) == ("Membership", "An import ends no membership. End it on the member's page.")

    def test_an_open_invitation_that_says_otherwise(self, home):
        invite(actor=home.admin, email="open@example.org", roles=["manager"])
        found = planned(home.admin, HEAD, ["", "Open@example.org", "approver"], ["", "open2@example.org", "approver"])
        assert reason(found) == ("E-mail", "An invitation that says otherwise is open. Withdraw it first.")
        assert kinds(planned(home.admin, HEAD, ["", "open@example.org", "manager"])) == ["unchanged"]

    def test_somebody_twice_in_the_file(self, home):
        found = planned(
            home.admin, HEAD, ["A", "a@example.org", "manager"], ["A", "A@Example.org", "manager"],
            ["B", "b@example.org", "manager"], ["B", "b@example.org", "manager"],
        )  # fmt: skip
        assert kinds(found) == ["refused", "refused", "create", "duplicate"]
        says = "This address stands in several rows, which say different things. Keep one of them."
        assert refusals(found) == [("E-mail", says)] * 2

    def test_everybody_new_where_nobody_would_get_the_link(self, home, settings):
        settings.MAIL_CONFIGURED = False
        found = planned(home.admin, HEAD, ["A", "a@example.org", "manager"])
        says = "Mail is not set up here, so nobody would get the link. Invite one by one."
        assert reason(found) == ("E-mail", says)


def test_a_hostile_file_lets_nobody_in_who_is_not_meant(home):
    kim = make_member(home, "contributor", name="Kim")
    Person.objects.filter(pk=kim.pk).update(email="kim@example.org")
    rows = [
        ["=cmd|' /C calc'!A0", "=1+1@example.org", "manager"],
        ["x" * 5000, "long@example.org", "manager"],
        ["Kim", "\u212aim@example.org", "administrator"],  # a Kelvin sign
        ["Kim", "kіm@example.org", "administrator"],  # a Cyrillic letter
        ["Kim", "ｋim@example.org", "administrator"],  # a wide letter
        ["Kim", "kim@example.org\u200b", "administrator"],
        ["Nul", "nul\x00@example.org", "manager"],
        ["Roles", "roles@example.org", "=administrator"],
        ["Roles", "more@example.org", "administrator\u200b"],
        ["Roles", "much@example.org", "manager; " * 300 + "superuser"],
        ["Two", "two@example.org,three@example.org", "manager"],
        ["Line", "line@example.org\nBcc: all@example.org", "manager"],
    ]
    found = planned(home.admin, HEAD, *rows)
    assert kinds(found) == ["create", *["refused"] * 11], list(found.plan.described())
    applied = found.execute()
    assert applied.created == 1 and member(home, kim).roles == ["contributor"]
    assert [one.to for one in mail.outbox] == [["=1+1@example.org"]]
    assert Invitation.objects.get().name == "=cmd|' /C calc'!A0"


def test_only_administrators_import_people_see_the_job_and_its_files(home):
    manager = actor_for(make_member(home, "manager", name="Mona"), home)
    with pytest.raises(Forbidden):
        planned(manager, HEAD, ["A", "a@example.org", "manager"])
    browser, other = signed_in(home.admin), signed_in(manager)
    assert other.get("/sample/imports/new/people/").status_code == 403
    base = browser.post("/sample/imports/new/people/", {"file": csv_file(HEAD, ["A", "a@example.org", "manager"])})
    base = base["Location"].removesuffix("check/")
    assert other.get(f"{base}check/").status_code == 403 and other.post(f"{base}check/").status_code == 403
    result = browser.post(f"{base}check/", {"apply": "1"})["Location"]
    jobs.run_waiting()
    job = Job.objects.get()
    assert browser.get(f"/sample/jobs/{job.pk}/").status_code == 200
    file = job.files.get(name="rows.json")
    address = reverse("job_file", kwargs={"slug": "sample", "pk": job.pk, "file": file.pk})
    assert browser.get(address).status_code == 200 and other.get(address).status_code == 404
    assert other.get(f"/sample/jobs/{job.pk}/").status_code == 404
    assert other.get(f"{result}").status_code == 403 and other.post(f"{result}undo/").status_code == 403
    assert job.title not in other.get("/sample/jobs/").content.decode()


def test_writing_and_undoing_want_the_password_again(home):
    old = actor_for(Person.objects.get(pk=home.admin.person_id), home, recently_authenticated=False)
    found = planned(old, HEAD, ["A", "a@example.org", "manager"])  # looking does not
    with pytest.raises(ReauthenticationNeeded):
        found.execute()
    browser = Client()
    browser.force_login(Person.objects.get(pk=home.admin.person_id))
    base = browser.post("/sample/imports/new/people/", {"file": csv_file(HEAD, ["A", "a@example.org", "manager"])})
    check = base["Location"]
    assert browser.get(check).status_code == 200
    assert "/accounts/reauthenticate/" in browser.post(check, {"apply": "1"})["Location"]
    assert not Job.objects.exists() and not Invitation.objects.exists()
    fresh = signed_in(home.admin)
    result = fresh.post(check, {"apply": "1"})["Location"]
    jobs.run_waiting()
    assert Invitation.objects.count() == 1
    assert "/accounts/reauthenticate/" in browser.get(f"{result}undo/")["Location"]
    assert "/accounts/reauthenticate/" in browser.post(f"{result}undo/")["Location"]
    assert not Invitation.objects.get().withdrawn


class TestWriting:
    """What happened between planning and writing, and what no mail server takes."""

    def test_somebody_changed_left_or_joined_meanwhile(self, home):
        one, two, three = (make_member(home, "contributor") for _ in range(3))
        rows = [["", email(person), "manager"] for person in (one, two, three)]
        found = planned(home.admin, HEAD, *rows, ["", "new@example.org", "manager"])
        change_member(actor=home.admin, member=member(home, one), function="Head")
        end_membership(actor=home.admin, member=member(home, two))
        with change(operator(home.pk), "test") as unit:
            unit.delete(member(home, three))
        add_member(actor=home.admin, person=make_person(email="new@example.org"), roles=["contributor"])
        applied = found.execute()
        assert applied.meanwhile == {
            email(one): "changed-meanwhile", email(two): "changed-meanwhile", email(three): "deleted-meanwhile",
            "new@example.org": "changed-meanwhile",
        }  # fmt: skip
        assert not mail.outbox and not Invitation.objects.exists()

    def test_an_invitation_nobody_would_get_is_withdrawn(self, home, monkeypatch):
        monkeypatch.setattr(inviting.mail, "send_invitation", lambda *given: False)
        found = planned(home.admin, HEAD, ["", "a@example.org", "manager"])
        applied = found.execute()
        assert applied.meanwhile == {"a@example.org": "not-sent"} and Invitation.objects.get().withdrawn
        undone = taken_back(home.admin, applied)
        assert (undone.removed, undone.kept) == (0, [])
        assert kinds(planned(home.admin, HEAD, ["", "a@example.org", "manager"])) == ["create"]

    def test_another_try_sends_the_link_again_with_which_the_first_broke_off(self, home, monkeypatch):
        def broken(*given):
            raise RuntimeError

        found = planned(home.admin, [*HEAD, "Until"], ["Ann", "a@example.org", "manager", "2031-01-01"],
                        ["", "b@example.org", "manager", ""])  # fmt: skip
        with monkeypatch.context() as patch, pytest.raises(RuntimeError):
            patch.setattr(inviting.mail, "send_invitation", broken)
            found.execute("step")
        again = planned(home.admin, [*HEAD, "Until"], ["Ann", "a@example.org", "manager", "2031-01-01"],
                        ["", "b@example.org", "manager", ""])  # fmt: skip
        assert kinds(again) == ["unchanged", "create"]
        again.execute("step")
        assert [one.to[0] for one in mail.outbox] == ["a@example.org", "b@example.org"]
        found = Invitation.objects.filter(withdrawn=False).order_by("email")
        assert [(one.email, one.name) for one in found] == [("a@example.org", "Ann"), ("b@example.org", "")]
        withdraw_invitation(actor=home.admin, invitation=found[1], change_id="step")
        planned(home.admin, HEAD, ["", "c@example.org", "manager"]).execute("step")
        last = Invitation.objects.get(email="c@example.org")
        Invitation.objects.filter(pk=last.pk).update(withdrawn=True)
        planned(home.admin, HEAD, ["", email(make_member(home, "manager")), "manager"]).execute("step")
        assert len(mail.outbox) == 3


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
ADDRESS = st.from_regex(r"[a-z0-9=+_-]{1,20}@[a-z]{1,12}\.example", fullmatch=True)
SOMEBODY = st.fixed_dictionaries({
    "name": NAMES, "function": NAMES | st.just(""), "ended": st.booleans(),
    "roles": st.sets(st.sampled_from([role for role in ROLES if role != "external_auditor"]), min_size=1),
    "until": st.none() | st.dates(datetime.date(2031, 1, 1), datetime.date(2099, 12, 31)),
})  # fmt: skip


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    people=st.dictionaries(ADDRESS, SOMEBODY, max_size=6), kind=st.sampled_from(["csv", "xlsx", "json"]),
    language=st.sampled_from(["en", "de"]), time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Adak"]),
)  # fmt: skip
def test_whatever_people_are_called_their_export_changes_nothing(home, people, kind, language, time_zone):
    with transaction.atomic():
        Profile.objects.filter(management_system=home).update(time_zone=time_zone)
        for address, one in people.items():
            end = when.day_end(one["until"], when.zone_named(time_zone)) if one["until"] else None
            person = make_person(one["name"], email=address, password=None)
            given_ = {"roles": sorted(one["roles"]), "function": one["function"], "valid_to": end}
            held = add_member(actor=operator(home.pk), person=person, **given_)
            if one["ended"]:
                end_membership(actor=operator(home.pk), member=held)
        listing = MemberRegister().listing(current(home.pk), home.admin, QueryDict(), "/", "sample")
        with translation.override(language):
            data = export.written(listing, kind)
            table = read_table(data, f"people.{kind}")
            setup = setup_of.suggested(PEOPLE, home.pk, table, Setup())
            found = wizard.plan_import(home.admin, PEOPLE, table, setup)
        assert found.plan.counts["unchanged"] == len(people) + 2, list(found.plan.described())
        transaction.set_rollback(True)
