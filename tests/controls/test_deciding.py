"""Deciding rows: who may what, one entry a saved row, nothing foreign, own controls."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from controls import queries
from controls.models import Control
from controls.services import add_own_control, confirm_annex_a, decide_control, remove_own_control
from controls.workflow import Submission
from core import scope
from core.actor import INTERNAL_AUDITOR, operator
from core.change import change
from core.errors import Forbidden, NotFound, Stale, StepRefused
from core.models import Entry
from core.workflow import take
from tests.controls.makers import GROUNDS, approved, make_house, make_system, ready, submit
from tests.makers import actor_for, make_member

pytestmark = pytest.mark.django_db


def entries(house):
    return Entry.objects.filter(chain__management_system=house.tenant)


def test_a_new_management_system_has_38_undecided_controls_and_one_statement_from_its_first_change():
    house = make_house()
    assert Control.objects.filter(management_system=house.tenant, applies="undecided", own=False).count() == 38
    first = entries(house).order_by("seq").first()
    adopted = entries(house).filter(record_type="controls.control")
    assert adopted.count() == 38
    assert set(adopted.values_list("change_id", flat=True)) == {first.change_id}
    assert house.statement.state == "working"
    assert house.control("A.6.2.4").title == "AI system verification and validation"


def test_a_saved_row_writes_one_entry_and_an_unchanged_row_none():
    house = make_house()
    count = entries(house).count()
    decide_control(actor=house.manager, code="A.2.2", expected_version=1, applies="yes", reason="  Wanted.  ")
    assert entries(house).count() == count + 1
    assert house.control("A.2.2").reason == "Wanted."
    decide_control(actor=house.manager, code="A.2.2", applies="yes", reason="Wanted.")
    assert entries(house).count() == count + 1


def test_the_owner_of_a_control_says_how_it_is_done_but_does_not_decide():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", applies="yes", owner=house.contributor.person_id)
    decide_control(
        actor=house.contributor, code="A.2.2", implementation="Signed policy", status="in_place", proof="P-1"
    )
    assert house.control("A.2.2").status == "in_place"
    for forbidden in ({"applies": "no"}, {"reason": "Another"}, {"owner": None}, {"next_review": dt.date(2031, 1, 1)}):
        with pytest.raises(Forbidden):
            decide_control(actor=house.contributor, code="A.2.2", **forbidden)
    with pytest.raises(Forbidden):
        decide_control(actor=house.contributor, code="A.2.3", status="planned")
    assert house.control("A.2.2").applies == "yes"


def test_nobody_else_decides_and_nobody_decides_elsewhere():
    house, other = make_house(), make_house()
    auditor = actor_for(make_member(house.tenant, INTERNAL_AUDITOR), house.tenant)
    external = actor_for(make_member(house.tenant, "external_auditor"), house.tenant)
    for actor in (house.approver, house.contributor, auditor, external):
        with pytest.raises(Forbidden):
            decide_control(actor=actor, code="A.2.2", applies="yes")
        with pytest.raises(Forbidden):
            add_own_control(actor=actor, title="Ours")
        with pytest.raises(Forbidden):
            confirm_annex_a(actor=actor)
    decide_control(actor=other.manager, code="A.2.2", applies="no")
    assert house.control("A.2.2").applies == "undecided"
    with pytest.raises(NotFound):
        decide_control(actor=house.manager, code="O.7", applies="yes")


@pytest.mark.parametrize("field", ["owner", "systems"])
def test_foreign_ids_are_refused_beside_the_field_and_nothing_changes(field):
    house, other = make_house(), make_house()
    foreign = make_system(other).pk if field == "systems" else other.manager.person_id
    count = entries(house).count()
    values = {"where": "only", "systems": [foreign]} if field == "systems" else {"owner": foreign}
    with pytest.raises(ValidationError) as problem:
        decide_control(actor=house.manager, code="A.2.2", **values)
    assert list(problem.value.message_dict) == [field]
    with pytest.raises(ValidationError):
        decide_control(actor=house.manager, code="A.2.2", owner=uuid.uuid4())
    assert entries(house).count() == count
    assert house.control("A.2.2").version == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("applies", {"applies": "perhaps"}),
        ("status", {"status": "done"}),
        ("where", {"where": "nowhere", "systems": [uuid.uuid4()]}),
        ("systems", {"where": "only"}),
        ("drivers", {"drivers": ["fashion"]}),
        ("drivers", {"applies": "no", "drivers": ["risk"]}),
        ("drivers", {"applies": "yes", "drivers": ["not_needed"]}),
        ("title", {"title": "Ours now"}),
        ("next_review", {"last_review": dt.date(2027, 2, 1), "next_review": dt.date(2027, 1, 1)}),
        ("reason", {"reason": "x" * 4001}),
    ],
)
def test_wrong_values_are_refused_by_field(field, values):
    house = make_house()
    with pytest.raises(ValidationError) as problem:
        decide_control(actor=house.manager, code="A.2.2", **values)
    assert list(problem.value.message_dict) == [field]


def test_an_answer_that_is_taken_back_brings_back_what_stood_in_because_of():
    house = make_house()
    decide_control(actor=house.manager, code="A.7.6", applies="yes", drivers=["law", "risk"], reason="So it is.")
    decide_control(actor=house.manager, code="A.7.6", applies="no", drivers=["not_needed"])
    decide_control(actor=house.manager, code="A.7.6", reason="Another reason.")
    decide_control(actor=house.manager, code="A.7.6", applies="yes")
    assert house.control("A.7.6").drivers == ["risk", "law"]
    decide_control(actor=house.manager, code="A.7.6", applies="no")
    assert house.control("A.7.6").drivers == ["not_needed"]
    decide_control(actor=house.manager, code="A.7.6", applies="yes", drivers=[])
    decide_control(actor=house.manager, code="A.7.6", applies="no")
    decide_control(actor=house.manager, code="A.7.6", applies="undecided")
    assert house.control("A.7.6").drivers == []


def test_an_exclusion_drops_drivers_and_limits_that_belong_to_application():
    house = make_house()
    system = make_system(house)
    decide_control(
        actor=house.manager, code="A.7.6", applies="yes", drivers=["law", "risk"], where="except", systems=[system.pk]
    )
    control = house.control("A.7.6")
    assert (control.drivers, [s.ref for s in control.systems.all()]) == (["risk", "law"], [system.ref])
    decide_control(actor=house.manager, code="A.7.6", applies="no")
    assert house.control("A.7.6").drivers == []
    row = queries.soa_content(scope.current(house.tenant.pk)).row("A.7.6").frozen
    assert (row["where"], row["systems"], row["status"]) == ("all", [], "")
    decide_control(actor=house.manager, code="A.7.6", where="all")
    assert not house.control("A.7.6").systems.exists()


def test_a_stale_row_is_refused():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", expected_version=1, applies="yes")
    with pytest.raises(Stale):
        decide_control(actor=house.manager, code="A.2.2", expected_version=1, applies="no")


def test_what_an_approver_looks_at_stands_still():
    house = make_house()
    ready(house)
    submit(house)
    count = entries(house).count()
    for edit in (
        lambda: decide_control(actor=house.manager, code="A.2.2", reason="Something else entirely"),
        lambda: add_own_control(actor=house.manager, title="Ours"),
        lambda: confirm_annex_a(actor=house.manager),
    ):
        with pytest.raises(StepRefused) as refused:
            edit()
        assert "Approver One" in str(refused.value.obstacles[0].reason)
    assert entries(house).count() == count


def test_own_controls_are_numbered_once_and_leave_only_while_undecided():
    house = make_house()
    first = add_own_control(actor=house.manager, title=" Model cards for buyers ")
    assert (first.code, first.title, first.own) == ("O.1", "Model cards for buyers", True)
    decide_control(actor=house.manager, code="O.1", title="Model cards", applies="yes")
    with pytest.raises(ValidationError):
        remove_own_control(actor=house.manager, code="O.1")
    with pytest.raises(ValidationError):
        remove_own_control(actor=house.manager, code="A.2.2")
    decide_control(actor=house.manager, code="O.1", applies="undecided")
    remove_own_control(actor=house.manager, code="O.1")
    assert add_own_control(actor=house.manager, title="Another").code == "O.2"
    with pytest.raises(ValidationError):
        add_own_control(actor=house.manager, title="  ")


def test_the_first_edit_after_an_approval_makes_a_working_copy_and_an_empty_save_does_not():
    house = make_house()
    approved(house)
    decide_control(actor=house.manager, code="A.2.2", reason=GROUNDS.format(code="A.2.2"))
    assert house.statement.state == "approved"
    count = entries(house).count()
    decide_control(actor=house.manager, code="A.2.2", reason="A different reason, long enough.")
    assert house.statement.state == "working"
    assert entries(house).count() == count + 2
    decide_control(actor=house.manager, code="A.2.3", reason="A different reason, long enough.")
    assert entries(house).count() == count + 3


def test_every_past_moment_of_the_statement_can_be_read():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", applies="yes", reason="As it was first said.")
    moment = scope.current(house.tenant.pk).moment
    with change(house.manager, "test") as unit:
        control = unit.fetch(Control, house.control("A.2.2").pk)
        control.reason = "As it was said later."
        unit.save(control)
    past = queries.soa_content(scope.as_of(house.tenant.pk, moment))
    assert past.row("A.2.2").control.reason == "As it was first said."
    assert past.decided == 1


def test_a_confirmation_asked_for_by_its_address_leads_to_the_buttons_and_confirms_nothing():
    house = make_house("sample")
    client = Client()
    client.force_login(house.person(house.manager))
    assert client.get("/sample/soa/confirm/")["Location"] == "/sample/soa/#confirmations"
    assert house.statement.annex_a_compared_on is None


def test_only_people_confirm_and_submit_and_only_known_fields_are_taken():
    house = make_house()
    commands = operator(house.tenant.pk)
    decide_control(actor=commands, code="A.2.2", applies="yes")
    with pytest.raises(ValidationError):
        confirm_annex_a(actor=commands)
    ready(house)
    with pytest.raises(ValidationError):
        take("submit", house.statement, actor=commands, inputs=Submission(to=house.approver.person_id))
    with pytest.raises(TypeError):
        decide_control(actor=house.manager, code="A.2.2", own=True)
