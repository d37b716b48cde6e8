"""Decisions come in by the wizard, by the rules of a row: codes name controls, new titles are own controls."""

import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controls.models import Control
from controls.registers import ControlRegister
from controls.services import add_own_control, decide_control
from controls.services.imports import CONTROLS
from core import jobs
from core.errors import Forbidden
from core.imports import Setup, wizard
from core.imports import setup as setup_of
from core.models import Entry, Membership, Person
from core.services.members import end_membership
from core.tables import read_table
from core.workflow import take
from tests.aims.makers import csv_file
from tests.controls.makers import approved, decide_all, make_house, make_system, ready, submit
from tests.controls.test_list import signed_in
from tests.makers import make_manager
from tests.support import one_entry_per_write

pytestmark = pytest.mark.django_db
STANDS = "The Statement of Applicability is with Approver One for decision. Manager One can withdraw it."


@pytest.fixture
def house():
    """A house whose statement is open."""
    return make_house("sample")


def planned(actor, *rows, **said):
    """What these rows, header first, would do with suggestions as they come."""
    table = read_table(csv_file(*rows).getvalue(), "controls.csv")
    tenant = actor.management_system_id
    setup = setup_of.suggested(CONTROLS, tenant, table, Setup(**said))
    setup = setup_of.with_values(CONTROLS, tenant, table, setup)
    assert not setup.undecided(table.labels), setup.targets
    return wizard.plan_import(actor, CONTROLS, table, setup)


def kinds(found):
    """The kinds of outcomes in the order of the rows."""
    return [row.kind for row in found.plan.outcomes]


def refusals(found):
    """Column and reason of the rows that cannot be used."""
    return [(row.column, row.reason) for row in found.plan.refusals]


@pytest.mark.parametrize(
    ("column", "cell", "meanwhile"),
    [("Reason", "Customers are affected.", []), ("AI systems", "Gamma", ["changed-meanwhile"])],
)
def test_a_system_registered_after_planning_stays_where_people_put_it(house, column, cell, meanwhile):
    first, _other = make_system(house, name="Alpha"), make_system(house, name="Gamma")
    decided = {"applies": "yes", "where": "only", "drivers": ["risk"], "reason": "People are affected."}
    decide_control(actor=house.manager, code="A.2.2", systems=[first], **decided)
    found = planned(house.manager, ["Reference", column], ["A.2.2", cell])
    decide_control(actor=house.manager, code="A.2.2", systems=[first, make_system(house, name="Beta")])
    assert list(found.execute().meanwhile.values()) == meanwhile
    control = house.control("A.2.2")
    assert {one.name for one in control.systems.all()} == {"Alpha", "Beta"}
    assert control.reason == ("People are affected." if meanwhile else cell)


def test_a_german_file_decides_rows_and_is_undone_as_one(house):
    triage = make_system(house, name="Triage, north")
    make_system(house, name="Chat")
    Person.objects.filter(pk=house.manager.person_id).update(language="de")
    approved(house)
    rows = (
        ["Maßnahme", "Anwendbar", "Geltungsbereich", "KI-Systeme", "Grund", "Begründung", "Umsetzungsstand",
         "Verantwortlich", "Nachweise", "Nächste Prüfung"],
        ["a.2.2", "Ja", "nur diese", "Triage, north; Chat", "Risiko, Gesetz", "Weil Menschen betroffen sind.",
         "geplant", "Contributor One", "Richtlinie 2", "31.03.2031"],
        ["A.99.9", "Nein", "", "", "", "", "", "", "", ""],
    )  # fmt: skip
    browser = signed_in(house, house.manager)
    answer = browser.post("/sample/imports/new/controls/", {"file": csv_file(*rows)})
    base = answer["Location"].rpartition("/")[0].rpartition("/")[0] + "/"
    dry = browser.get(f"{base}check/")
    assert [(row.column, row.row) for row in dry.context["plan"].refusals] == [("Maßnahme", 3)]
    assert "A.2.2 KI-Politik" in dry.content.decode()
    with one_entry_per_write():
        result = browser.post(f"{base}check/", {"apply": "1"})["Location"]
        jobs.run_waiting()
    control = house.control("A.2.2")
    assert (control.where, control.drivers, control.status) == ("only", ["risk", "law"], "planned")
    assert (control.reason, control.owner_id) == ("Weil Menschen betroffen sind.", house.contributor.person_id)
    assert (control.next_review, triage in control.systems.all()) == (dt.date(2031, 3, 31), True)
    assert house.statement.state == "working" and "/sample/soa/" in browser.get(result).content.decode()
    assert browser.get(f"{base}check/").context["plan"].counts["unchanged"] == 1  # twice is once
    browser.post(f"{result}undo/")
    jobs.run_waiting()
    assert house.control("A.2.2").where == "all" and not house.control("A.2.2").systems.exists()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("all_columns", [True, False])
