"""People, roles, invitations, tokens and settings, each through its page."""

import datetime as dt
import re

import pytest
from django.test import Client

from core import clock
from core.actor import ADMINISTRATOR, MANAGER, operator
from core.models import ApiToken, Entry, Invitation, ManagementSystem, Membership, Person, PersonName, Profile
from core.pages import once
from core.services.members import add_member, invite
from tests.makers import actor_for, make_management_system, make_member, make_person
from tests.pages.conftest import browser, confirmed

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


SECRET = r"aims_[0-9a-f]{8}_[\w-]{20,}"


def link_in(client, response):
    """The link that inviting shows on the next page."""
    response = client.get(response["Location"])
    return re.search(r"http://testserver(/invitations/[^<\"]+)", text(response))[1]


def test_a_person_starts_a_management_system_and_is_led_to_inviting_people(db):
    person = make_person("Founder One")
    client = browser(person)
    assert "belong to none yet" in text(client.get("/"))
    fields = {"name": "Own Place", "slug": "own-place", "scope_statement": "All our AI.", "time_zone": "Europe/Berlin"}
    answer = client.post("/start/", fields)
    assert answer.status_code == 302 and answer["Location"] == "/own-place/people/invite/?first=1"
    member = Membership.objects.get(management_system__slug="own-place")
    assert set(member.roles) == {ADMINISTRATOR, MANAGER}
    assert "Later" in text(client.get(answer["Location"]))
    assert client.get("/")["Location"] == "/own-place/"


@pytest.mark.parametrize("slug", ["sample", "api", "Größe", "-x", ""])
def test_a_taken_reserved_or_odd_address_is_refused_at_its_field(tenant, slug):
    client = browser(make_person())
    answer = client.post("/start/", {"name": "X", "slug": slug, "scope_statement": "All.", "time_zone": "UTC"})
    assert answer.status_code == 422 and 'href="#id_slug"' in text(answer)
    assert ManagementSystem.objects.count() == 1


def test_an_instance_that_does_not_let_people_start_says_who_can(settings, db):
    settings.INSTANCE_MAY_CREATE = False
    client = browser(make_person())
    assert "an operator starts" in text(client.get("/start/"))
    fields = {"name": "X", "slug": "x1", "scope_statement": "All.", "time_zone": "UTC"}
    assert client.post("/start/", fields).status_code == 403
    assert not ManagementSystem.objects.exists()


def test_a_new_person_joins_by_the_link_which_works_once(page, tenant):
    shown = page.post(
        "/sample/people/invite/", {"email": "new@example.org", "name": "New One", "roles": ["contributor"]}
    )
    link = link_in(page, shown)
    newcomer = Client()
    assert "invited as contributor" in text(newcomer.get(link))
    fields = {"name": "New Person", "password": "correct horse battery", "again": "correct horse battery"}
    answer = newcomer.post(link, fields)
    assert answer["Location"] == "/sample/"
    assert newcomer.get("/sample/people/").status_code == 200
    assert Membership.objects.get(person__email="new@example.org").roles == ["contributor"]
    assert Client().get(link).status_code == 404 and Client().post(link, fields).status_code == 404
    invitation = Invitation.objects.get()
    assert invitation.key_hash not in link
    assert "does not work any more" in text(page.get(f"/sample/people/invitations/{invitation.pk}/"))


@pytest.mark.parametrize(
    ("password", "again"), [("short", "short"), ("passwordpassword", "other-other-other"), ("", "")]
)
def test_a_weak_or_mistyped_password_keeps_the_newcomer_at_the_door(page, tenant, password, again):
    link = link_in(page, page.post("/sample/people/invite/", {"email": "new@example.org", "roles": ["contributor"]}))
    answer = Client().post(link, {"name": "New", "password": password, "again": again})
    assert answer.status_code == 422 and "Error:" in text(answer)
    assert not Person.objects.filter(email="new@example.org").exists()


def test_an_existing_person_signs_in_first_and_then_joins(page, tenant):
    known = make_person("Known One", email="known@example.org")
    link = link_in(page, page.post("/sample/people/invite/", {"email": "known@example.org", "roles": ["approver"]}))
    assert "/accounts/login/?next=" in text(Client().get(link))
    assert 'name="password"' not in text(Client().get(link))
    client = browser(known)
    assert "Join as Known One" in text(client.get(link))
    assert client.post(link)["Location"] == "/sample/"
    assert Membership.objects.get(person=known).roles == ["approver"]


