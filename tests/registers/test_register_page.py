"""A register's page, tried without a browser on the people of a management system."""

import csv
import io
import json
import re
from types import SimpleNamespace

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client

from aims.registers import SystemRegister
from aims.services import register_system
from core import jobs, ledger
from core.actor import ADMINISTRATOR, CONTRIBUTOR, MANAGER
from core.lists.people import MemberRegister
from core.models import Entry, Job, Membership
from core.registers import Column, Register, bulk, export, filters
from core.services.members import change_member
from core.undo import undo
from risks.registers import RiskRegister
from risks.services import register_risk
from tests.makers import actor_for, make_management_system, make_manager, make_member
from tests.support import differences, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(settings):
    settings.ROOT_URLCONF = "tests.registers.toy"
    return make_management_system("sample", name="Sample Mutual", time_zone="Europe/Berlin")


@pytest.fixture
def manager(tenant):
    return make_member(tenant, MANAGER, ADMINISTRATOR, name="Manager One", function="Compliance")


@pytest.fixture
def page(manager):
    client = Client()
    client.force_login(manager)
    return client


def people(tenant, count, **fields):
    return [make_member(tenant, CONTRIBUTOR, name=f"Clerk {n:02}", **fields) for n in range(count)]


def names(response):
    return re.findall(r'<th class="t" scope="row"><a[^>]*>([^<]+)</a>', response.content.decode())


def test_rows_sort_by_any_column_and_links_turn_the_order(tenant, page):
    people(tenant, 3)
    up, down = page.get("/sample/toy/?sort=name"), page.get("/sample/toy/?sort=-name")
    assert names(up) == sorted(names(up), key=str.casefold) and names(down) == names(up)[::-1]
    assert 'aria-sort="ascending"' in up.content.decode() and "sort=-name" in up.content.decode()
    for key in ("roles", "function", "email", "standing", "since", "until", "seen"):
        assert page.get(f"/sample/toy/?sort=-{key}").status_code == 200


def test_the_address_is_the_state(tenant, page):
    people(tenant, 3, function="Claims")
    shown = page.get("/sample/toy/?q=clerk+01&columns=function,name&sort=-function").content.decode()
    assert names(page.get("/sample/toy/?q=clerk+01")) == ["Clerk 01"]
    heads = re.findall(r'id="by-(\w+)"', shown)
    assert heads == ["function", "name"]
    assert "q=clerk+01" in shown and "columns=function,name" in shown


def test_filters_narrow_and_their_chips_lead_back(tenant, page):
    people(tenant, 2, function="Claims")
    shown = page.get("/sample/toy/?role=contributor&function=claims")
    assert names(shown) == ["Clerk 00", "Clerk 01"]
    assert "Remove filter Role" in shown.content.decode()
    assert 'href="/sample/toy/?function=claims"' in shown.content.decode()


def test_a_form_that_sends_empty_fields_is_tidied_into_a_short_address(tenant, page):
    answer = page.get("/sample/toy/?q=&role=&columns=name&columns=roles&up=roles")
    assert answer.status_code == 302 and answer["Location"] == "/sample/toy/?columns=roles,name"


def test_what_the_list_does_not_know_is_left_out_and_named(tenant, page):
    shown = page.get("/sample/toy/?colour=red&role=wizard&until=never&sort=shoe")
    assert shown.status_code == 200
    for name in ("colour", "role", "until", "sort"):
        assert name in re.search(r"it was left out:.*?</p>", shown.content.decode(), re.S)[0]


def test_paging_keeps_search_filters_sort_and_columns(tenant, page):
    people(tenant, 60)
    shown = page.get("/sample/toy/?q=clerk&sort=-name&columns=name").content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', shown)[1].replace("&amp;", "&")
    assert "q=clerk" in following and "sort=-name" in following and "columns=name" in following
    assert "1 to 50 of 60" in shown and len(names(page.get(following))) == 10


@pytest.mark.parametrize("number", ["2", "7", "0", "-3", "9" * 30, "no"])
@pytest.mark.parametrize(("asked", "total"), [("standing=current&", 62), ("q=clerk&", 60)])
def test_any_page_number_shows_a_page_with_and_without_a_search(tenant, page, asked, total, number):
    people(tenant, 60)
    first, last = (1, 50) if number == "no" else (51, total)
    answer = page.get(f"/sample/toy/?{asked}page={number}")
    assert f"{first} to {last} of {total}" in answer.content.decode()
    assert len(names(answer)) == last - first + 1


