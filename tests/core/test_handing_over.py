"""Before somebody leaves: what they answer for goes to others, as one step, or is named as left."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from aims.models import AISystem
from controls.models import Control, StatementOfApplicability
from core import belongings
from core.errors import Forbidden
from core.models import Entry, Membership
from core.scope import current
from core.services.handing_over import hand_over
from core.undo import undo
from risks import services
from risks.models import Action, Risk
from tests.controls.makers import approve, make_house, ready, submit
from tests.makers import actor_for, make_member
from tests.risks.makers import make_control, make_risk, make_system, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db):
    """A place with somebody who owns one of each and somebody to take over."""
    house = make_house("helvia")
    house.leaver = make_member(house.tenant, "contributor", name="Lea Leaver")
    house.heir = make_member(house.tenant, "contributor", name="Henry Heir")
    house.admin = make_member(house.tenant, "administrator", name="Ada Admin")
    make_system(house.tenant, "Triage", owner=house.leaver)
    risk = make_risk(house.manager, owner=house.leaver)
    services.add_action(actor=house.manager, risk=risk, what="Sample", owner=house.leaver, due=today())
    make_control(house.tenant, "A.5.2", owner=house.leaver)
    return house


def member(house, person):
    """Their membership."""
    return Membership.objects.get(management_system=house.tenant, person=person)


def owners():
    """Who owns what."""
    found = (AISystem.objects.get().owner, Risk.objects.get().owner, Action.objects.get().owner)
    return {person.name for person in (*found, Control.objects.get(code="A.5.2").owner)}


def everything_to(house, person, *keys):
    """Each kind to one person."""
    scope = current(house.tenant.pk)
    found = [one.key for one in belongings.of_person(scope, house.leaver.pk)]
    return dict.fromkeys(keys or found, person.pk)


def browser(person):
    """Where the person is signed in and gave the password a moment ago."""
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_everything_goes_to_somebody_as_one_step_and_comes_back_as_one(house):
    admin = actor_for(house.admin, house.tenant)
    done = hand_over(
        actor=admin, member=member(house, house.leaver), to=everything_to(house, house.heir), reason="Moves"
    )
    assert (done.given, done.kept, owners()) == (4, [], {"Henry Heir"})
    written = Entry.objects.filter(change_id=done.change_id)
    assert {(entry.action, entry.reason) for entry in written} == {("people.hand_over", "Moves")} and len(written) == 4
    assert not belongings.of_person(current(house.tenant.pk), house.leaver.pk)
    assert not undo(house.manager, done.change_id).kept
    assert owners() == {"Lea Leaver"}


def test_each_kind_may_go_to_somebody_else_or_stay(house):
    to = {"systems": house.heir.pk, "risks": house.person(house.manager).pk}
    hand_over(actor=house.manager, member=member(house, house.leaver), to=to)
    assert AISystem.objects.get().owner == house.heir
    assert Risk.objects.get().owner == house.person(house.manager)
    assert Action.objects.get().owner == house.leaver


def test_nobody_who_may_not_answer_gets_anything(house):
    guest = make_member(house.tenant, "external_auditor")
    with pytest.raises(ValidationError):
        hand_over(actor=house.manager, member=member(house, house.leaver), to={"systems": guest.pk})
    with pytest.raises(Forbidden):
        hand_over(actor=actor_for(house.heir, house.tenant), member=member(house, house.leaver), to={})
    assert owners() == {"Lea Leaver"}


def test_a_decision_goes_only_to_somebody_who_may_decide_it(house):
    ready(house)
    make_control(house.tenant, "A.5.2", owner=house.leaver)
    submit(house)
    asked = StatementOfApplicability.objects.get().submitted_to
    held = member(house, asked)
    done = hand_over(actor=house.manager, member=held, to={"soa": house.heir.pk})
    assert done.given == 0 and "Choose someone who may approve it." in done.kept[0][1]
    other = make_member(house.tenant, "approver", name="Anna Approver")
    assert hand_over(actor=house.manager, member=held, to={"soa": other.pk}).given == 1
    assert StatementOfApplicability.objects.get().submitted_to == other
    stays = hand_over(actor=house.manager, member=member(house, house.leaver), to={"controls": house.heir.pk})
    assert stays.given == 0 and "with its approver" in stays.kept[0][1]


def test_a_control_that_changes_hands_after_the_approval_makes_a_working_copy_again(house):
    ready(house)
    make_control(house.tenant, "A.5.2", owner=house.leaver)
    submit(house)
    approve(house)
    done = hand_over(
        actor=house.manager, member=member(house, house.leaver), to=everything_to(house, house.heir), reason="Moves"
    )
    assert StatementOfApplicability.objects.get().state == StatementOfApplicability.WORKING
    assert Entry.objects.filter(change_id=done.change_id, record_type="controls.statementofapplicability").count() == 1
    assert not undo(house.manager, done.change_id).kept
    assert StatementOfApplicability.objects.get().state == StatementOfApplicability.WORKING


def test_what_is_not_a_control_changes_hands_and_the_statement_stays_approved(house):
    ready(house)
    submit(house)
    approve(house)
    done = hand_over(actor=house.manager, member=member(house, house.leaver), to={"systems": house.heir.pk})
    assert done.given == 1
    assert StatementOfApplicability.objects.get().state == StatementOfApplicability.APPROVED


def test_leaving_names_what_is_left_and_leads_to_the_hand_over(house):
    client, held = browser(house.admin), member(house, house.leaver)
    url = f"/helvia/people/{held.pk}/"
    page = client.get(f"{url}hand-over/").content.decode()
    assert "AI systems (1)" in page and "Henry Heir" in page and "Lea Leaver</option>" not in page
    assert client.post(f"{url}hand-over/", {}).status_code == 422
    assert client.post(f"{url}hand-over/", {"everything": str(house.heir.pk), "to_risks": "keep"}).status_code == 302
    assert Risk.objects.get().owner == house.leaver and AISystem.objects.get().owner == house.heir
    assert "3 records were handed over." in client.get(url).content.decode()
    assert "Handed over" in client.get("/helvia/history/").content.decode()


def test_many_records_are_named_a_few_of_them():
    one = belongings.Belonging("systems", "AI systems", [f"SYS-{n}" for n in range(15)], lambda *_: None)
    assert one.words().startswith("SYS-0, SYS-1") and one.words().endswith("SYS-11 and 3 more")


def test_contributors_hand_over_nothing(house):
    client, held = browser(house.heir), member(house, house.leaver)
    assert client.get(f"/helvia/people/{held.pk}/hand-over/").status_code == 403
    assert "hand-over" not in client.get(f"/helvia/people/{held.pk}/").content.decode()