def test_a_withdrawn_invitation_is_worthless(page, tenant, actor):
    _invitation, key = invite(actor=actor, email="new@example.org", roles=["contributor"])
    one = Invitation.objects.get()
    assert page.post(f"/sample/people/invitations/{one.pk}/withdraw/").status_code == 302
    assert Client().get(f"/invitations/{key}/").status_code == 404


def test_an_external_auditor_needs_a_last_day(page, tenant):
    answer = page.post("/sample/people/invite/", {"email": "a@example.org", "roles": ["external_auditor"]})
    assert answer.status_code == 422 and "until when" in text(answer)


def test_changing_roles_asks_for_the_password_again_when_it_is_long_ago(manager, contributor, tenant):
    member = Membership.objects.get(person=contributor)
    url = f"/sample/people/{member.pk}/edit/"
    stale = browser(manager, recent=False)
    assert stale.get(url)["Location"].startswith("/accounts/reauthenticate/")
    assert stale.post(url, {"roles": ["manager"]})["Location"].startswith("/accounts/reauthenticate/")
    member.refresh_from_db()
    assert member.roles == ["contributor"]
    fresh = browser(manager)
    answer = fresh.post(url, {"roles": ["approver"], "function": "Board", "version": member.version, "reason": "Moved"})
    member.refresh_from_db()
    assert answer.status_code == 302 and member.roles == ["approver"]
    assert Entry.objects.get(action="people.change").reason == "Moved"


def test_two_administrators_who_edit_at_once_do_not_overwrite_each_other(page, contributor, tenant):
    member = Membership.objects.get(person=contributor)
    url = f"/sample/people/{member.pk}/edit/"
    first = {"roles": ["approver"], "version": member.version}
    assert page.post(url, first).status_code == 302
    assert page.post(url, {"roles": ["manager"], "version": member.version}).status_code == 409


def test_the_last_administrator_stays(tenant):
    only = Membership.objects.get(management_system=tenant)
    client = browser(only.person)
    assert 'aria-disabled="true"' in text(client.get(f"/sample/people/{only.pk}/"))
    answer = client.post(f"/sample/people/{only.pk}/edit/", {"roles": ["manager"], "version": only.version})
    assert answer.status_code == 422


def test_who_left_is_out_with_the_next_click(page, contributor, tenant):
    client = browser(contributor)
    assert client.get("/sample/my-work/").status_code == 200
    member = Membership.objects.get(person=contributor)
    assert confirmed(page, f"/sample/people/{member.pk}/end/").status_code == 302
    assert client.get("/sample/my-work/").status_code == 404


def test_a_new_name_holds_from_now_on_and_history_keeps_the_old_one(page, contributor, tenant, actor):
    member = Membership.objects.get(person=contributor)
    assert page.post(f"/sample/people/{member.pk}/rename/", {"name": "Owner Renamed"}).status_code == 302
    assert [row.name for row in PersonName.objects.filter(person=contributor).order_by("number")] == [
        "Owner One", "Owner Renamed",
    ]  # fmt: skip
    seq = Entry.objects.filter(record_id=str(member.pk)).first().seq
    shown = text(page.get(f"/sample/history/{seq}/"))
    assert "Owner One" in shown


def test_nobody_renames_people_who_also_belong_elsewhere(page, contributor, tenant):
    other = make_management_system("other")
    add_member(actor=operator(other.pk), person=contributor, roles=["contributor"])
    member = Membership.objects.get(person=contributor, management_system=tenant)
    assert page.post(f"/sample/people/{member.pk}/rename/", {"name": "X Y"}).status_code == 403
    assert browser(contributor).post(f"/sample/people/{member.pk}/rename/", {"name": "My Own"}).status_code == 302