def test_a_search_without_hits_says_so_on_any_page(tenant, page):
    for number in ("1", "9"):
        answer = page.get(f"/sample/toy/?q=nobodyatall&page={number}")
        assert answer.status_code == 200 and not names(answer)


def test_the_number_of_queries_does_not_grow_with_the_rows(tenant, page, django_assert_max_num_queries):
    people(tenant, 2)
    page.get("/sample/toy/")
    with django_assert_max_num_queries(16) as few:
        page.get("/sample/toy/")
    people(tenant, 30)
    with django_assert_max_num_queries(16) as many:
        page.get("/sample/toy/")
    assert len(many) == len(few)


def test_views_count_their_rows_in_one_query(tenant, page):
    people(tenant, 4)
    shown = page.get("/sample/toy/?standing=current").content.decode()
    assert re.search(r'aria-current="page">Members <span class="n">6</span>', shown)
    assert re.search(r'Auditors <span class="n">0</span>', shown)


def test_a_past_moment_lists_the_people_of_that_time(tenant, page, manager):
    moment = ledger.chain_of(tenant.pk).at
    people(tenant, 3)
    shown = page.get("/sample/toy/", {"as_of": moment.isoformat()})
    assert "Manager One" in names(shown) and "Clerk 00" not in names(shown)
    assert 'name="pick"' not in shown.content.decode()


def test_exports_hold_exactly_what_is_shown_in_three_formats(tenant, page):
    people(tenant, 60, function="=SUM(A1)")
    query = "/sample/toy/?q=clerk&columns=name,function,since&sort=-name"
    table = list(csv.reader(io.StringIO(page.get(query + "&export=csv").content.decode("utf-8-sig"))))
    assert table[0] == ["Name", "Function", "From"] and len(table) == 61
    assert table[1][:2] == ["Clerk 59", "'=SUM(A1)"]
    answer = page.get(query + "&export=xlsx")
    assert answer["Content-Disposition"].startswith('attachment; filename="people-sample-')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == 61 and sheet["B2"].value == "'=SUM(A1)" and sheet["B2"].data_type == "s"
    assert sheet["C2"].is_date and sheet.freeze_panes == "B2"
    body = json.loads(page.get(query + "&export=json").content)
    assert body["total"] == 60 and body["items"][0]["function"] == "=SUM(A1)"


def test_large_exports_become_a_job(tenant, page, manager, monkeypatch):
    monkeypatch.setattr(export, "DIRECT", 3)
    people(tenant, 5)
    page.get("/sample/toy/?export=csv&q=clerk")
    assert jobs.run_waiting() == 1
    job = Job.objects.get()
    assert job.state == Job.READY, job.error
    assert job.files.count() == 1 and job.done == job.total == 5


def step(page, tenant, **fields):
    return page.post("/sample/toy/", {"step": "function", **fields})


def hidden(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1]


def test_a_bulk_step_previews_then_applies_as_one_step_that_can_be_undone(tenant, page, manager):
    clerks = people(tenant, 3, function="Old")
    ids = list(Membership.objects.filter(person__in=clerks[:2]).values_list("pk", flat=True))
    asked = step(page, tenant, pick=ids)
    assert "2 people are chosen" in asked.content.decode()
    before = Entry.objects.count()
    fields = {"selection": hidden(asked, "selection"), "function": "New"}
    shown = step(page, tenant, stage="preview", **fields)
    assert "Old" in shown.content.decode() and Entry.objects.count() == before
    done = step(page, tenant, stage="apply", **fields)
    assert "2 rows are changed" in done.content.decode()
    entries = Entry.objects.order_by("-seq")[:2]
    assert Entry.objects.count() == before + 2 and len({entry.change_id for entry in entries}) == 1
    undo(actor_for(manager, tenant), entries[0].change_id)
    assert set(Membership.objects.filter(pk__in=ids).values_list("function", flat=True)) == {"Old"}


def test_a_bulk_step_takes_all_matching_rows_beyond_the_page(tenant, page):
    people(tenant, 60)
    assert 'name="all" value="yes" data-total="60"' in page.get("/sample/toy/?q=clerk").content.decode()
    asked = page.post("/sample/toy/?q=clerk", {"step": "function", "all": "yes"})
    assert "60 people are chosen" in asked.content.decode()
    fields = {"selection": hidden(asked, "selection"), "function": "New", "stage": "apply"}
    assert "60 rows are changed" in step(page, tenant, **fields).content.decode()