def test_an_export_of_the_register_comes_back_with_zero_changes(house, kind, language, all_columns):
    twins = [make_system(house, name="Twin"), make_system(house, name="Twin")]
    decide_all(house)
    decide_control(actor=house.manager, code="A.2.2", where="only", systems=twins, drivers=["law", "risk"])
    decide_control(actor=house.manager, code="A.2.3", where="except", systems=[make_system(house, name="A, B")])
    decide_control(
        actor=house.manager, code="A.10.3", applies="no", drivers=["not_needed", "not_required"], reason="n/a",
        implementation="=1+1\r\n\r\n and more", last_review=dt.date(2026, 2, 3),
    )  # fmt: skip
    decide_control(actor=house.manager, code="A.3.2", applies="undecided", drivers=[], owner=None, next_review=None)
    decide_control(actor=house.manager, code="A.2.4", owner=house.contributor.person_id)
    end_membership(actor=make_manager(house.tenant), member=Membership.objects.get(person=house.contributor.person_id))
    add_own_control(actor=house.manager, title="Model cards, for buyers", proof="-")
    Person.objects.filter(pk=house.manager.person_id).update(language=language)
    columns = ",".join(column.key for column in ControlRegister.columns if all_columns or column.shown)
    browser = signed_in(house, house.manager)
    data = browser.get(f"/sample/soa/list/?columns={columns}&export={kind}", follow=True).content
    given = {"name": f"export.{kind}", "size": len(data), "content": io.BytesIO(data)}
    blob = wizard.keep_file(actor=house.manager, described=CONTROLS, **given)
    setup = Setup.of(wizard.begin(actor=house.manager, described=CONTROLS, blob=blob).setup)
    table = wizard.open_file(blob, setup)
    assert wizard.needs(CONTROLS, house.tenant.pk, table, setup) == "", setup.targets
    mapped = {name for name in setup.targets.values() if name != "-"}
    assert mapped == ({*(one.name for one in CONTROLS.fields), "ref"} if all_columns else mapped), setup.targets
    found = wizard.plan_import(house.manager, CONTROLS, table, setup)
    assert found.plan.counts["unchanged"] == 39, list(found.plan.described())


def test_only_a_title_without_a_code_becomes_an_own_control(house):
    own = add_own_control(actor=house.manager, title="Model cards")
    found = planned(
        house.manager, ["Code", "Title", "Reason"],
        ["", "Red teaming", "We sell to hospitals."], ["O.99", "Kept elsewhere", ""], ["X-1", "Other", ""],
        ["", "", "x"], ["", "Model cards", "Found by its title"], ["–", "Bias bounty", ""], ["", "KI-Politik", "y"],
    )  # fmt: skip
    assert kinds(found) == ["create", "refused", "refused", "refused", "change", "create", "change"]
    assert refusals(found)[:2] == [
        ("Code", "There is no “O.99” here. Leave this blank for a new one."),
        ("Code", "There is no “X-1” here. Leave this blank for a new one."),
    ]
    assert refusals(found)[2][1] == "Nothing here identifies the row."
    found.execute()
    made = Control.objects.filter(management_system=house.tenant, own=True).order_by("position")
    assert [(one.code, one.title) for one in made] == [
        ("O.1", "Model cards"), ("O.2", "Red teaming"), ("O.3", "Bias bounty"),
    ]  # fmt: skip
    assert made[0].pk == own.pk and made[0].reason == "Found by its title" and house.control("A.2.2").reason == "y"
    assert Entry.objects.filter(action="controls.import").count() == 4


def test_every_row_says_why_while_the_statement_is_with_its_approver_and_who_can_change_that(house):
    ready(house)
    waiting = planned(house.manager, ["Code", "Title", "Reason"], ["A.2.2", "", "Other grounds, long enough."])
    submit(house)
    found = planned(
        house.manager, ["Code", "Title", "Reason"], ["A.2.2", "", "x"], ["", "Model cards", ""],
        ["A.2.3", "", house.control("A.2.3").reason],
    )  # fmt: skip
    assert kinds(found) == ["refused", "refused", "unchanged"]
    assert refusals(found) == [("", STANDS)] * 2
    assert waiting.execute().meanwhile == {"A.2.2": "changed-meanwhile"}  # submitted after it was planned
    take("withdraw", house.statement, actor=house.manager)
    assert kinds(planned(house.manager, ["Code", "Reason"], ["A.2.2", "x"])) == ["change"]


