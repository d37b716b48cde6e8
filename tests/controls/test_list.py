"""The register of controls: a second view of the statement, filtered, sorted, exported, edited in bulk."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls.models import Control
from controls.registers import ControlRegister
from controls.services import add_own_control, decide_control
from core import clock
from core.models import Entry, Person, SearchRow
from core.queries import search
from core.registers import bulk, registers
from core.scope import as_of, current
from core.undo import undo
from tests.controls.makers import approved, decide_all, make_house, make_system, ready, submit
from tests.support import one_entry_per_write

pytestmark = pytest.mark.django_db


def signed_in(house, actor) -> Client:
    client = Client()
    client.force_login(house.person(actor))
    return client


def listed(house, query="", actor=None):
    """The list an address asks for, as the manager sees it."""
    scope = current(house.tenant.pk)
    return registers()["controls"].listing(scope, actor or house.manager, QueryDict(query), "/", house.tenant.slug)


def codes(house, query="", **more):
    return [control.code for control in listed(house, query, **more).page]


def house_with_decisions():
    house = make_house("sample")
    systems = [make_system(house, name=name, supplier="Maker") for name in ("Zeta", "Alpha")]
    decide_all(house)
    decide_control(actor=house.manager, code="A.2.2", where="only", systems=systems, drivers=["law", "risk"])
    decide_control(
        actor=house.manager, code="A.10.3", applies="no", drivers=["not_needed"], reason="Nobody supplies anything."
    )
    decide_control(actor=house.manager, code="A.2.3", reason="Short", owner=None, next_review=None)
    decide_control(actor=house.manager, code="A.2.4", next_review=dt.date(2020, 1, 31), status="partly")
    decide_control(actor=house.manager, code="A.3.2", applies="undecided", drivers=[])
    add_own_control(actor=house.manager, title="Model cards", reason="Buyers ask for them")
    return house


def test_the_list_stands_in_the_order_of_annex_a_and_leads_to_each_control():
    house = house_with_decisions()
    page = signed_in(house, house.manager).get("/sample/soa/list/")
    assert codes(house)[:3] == ["A.2.2", "A.2.3", "A.2.4"] and codes(house)[-1] == "O.1"
    text = page.content.decode()
    assert '/sample/soa/A.2.2/"' in text and "/sample/imports/new/controls/" in text and "Alpha" in text
    assert "Bring in" not in signed_in(house, house.contributor).get("/sample/soa/list/").content.decode()
    assert "/sample/soa/list/" in signed_in(house, house.manager).get("/sample/soa/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("applies=no", ["A.10.3"]), ("applies=undecided", ["A.3.2", "O.1"]), ("status=partly", ["A.2.4"]),
        ("owner=none", ["A.2.3", "O.1"]), ("area=O", ["O.1"]), ("because=law", ["A.2.2"]),
        ("because=not_needed&because=law", ["A.2.2", "A.10.3"]), ("flag=no_reason", ["A.2.3"]),
        ("flag=no_owner", ["A.2.3"]), ("flag=no_review", ["A.2.3"]), ("flag=due", ["A.2.4"]),
        ("flag=contradicted", ["A.10.3"]), ("where=only", ["A.2.2"]), ("system=SYS-2", ["A.2.2"]), ("own=yes", ["O.1"]),
        ("review_to=2020-12-31", ["A.2.4"]), ("q=model+cards", ["O.1"]), ("q=nobody+supplies", ["A.10.3"]),
    ],
)  # fmt: skip
def test_each_filter_finds_its_rows(query, found):
    assert codes(house_with_decisions(), query) == found


def test_columns_sort_by_what_they_say():
    house = house_with_decisions()
    first = {
        "-ref": "O.1", "-applies": "A.3.2", "systems": "A.2.2", "-drivers": "A.2.2", "grounds": "A.10.3",
        "next_review": "A.2.4", "-flags": "A.2.3", "status": "O.1", "area": "A.10.2",
    }  # fmt: skip
    for sort, code in first.items():
        assert codes(house, f"sort={sort}")[0] == code, sort
    assert codes(house, "sort=status")[-1] == "A.10.3" and codes(house, "sort=where")[-1] == "A.10.3"


def test_titles_of_annex_a_speak_the_readers_language_and_are_found_in_it():
    house = house_with_decisions()
    Person.objects.filter(pk=house.manager.person_id).update(language="de")
    answer = signed_in(house, house.manager).get("/sample/soa/list/?q=KI-Politik", follow=True)
    assert "A.2.2" in [control.code for control in answer.context["listing"].page]


def test_flags_say_what_somebody_should_see_to():
    house = house_with_decisions()
    column = next(one for one in ControlRegister.columns if one.key == "flags")
    flags = {row.code: [word for word, _hot in column.of(row)] for row in listed(house).page}
    assert flags["A.10.3"] == [] and flags["A.2.4"] == ["Review due"]
    assert flags["A.2.3"] == ["No sufficient reason", "No owner", "No review date"] and flags["A.3.2"] == []


def test_the_list_is_read_as_of_a_past_moment():
    house = house_with_decisions()
    before = clock.now()
    decide_control(actor=house.manager, code="A.3.2", applies="yes", reason="Now it is decided, with grounds.")
    past = registers()["controls"].listing(
        as_of(house.tenant.pk, before), house.manager, QueryDict("applies=undecided"), "/", "sample"
    )
    assert [one.code for one in past.page] == ["A.3.2", "O.1"] and not past.steps
    assert codes(house, "applies=undecided") == ["O.1"]


def test_the_list_takes_at_most_twelve_queries(django_assert_max_num_queries):
    house = house_with_decisions()
    browser = signed_in(house, house.manager)
    browser.get("/sample/soa/list/")
    with django_assert_max_num_queries(12):
        browser.get("/sample/soa/list/")


# Bulk -------------------------------------------------------------------------------------------------------------


def taken(house, key, data, picked, actor=None):
    """Take a bulk step for the controls of these codes."""
    register = registers()["controls"]
    versions = {str(one.pk): one.version for one in Control.objects.filter(code__in=picked)}
    return bulk.apply(register.step(key), actor or house.manager, register, versions, data)


def test_owners_are_set_for_many_as_one_step_which_reopens_the_statement_and_is_undone_as_one():
    house = make_house("sample")
    approved(house)
    person = str(house.contributor.person_id)
    browser, last = signed_in(house, house.manager), Entry.objects.latest("id").pk
    picked = {"pick": [str(house.control(code).pk) for code in ("A.2.2", "A.2.3")], "step": "owner"}
    asked = browser.post("/sample/soa/list/", picked)
    assert "Contributor One" in asked.content.decode()
    body = {"selection": asked.context["selection"], "step": "owner", "owner": person}
    preview = browser.post("/sample/soa/list/", {**body, "stage": "preview"})
    assert [row.changes[0][2] for row in preview.context["rows"]] == ["Contributor One"] * 2
    with one_entry_per_write():
        done = browser.post("/sample/soa/list/", {**body, "stage": "apply"}).context["outcome"]
    assert (done.changed, house.statement.state) == (2, "working")
    written = Entry.objects.filter(id__gt=last, record_type="controls.control")
    assert {entry.change_id for entry in written} == {done.change_id} and written.count() == 2
    undo(house.manager, done.change_id)
    assert house.control("A.2.2").owner_id == house.manager.person_id


def test_a_review_is_never_set_before_the_last_one():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", last_review=dt.date(2026, 5, 1))
    done = taken(house, "review", {"next_review": dt.date(2026, 4, 1)}, ["A.2.2", "A.2.3"])
    assert (done.changed, [name for name, _why in done.kept]) == (1, ["A.2.2"])
    assert "comes after" in done.kept[0][1] and house.control("A.2.3").next_review == dt.date(2026, 4, 1)


@pytest.mark.parametrize("key", ["owner", "review"])
def test_nothing_moves_while_the_statement_is_with_its_approver(key):
    house = make_house()
    ready(house)
    submit(house)
    data = {"owner": str(house.contributor.person_id), "next_review": dt.date(2031, 1, 1)}
    done = taken(house, key, data, ["A.2.2"])
    says = "The Statement of Applicability is with Approver One for decision. Manager One can withdraw it."
    assert (done.changed, done.kept) == (0, [("A.2.2", says)])


def test_only_managers_take_bulk_steps_and_strangers_see_no_list():
    house, other = make_house("sample"), make_house("other")
    assert (
        listed(house, actor=house.contributor).steps == []
        or not taken(house, "owner", {"owner": str(house.contributor.person_id)}, ["A.2.2"], house.contributor).changed
    )
    address = reverse("soa_list", kwargs={"slug": "sample"})
    assert signed_in(other, other.manager).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_the_search_calls_controls_by_their_titles_in_the_language_of_the_reader(house):
    row = SearchRow.objects.get(management_system=house.tenant, title__startswith="A.6.2.6 ")
    assert search.title_of(row) == row.title
    with translation.override("de"):
        german = search.title_of(row)
    assert german.startswith("A.6.2.6 ") and german != row.title
    assert search.title_of(SearchRow(record_type="controls.control", title="OWN-1 Ours")) == "OWN-1 Ours"