def test_rows_changed_since_the_preview_are_left_alone_and_named(tenant, page, manager):
    clerk = people(tenant, 1)[0]
    member = Membership.objects.get(person=clerk)
    asked = step(page, tenant, pick=[member.pk])
    change_member(actor=actor_for(manager, tenant), member=member, function="Mine")
    done = step(page, tenant, stage="apply", selection=hidden(asked, "selection"), function="Theirs")
    assert "Clerk 00" in done.content.decode() and "meanwhile" in done.content.decode()
    member.refresh_from_db()
    assert member.function == "Mine"


def test_a_contributor_gets_no_bulk_step_and_a_forged_one_is_not_found(tenant):
    clerk = people(tenant, 1)[0]
    client = Client()
    client.force_login(clerk)
    assert 'name="step"' not in client.get("/sample/toy/").content.decode()
    assert step(client, tenant, all="yes").status_code == 404


def test_rows_of_another_management_system_cannot_be_picked(tenant, page):
    other = make_management_system("other")
    foreign = Membership.objects.filter(management_system=other).first()
    answer = step(page, tenant, pick=[foreign.pk])
    assert answer.status_code == 422 and "Choose at least one row" in answer.content.decode()


@pytest.mark.parametrize("register", [MemberRegister, SystemRegister, RiskRegister], ids=lambda one: one.key)
def test_a_bulk_step_leaves_rows_of_another_management_system_alone_and_does_not_name_them(register):
    here, there = (make_manager(make_management_system()) for _ in range(2))
    register_system(actor=there, name="Theirs")
    register_risk(actor=there, title="Theirs")
    foreign = register.model.objects.filter(management_system=there.management_system_id).first()
    before = everything()
    outcome = bulk.apply(register.bulk[0], here, register(), {str(foreign.pk): foreign.version}, {"actor": here})
    assert (outcome.changed, outcome.kept) == (0, [("", "It is gone.")])
    assert not differences(before, everything())


def test_strangers_get_404(tenant, client):
    stranger = make_member(make_management_system("other"), MANAGER)
    client.force_login(stranger)
    assert client.get("/sample/toy/").status_code == 404
    assert client.get("/sample/toy/?export=csv").status_code == 404


def test_person_filters_of_a_large_organisation_offer_those_whom_rows_name(tenant, page, manager, monkeypatch):
    monkeypatch.setattr(filters, "ALL_PEOPLE", 2)
    people(tenant, 5)
    shown = page.get("/sample/history/").content.decode()
    assert f'value="{manager.pk}"' not in shown
    change_member(
        actor=actor_for(manager, tenant), member=Membership.objects.filter(person=manager).get(), function="X"
    )
    shown = page.get("/sample/history/").content.decode()
    assert f'value="{manager.pk}"' in shown and shown.count('name="who"') == 3
    silent = Membership.objects.get(person__name="Clerk 00").person_id
    assert "No row has all" in page.get(f"/sample/history/?who={silent}").content.decode()


def test_the_same_filters_serve_the_api(tenant, manager):
    people(tenant, 3)
    request = SimpleNamespace(auth=actor_for(manager, tenant))
    rows = Membership.objects.filter(management_system=tenant)
    found = MemberRegister.filters(QueryDict("role=contributor"), rows, request=request)
    assert found.is_valid() and found.qs.count() == 3
    assert not MemberRegister.filters(QueryDict("role=wizard"), rows, request=request).is_valid()


def test_a_register_that_needs_a_permission_tells_others_who_has_it(tenant, manager):
    client = Client()
    client.force_login(people(tenant, 1)[0])
    answer = client.get("/sample/people/invitations/")
    assert answer.status_code == 403 and "Manager One" in answer.content.decode()


def test_a_column_that_a_function_gives_must_say_how_it_sorts():
    with pytest.raises(TypeError, match="needs sort="):
        type("Broken", (Register,), {"key": "broken", "columns": (Column("a", "A", lambda row: row),)})


def test_a_bulk_step_with_a_selection_that_is_not_ours_is_refused(tenant, page):
    answer = step(page, tenant, stage="apply", selection="forged", function="X")
    assert answer.status_code == 422 and "Choose the rows again" in answer.content.decode()