def test_a_row_is_held_to_the_rules_of_the_grid_before_anything_is_written(house):
    make_system(house, name="Chat")
    gone = house.person(house.contributor)
    end_membership(actor=make_manager(house.tenant), member=Membership.objects.get(person=gone))
    head = ["Code", "Title", "Applies", "Where", "Systems", "Because of", "Grounds of exclusion", "Owner",
            "Last review", "Next review"]  # fmt: skip
    blank = dict.fromkeys(head, "")
    rows = [
        {"Code": "A.2.2", "Title": "Our own words"},
        {"Code": "A.2.3", "Where": "only"},
        {"Code": "A.2.4", "Systems": "Chat"},
        {"Code": "A.3.2", "Applies": "no", "Because of": "Law"},
        {"Code": "A.3.3", "Applies": "yes", "Grounds of exclusion": "not needed"},
        {"Code": "A.4.2", "Owner": gone.email},
        {"Code": "A.4.3", "Last review": "2026-05-01", "Next review": "2026-04-01"},
        {"Code": "A.4.4", "Systems": "Nowhere"},
        {"Title": "x" * 301},
    ]
    found = planned(house.manager, head, *[list({**blank, **row}.values()) for row in rows])
    assert refusals(found) == [
        ("Title", "The titles of Annex A stay as they are."),
        ("Systems", "Choose the systems, or say that it applies to all."),
        ("Where", "Say whether it applies only to these systems or to all except them."),
        ("Because of", "Choose from: Not needed by the assessment, Not required from outside."),
        ("Grounds of exclusion", "Choose from: Risk, Law, Contract, Impact, Business."),
        ("Owner", "Choose somebody who may answer for it."),
        ("Next review", "The next review comes after the last one."),
        ("Systems", "There is no one AI system “Nowhere”."),
        ("Title", "At most 300 characters; there are 301."),
    ]


def test_a_fault_of_grounds_is_told_in_the_column_that_the_file_has(house):
    decide_control(actor=house.manager, code="A.2.2", applies="yes", drivers=["law"])
    decide_control(actor=house.manager, code="A.2.3", applies="no", drivers=["not_needed"])
    found = planned(house.manager, ["Code", "Because of"], ["A.2.3", "Law"], ["A.2.2", "Law; Risk"])
    assert refusals(found) == [("Because of", "Choose from: Not needed by the assessment, Not required from outside.")]
    other = planned(house.manager, ["Code", "Grounds of exclusion"], ["A.2.2", "not needed"], ["A.2.3", "not required"])
    assert refusals(other) == [("Grounds of exclusion", "Choose from: Risk, Law, Contract, Impact, Business.")]
    found.execute()
    other.execute()
    assert house.control("A.2.2").drivers == ["risk", "law"] and house.control("A.2.3").drivers == ["not_required"]


def test_a_column_read_as_it_is_takes_our_own_codes_only(house):
    table = read_table(csv_file(["Code", "Status", "Because of"], ["A.2.2", "planned", "law"]).getvalue(), "x.csv")
    other = read_table(csv_file(["Code", "Status", "Because of"], ["A.2.2", "", "law; sun"]).getvalue(), "x.csv")
    targets = {"Code": "ref", "Status": "status", "Because of": "drivers"}
    for given, kind in ((table, "change"), (other, "refused")):
        tenant = house.tenant.pk
        mapping = setup_of.mapping_of(CONTROLS, tenant, given.labels, Setup(targets=targets))
        reader = mapping.bind(given.columns, CONTROLS.reference)
        delivery = wizard.Delivery(
            house.manager, "x", given.rows(), reader, wizard.Policy(False, False), CONTROLS.reference, ()
        )
        assert [row.kind for row in CONTROLS.prepare(delivery).plan.outcomes] == [kind]


def test_blank_cells_clear_texts_but_neither_decision_nor_title(house):
    decide_control(
        actor=house.manager, code="A.2.2", applies="yes", reason="Because of the law, clearly.", drivers=["law"],
        status="planned", owner=house.manager.person_id,
    )  # fmt: skip
    head = ["Code", "Title", "Applies", "Status", "Reason", "Because of", "Owner"]
    found = planned(house.manager, head, ["A.2.2", *[""] * 6])
    assert set(found.plan.outcomes[0].changes) == {"reason", "drivers", "owner"}
    found.execute()
    control = house.control("A.2.2")
    assert (control.applies, control.status, control.reason, control.owner_id) == ("yes", "planned", "", None)


def test_an_exclusion_brought_in_drops_what_no_longer_fits(house):
    decide_control(actor=house.manager, code="A.2.2", applies="yes", drivers=["law"])
    head = ["Code", "Applies", "Reason for exclusion"]
    planned(house.manager, head, ["A.2.2", "not applicable", "not needed; not required"]).execute()
    control = house.control("A.2.2")
    assert (control.applies, control.drivers) == ("no", ["not_needed", "not_required"])


def test_whoever_only_describes_controls_brings_nothing_in(house):
    with pytest.raises(Forbidden):
        planned(house.contributor, ["Code", "Status"], ["A.2.2", "planned"])
    assert signed_in(house, house.contributor).get("/sample/imports/new/controls/").status_code == 403


def test_planning_takes_as_many_queries_for_two_rows_as_for_all(house):
    def queries(count):
        rows = [[one.code, f"A reason of its own for {one.code}"] for one in Control.objects.in_order()[:count]]
        with CaptureQueriesContext(connection) as asked:
            assert planned(house.manager, ["Code", "Reason"], *rows).plan.counts["change"] == count
        return len(asked)

    assert queries(2) == queries(38)
