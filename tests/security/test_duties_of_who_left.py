"""Who left is given nothing new to answer for, by any door; what they had stays theirs until it is handed over."""

import pytest
from django.core.exceptions import ValidationError

from aims.registers import SystemRegister
from aims.services.sync import sync_systems
from aims.services.systems import change_system
from controls.models import Control
from controls.services import decide_control
from core.change import change
from core.models import Membership
from core.registers import bulk
from core.services.members import end_membership
from core.undo import undo
from risks import services
from risks.services.actions import add_action
from tests.aims.makers import make_system
from tests.api.test_foundation import bearer
from tests.makers import actor_for, make_management_system, make_member
from tests.pages.conftest import browser
from tests.risks.makers import make_risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_management_system("here", name="Sample Mutual")


@pytest.fixture
def manager(tenant):
    return actor_for(make_member(tenant, "manager", "administrator"), tenant, recently_authenticated=True)


@pytest.fixture
def gone(tenant):
    return make_member(tenant, "contributor", name="Former One")


@pytest.fixture
def leave(tenant, manager, gone):
    """Let the person leave, now or after they were given something."""
    return lambda: end_membership(actor=manager, member=Membership.objects.get(person=gone))


@pytest.fixture
def owned(manager, gone):
    """(address over REST, record) of each thing the person owns."""
    system = make_system(manager, owner=gone)
    risk = make_risk(manager, owner=gone)
    action = add_action(actor=manager, risk=risk, what="Label the buttons", owner=gone.pk)
    decide_control(actor=manager, code="A.2.2", owner=gone)
    control = Control.objects.get(management_system_id=manager.management_system_id, code="A.2.2")
    return {"systems": system, "risks": risk, "actions": action, "controls": control}


KINDS = ("systems", "risks", "actions", "controls")
NEW = {"systems": {"name": "New"}, "risks": {"title": "New"}}


@pytest.mark.parametrize("kind", KINDS)
def test_over_rest_who_left_is_not_named_anew_but_stays_where_they_are(tenant, manager, gone, owned, leave, kind):
    client = bearer(tenant, "read", "inventory:write", "risks:write", "controls:write", actor=manager, as_person=True)
    leave()
    record = owned[kind]
    address = f"/api/v1/here/{kind}/{record.pk}/"

    def patch(**values):
        etag = client.get(address)["ETag"]
        return client.patch(address, values, content_type="application/json", headers={"If-Match": etag})

    field = {"systems": "purpose", "risks": "note", "actions": "expected_effect", "controls": "proof"}[kind]
    assert patch(**{field: "Said later."}).status_code == 200
    assert patch(owner=str(gone.pk), **{field: "Said again."}).status_code == 200
    assert patch(owner=None).status_code == 200
    refused = patch(owner=str(gone.pk))
    assert refused.status_code == 400 and "Former One is not a member now" in refused.content.decode()
    record.refresh_from_db()
    assert record.owner_id is None
    if kind in NEW:
        made = client.post(f"/api/v1/here/{kind}/", {**NEW[kind], "owner": str(gone.pk)}, "application/json")
        assert made.status_code == 400, made.content


def test_a_source_may_repeat_an_owner_who_left_but_not_name_them_anew(manager, gone, leave):
    def send(key, **values):
        return sync_systems(actor=manager, source="cmdb", rows=[{"external_id": key, "name": key, **values}]).rows[0]

    assert send("one", owner=gone.email)["kind"] == "create"
    assert send("two")["kind"] == "create"
    leave()
    assert send("one", owner=gone.email)["kind"] == "unchanged"
    assert send("one", owner=gone.email, unit="Claims")["kind"] == "change"
    for key in ("two", "three"):
        row = send(key, owner=gone.email)
        assert (row["kind"], row["code"], row["column"]) == ("refused", "not-a-member", "owner")
        assert "Former One" in row["reason"]


def test_bulk_and_copies_name_nobody_who_left(manager, gone, owned, leave):
    leave()
    other = make_system(manager)
    step = next(one for one in SystemRegister.bulk if one.key == "owner")
    with pytest.raises(ValidationError, match="Former One is not a member now"):
        bulk.apply(step, manager, SystemRegister(), {str(other.pk): 1}, {"owner": gone, "actor": manager})
    assert services.copy_risk(actor=manager, risk=owned["risks"]).owner_id is None


@pytest.mark.parametrize("kind", ["systems", "risks", "actions"])
def test_a_form_keeps_an_owner_who_left_when_something_else_is_changed(manager, gone, owned, leave, kind):
    leave()
    record = owned[kind]
    place = "risks/actions" if kind == "actions" else kind
    shown = browser(Membership.objects.get(person_id=manager.person_id).person).get(f"/here/{place}/{record.ref}/edit/")
    assert f'<option value="{gone.pk}" selected>' in shown.content.decode()
    fresh = browser(Membership.objects.get(person_id=manager.person_id).person).get(f"/here/{place}/new/")
    assert kind == "actions" or str(gone.pk) not in fresh.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_an_external_auditor_is_given_nothing_to_answer_for(tenant, manager, gone, owned, kind):
    auditor = make_member(tenant, "external_auditor", name="Auditor One")
    client = bearer(tenant, "read", "inventory:write", "risks:write", "controls:write", actor=manager, as_person=True)
    address = f"/api/v1/here/{kind}/{owned[kind].pk}/"
    headers = {"If-Match": client.get(address)["ETag"]}
    refused = client.patch(address, {"owner": str(auditor.pk)}, content_type="application/json", headers=headers)
    assert refused.status_code == 400
    assert "Auditor One is here as external auditor and answers for nothing" in refused.content.decode()
    row = sync_systems(actor=manager, source="cmdb", rows=[{"external_id": "1", "name": "A", "owner": auditor.email}])
    assert (row.rows[0]["kind"], row.rows[0]["column"]) == ("refused", "owner")


def test_undo_gives_back_what_they_had(manager, gone, leave):
    system = make_system(manager, owner=gone)
    with change(manager, "test.note") as unit:
        step = unit.change_id
        system.owner_id = None
        unit.save(system)
    leave()
    assert undo(manager, step).restored == 1
    system.refresh_from_db()
    assert system.owner_id == gone.pk
    with pytest.raises(ValidationError, match="not a member now"):
        change_system(actor=manager, system_id=make_system(manager).pk, owner=gone)


def test_a_source_that_names_the_owner_a_like_named_system_has_waits_for_a_person(manager, gone, leave):
    make_system(manager, name="Chatbot", owner=gone)
    leave()
    row = {"external_id": "app-9", "name": "Chatbot", "owner": gone.email}
    result = sync_systems(actor=manager, source="other", rows=[row]).rows[0]
    assert result["kind"] != "refused", result
