"""What somebody looks at does not move under their eyes: not by undo, an older form, or a write between two doors."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.models import AISystem
from aims.services import sync
from controls.models import Control
from controls.services import decide_control
from core.errors import Stale, StepRefused
from core.models import Entry, Membership
from core.undo import undo
from core.workflow import take
from risks.models import Action
from risks.services import actions, change_risk, close, criteria
from tests.controls.makers import approve, make_house, ready, submit
from tests.makers import actor_for, make_management_system, make_manager, make_member
from tests.pages.conftest import browser, confirmed
from tests.risks.makers import make_assessed, make_risk, today

pytestmark = pytest.mark.django_db


def last_change(record):
    return Entry.objects.filter(record_id=str(record.pk)).latest("seq").change_id


def test_undo_leaves_a_submitted_statement_as_it_was_submitted():
    house = make_house()
    ready(house)
    decided = decide_control(actor=house.manager, code="A.2.2", reason="Another reason that is long enough.")
    submit(house)
    undone = undo(house.manager, last_change(decided))
    assert (undone.restored, [one.code for one in undone.kept]) == (0, ["settled"])
    assert "with its approver" in undone.kept[0].detail
    assert Control.objects.get(code="A.2.2").reason.startswith("Another")


def test_a_decision_put_back_after_an_approval_opens_a_working_copy():
    house = make_house()
    ready(house)
    decided = decide_control(actor=house.manager, code="A.2.2", reason="Another reason that is long enough.")
    submit(house)
    approve(house)
    assert undo(house.manager, last_change(decided)).restored == 1
    assert house.statement.state == "working"
    assert Control.objects.get(code="A.2.2").reason != "Another reason that is long enough."


def test_a_statement_with_an_undecided_control_is_not_approved():
    house = make_house()
    ready(house)
    submit(house)
    Control.objects.filter(code="A.2.2").update(applies=Control.UNDECIDED)
    with pytest.raises(StepRefused, match="A.2.2"):
        take("approve", house.statement, actor=house.approver, shown_hash="0" * 64)
    Control.objects.filter(code="A.2.2").update(applies="yes")


def test_undo_leaves_submitted_criteria_as_they_were_submitted():
    manager = make_manager(make_management_system())
    working = criteria.Methodology.objects.get(management_system_id=manager.management_system_id)
    content = {**working.content, "criteria": {"en": "Stricter", "de": "Strenger"}}
    changed = criteria.change_criteria(actor=manager, criteria=working, content=content)
    step = last_change(changed)
    take("submit", changed, actor=manager)
    assert [one.code for one in undo(manager, step).kept] == ["changed-since"]
    changed.refresh_from_db()
    assert changed.content["criteria"]["en"] == "Stricter"


@pytest.fixture
def planned():
    """(browser of a manager, risk, its one action, the manager)."""
    tenant = make_management_system("here", time_zone="Europe/Berlin")
    person = make_member(tenant, "manager", name="Manager One")
    manager = actor_for(person, tenant)
    risk = make_assessed(manager, person)
    action = actions.add_action(actor=manager, risk=risk, what="Test", owner=person, due=today())
    return browser(person), risk, action, manager


def opened(page, risk):
    """What the form of a risk would send, untouched."""
    form = page.get(f"/here/risks/{risk.ref}/edit/").context["form"]
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in sent.items() if value not in (None, "", False)}


def test_a_risk_form_opened_earlier_does_not_take_an_action_back(planned):
    page, risk, action, manager = planned
    sent = opened(page, risk)
    actions.change_action(actor=manager, action=action, what="Test with more people")
    answer = page.post(f"/here/risks/{risk.ref}/edit/", {**sent, "step": "save"})
    assert answer.status_code == 409
    assert Action.objects.get().what == "Test with more people"
    seen = {name: value for name, value in answer.context["form"].data.items() if value}
    assert page.post(f"/here/risks/{risk.ref}/edit/", {**seen, "step": "save"}).status_code == 302
    assert Action.objects.get().what == "Test"


def test_an_action_finished_meanwhile_is_said_and_can_be_taken_out_of_the_form(planned):
    page, risk, action, manager = planned
    sent = opened(page, risk)
    actions.finish_action(actor=manager, action=action, outcome="Done")
    answer = page.post(f"/here/risks/{risk.ref}/edit/", {**sent, "step": "save"})
    assert answer.status_code == 422 and "finished or dropped meanwhile" in answer.content.decode()
    answer = page.post(f"/here/risks/{risk.ref}/edit/", {**sent, "action_1_gone": "on", "step": "save"})
    assert answer.status_code == 302
    assert Action.objects.get().state == Action.DONE


def test_a_put_that_says_if_match_is_judged_under_the_lock():
    manager = make_manager(make_management_system())

    def put(**more):
        return sync.put_by_external_id(actor=manager, source="cmdb", key="1", **more)

    put(values={"name": "First"})
    with CaptureQueriesContext(connection) as queries:
        put(values={"name": "Second"}, expected_version=1)
    asked = [query["sql"] for query in queries]
    locked = next(number for number, sql in enumerate(asked) if 'FROM "core_chain"' in sql)
    assert locked < next(number for number, sql in enumerate(asked) if 'FROM "core_externalid"' in sql)
    with pytest.raises(Stale):
        put(values={"name": "Third"}, expected_version=1)
    assert AISystem.objects.get().name == "Second"


def test_undo_leaves_the_actions_of_a_closed_risk(planned):
    _page, risk, action, manager = planned
    actions.drop_action(actor=manager, action=action, outcome="Not needed")
    step = last_change(action)
    risk.refresh_from_db()
    close(actor=manager, risk=risk, reason="Retired")
    assert [one.code for one in undo(manager, step).kept] == ["settled"]
    assert Action.objects.get().state == Action.DROPPED


def person_of(actor):
    return Membership.objects.get(person_id=actor.person_id, management_system_id=actor.management_system_id).person


def test_a_return_page_opened_for_an_earlier_submission_returns_nothing():
    house = make_house()
    ready(house)
    submit(house)
    approver = browser(person_of(house.approver))
    address = f"/{house.tenant.slug}/soa/return/"
    version = approver.get(address).context["form"]["version"].value()
    take("withdraw", house.statement, actor=house.manager)
    decide_control(actor=house.manager, code="A.2.2", reason="Another reason that is long enough.")
    submit(house)
    answer = approver.post(address, {"reason": "Say which law.", "version": version})
    assert answer.status_code == 409 and "Say which law." in answer.content.decode()
    assert house.statement.state == "submitted"


def test_a_draft_that_was_filled_in_meanwhile_is_not_deleted(planned):
    page, _risk, _action, manager = planned
    draft = make_risk(manager)
    page.get(f"/here/risks/{draft.ref}/delete/")
    change_risk(actor=manager, risk=draft, note="Somebody is at work on it")
    assert page.post(f"/here/risks/{draft.ref}/delete/", {"version": "1"}).status_code == 409
    assert page.post(f"/here/risks/{draft.ref}/delete/").status_code == 409
    assert confirmed(page, f"/here/risks/{draft.ref}/delete/").status_code == 302