def test_who_can_do_what_is_read_from_the_rules(page, contributor, tenant, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        shown = text(page.get("/sample/people/who-can/"))
    assert "core.manage_people" in shown and "Manager One" in shown


def test_a_token_is_shown_once_works_and_can_be_revoked(page, tenant):
    day = (clock.now() + dt.timedelta(days=30)).date().isoformat()
    answer = page.post("/sample/tokens/new/", {"name": "Nightly", "scopes": ["read"], "expires_on": day})
    token = ApiToken.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/sample/tokens/{token.pk}/"
    kept = str(dict(page.session.items()))
    secret = re.search(SECRET, text(page.get(answer["Location"])))[0]
    assert "once:" in kept and secret not in kept and "once:" not in str(dict(page.session.items()))
    assert secret not in text(page.get("/sample/tokens/")) + text(page.get(f"/sample/tokens/{token.pk}/"))
    assert secret not in "".join(entry.state or "" for entry in Entry.objects.all())
    assert page.post(f"/sample/tokens/{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_is_shown_to_who_made_it_within_ten_minutes_and_to_nobody_else(page, tenant, monkeypatch):
    day = (clock.now() + dt.timedelta(days=30)).date().isoformat()
    form = {"name": "Nightly", "scopes": ["read"], "expires_on": day}
    made = page.post("/sample/tokens/new/", form)["Location"]
    assert not re.search(SECRET, text(browser(make_member(tenant, ADMINISTRATOR)).get(made)))
    monkeypatch.setattr(once, "KEPT_S", -1)
    assert not re.search(SECRET, text(page.get(made)))


@pytest.mark.parametrize("field", ["scopes", "expires_on", "name"])
def test_a_token_without_scope_expiry_or_purpose_is_refused(page, tenant, field):
    day = (clock.now() + dt.timedelta(days=30)).date().isoformat()
    fields = {"name": "Nightly", "scopes": ["read"], "expires_on": day}
    fields.pop(field)
    assert page.post("/sample/tokens/new/", fields).status_code == 422
    assert not ApiToken.objects.exists()


def test_settings_are_changed_with_a_reason_and_remember_it(page, tenant):
    profile = Profile.objects.get()
    fields = {
        "name": "New Name", "scope_statement": "Everything.", "time_zone": "UTC", "language": "de", "paper": "A4",
        "classification": "Internal", "organisation": "", "next_audit_on": "31 March 2027", "reason": "Agreed",
        "version": profile.version,
    }  # fmt: skip
    assert page.post("/sample/settings/edit/", fields).status_code == 302
    shown = text(page.get("/sample/settings/"))
    assert "New Name" in shown and "Agreed" in shown and "31.03.2027" in shown  # in German from now on


WRITES = [
    "/sample/people/invite/", "/sample/people/{member}/edit/", "/sample/people/{member}/end/", "/sample/tokens/new/",
    "/sample/settings/edit/",
]  # fmt: skip


@pytest.mark.parametrize("url", WRITES)
def test_contributors_and_external_auditors_change_nothing_and_learn_who_can(
    url, tenant, contributor, auditor, manager
):
    member = Membership.objects.get(person=contributor)
    before = Entry.objects.count()
    for person in (contributor, auditor):
        answer = browser(person).post(url.format(member=member.pk), {"roles": ["manager"], "name": "X"})
        assert answer.status_code == 403 and "Manager One" in text(answer)
    assert Entry.objects.count() == before


def test_ids_of_another_management_system_are_not_found(page, tenant):
    other = make_management_system("other")
    foreign = Membership.objects.get(management_system=other)
    outsider = actor_for(make_member(other, MANAGER, ADMINISTRATOR), other)
    invite(actor=outsider, email="x@example.org", roles=["contributor"])
    for url in (f"people/{foreign.pk}/", f"people/{foreign.pk}/edit/", f"people/{foreign.pk}/end/",
                f"people/invitations/{Invitation.objects.get().pk}/withdraw/"):  # fmt: skip
        assert page.get(f"/sample/{url}").status_code == 404
        assert page.post(f"/sample/{url}", {"roles": ["manager"]}).status_code in (404, 405)
    foreign.refresh_from_db()
    assert foreign.version == 1 and not Invitation.objects.get().withdrawn


def test_an_invitation_is_accepted_by_the_one_invited_and_by_nobody_else_who_has_the_link(actor, contributor, tenant):
    chief = make_person("Chief One", email="chief@example.org")
    _invitation, key = invite(actor=actor, email="Chief@example.org", roles=["approver"])
    client = browser(contributor)
    assert "this invitation is for chief@example.org" in text(client.get(f"/invitations/{key}/"))
    answer = client.post(f"/invitations/{key}/")
    assert answer.status_code == 422 and "this invitation is for chief@example.org" in text(answer)
    assert Membership.objects.get(person=contributor).roles == ["contributor"]
    assert browser(chief).post(f"/invitations/{key}/").status_code == 302
    assert Membership.objects.get(person=chief).roles == ["approver"]


def test_inviting_asks_for_the_password_again_when_it_is_long_ago(manager):
    client = browser(manager, recent=False)
    assert "/accounts/reauthenticate/" in client.get("/sample/people/invite/")["Location"]
    answer = client.post("/sample/people/invite/", {"email": "x@example.org", "roles": ["approver"]})
    assert "/accounts/reauthenticate/" in answer["Location"]
    assert not Invitation.objects.exists()
