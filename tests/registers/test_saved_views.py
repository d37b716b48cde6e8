"""Views that people save: kept under a name, shared by managers, changed, begun with; and columns in any order."""

import csv
import html
import io
import re
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from core import clock, policy, scope
from core.actor import CONTRIBUTOR, EXTERNAL_AUDITOR, MANAGER, operator
from core.errors import Forbidden, NotFound, Stale
from core.models import Entry, SavedView, StartView
from core.registers import registers
from core.registers.views import url_of
from core.services import saved_views
from core.services.members import add_member
from core.services.saved_views import change_view, delete_view, save_view, start_with
from risks.services import register_risk
from tests.makers import actor_for, make_management_system, make_member
from tests.pages.conftest import browser

pytestmark = pytest.mark.django_db
LIST = "/sample/risks/"


@pytest.fixture
def tenant():
    return make_management_system("sample", name="Sample Mutual")


@pytest.fixture
def manager(tenant):
    return make_member(tenant, MANAGER, name="Manager One")


@pytest.fixture
def owner(tenant):
    return make_member(tenant, CONTRIBUTOR, name="Owner One")


@pytest.fixture
def risks(tenant, manager):
    actor = actor_for(manager, tenant)
    return [register_risk(actor=actor, title=f"Risk {n}") for n in range(3)]


def text(response):
    return html.unescape(response.content.decode())


def new(client, name, state="state=draft&sort=title", **fields):
    query = QueryDict(mutable=True)
    query.update({"register": "risks", "state": state})
    return client.post(f"/sample/views/new/?{query.urlencode()}", {"name": name, **fields})


def tabs(response):
    """Label → address of the views above a list, and the label of the one that is shown."""
    nav = re.search(r'<nav class="views".*?</nav>', text(response), re.S)[0]
    found = re.findall(r'<a href="([^"]+)"([^>]*)>([^<]+?)\s*<', nav)
    return {label: url for url, _rest, label in found}, [label for _u, rest, label in found if "aria-current" in rest]


# By the page ----------------------------------------------------------------------------------------------------------


def test_what_is_shown_is_saved_under_a_name_and_stands_beside_the_shipped_views(owner, risks):
    client = browser(owner)
    answer = new(client, "  My   drafts ", "state=draft&sort=title&columns=title,ref&page=3&colour=red")
    view = SavedView.objects.get()
    assert (view.name, view.shared, view.query) == ("My drafts", False, "columns=title,ref&sort=title&state=draft")
    shown = client.get(answer["Location"])
    links, current = tabs(shown)
    assert current == ["My drafts"] and "Above criteria" in links
    assert re.findall(r'id="by-(\w+)"', text(shown)) == ["title", "ref"]
    assert "Back to what was saved" not in text(shown)


def test_a_view_says_when_something_else_is_shown_and_keeps_it_when_asked(owner, risks):
    client = browser(owner)
    saved = new(client, "Drafts", "state=draft")["Location"]
    changed = client.get(saved + "&sort=-title")
    assert "changed" in text(changed) and "Back to what was saved" in text(changed)
    form = re.search(r'action="(/sample/views/[^"]+/state/)".*?name="state" value="([^"]*)".*?value="(\d+)"',
                     text(changed), re.S)  # fmt: skip
    kept = client.post(form[1], {"state": form[2], "version": form[3]})
    assert "sort=-title" in kept["Location"] and SavedView.objects.get().query == "sort=-title&state=draft"
    assert client.post(form[1], {"state": "", "version": form[3]}).status_code == 409
    assert client.post(form[1], {"state": ""}).status_code == 409


def test_the_address_tells_the_view_also_without_naming_it(owner, risks):
    client = browser(owner)
    new(client, "Sorted", "sort=title&kind=threat")
    assert tabs(client.get(f"{LIST}?kind=threat&sort=title"))[1] == ["Sorted"]
    assert tabs(client.get(f"{LIST}?kind=threat"))[1] == []
    assert tabs(client.get(LIST))[1] == ["All risks"]


def test_a_list_begins_with_the_view_somebody_chose_and_everything_stays_a_press_away(owner, risks):
    client = browser(owner)
    saved = new(client, "Opportunities first", "kind=opportunity", start="on")["Location"]
    assert client.get(LIST)["Location"] == saved
    shown = client.get(saved)
    links, current = tabs(shown)
    assert current == ["Opportunities first"] and links["All risks"] == f"{LIST}?view=all"
    everything = client.get(f"{LIST}?view=all")
    assert everything.status_code == 200 and "Risk 2" in text(everything) and tabs(everything)[1] == ["All risks"]
    assert client.get(f"{LIST}?q=")["Location"] == f"{LIST}?view=all"
    assert f'href="{LIST}?view=all"' in text(client.get(f"{LIST}?kind=opportunity"))
    moment = clock.now().isoformat()
    assert "as_of=" in client.get(LIST, {"as_of": moment})["Location"]
    pk = SavedView.objects.get().pk
    assert "begins as usual" in text(client.post(f"/sample/views/{pk}/start/", {"start": ""}, follow=True))
    assert client.get(LIST).status_code == 200 and not StartView.objects.exists()


def test_a_person_begins_a_list_with_one_view_at_a_time(owner, risks):
    client = browser(owner)
    new(client, "First", start="on")
    new(client, "Second", start="on")
    assert StartView.objects.get().view.name == "Second"
    first = SavedView.objects.get(name="First")
    client.post(f"/sample/views/{first.pk}/start/", {"start": "yes"})
    assert StartView.objects.get().view == first


def test_only_managers_share_and_everybody_has_what_is_shared(manager, owner, risks):
    boss, client = browser(manager), browser(owner)
    assert new(client, "Ours", shared="on").status_code == 302
    assert not SavedView.objects.get().shared
    new(boss, "For all", shared="on", start="on")
    view = SavedView.objects.get(shared=True)
    links, _current = tabs(client.get(LIST))
    assert {"Ours", "For all"} <= set(links)
    assert "Ours" not in tabs(boss.get(f"{LIST}?view=all"))[0]
    assert "Rename" not in text(client.get(links["For all"]))
    for door in ("edit", "delete"):
        assert client.get(f"/sample/views/{view.pk}/{door}/").status_code == 403
    assert client.post(f"/sample/views/{view.pk}/state/", {"state": "", "version": "1"}).status_code == 403
    assert client.post(f"/sample/views/{view.pk}/start/", {"start": "yes"}).status_code == 302
    assert client.get(LIST).status_code == 302


def test_a_view_is_renamed_shared_taken_back_and_deleted(manager, owner, risks):
    boss, client = browser(manager), browser(owner)
    new(boss, "Old name")
    view = SavedView.objects.get()
    page = boss.get(f"/sample/views/{view.pk}/edit/")
    assert 'value="Old name"' in text(page)
    boss.post(f"/sample/views/{view.pk}/edit/", {"name": "New name", "shared": "on", "version": "1"})
    client.post(f"/sample/views/{view.pk}/start/", {"start": "yes"})
    asked = text(boss.get(f"/sample/views/{view.pk}/delete/"))
    assert "Delete the view “New name”?" in asked and "gone for everybody" in asked and "For 1 person" in asked
    boss.post(f"/sample/views/{view.pk}/edit/", {"name": "New name", "version": "2"})
    assert "New name" not in tabs(client.get(LIST))[0] and not StartView.objects.exists()
    assert boss.post(f"/sample/views/{view.pk}/edit/", {"name": "Late", "version": "1"}).status_code == 409
    assert boss.post(f"/sample/views/{view.pk}/delete/")["Location"] == LIST
    assert not SavedView.objects.exists()
    assert list(Entry.objects.filter(record_type="core.savedview").order_by("seq").values_list("op", flat=True)) == [
        "create", "update", "update", "delete",
    ]  # fmt: skip


def test_all_views_are_listed_with_whose_they_are(manager, owner, risks):
    boss, client = browser(manager), browser(owner)
    assert "No view is saved yet" in text(boss.get("/sample/views/"))
    new(boss, "For all", shared="on")
    new(client, "Mine alone", start="on")
    listed = text(client.get("/sample/views/"))
    assert "For all" in listed and "Only you" in listed and "You begin with it" in listed
    assert "Mine alone" not in text(boss.get("/sample/views/"))


@pytest.mark.parametrize("door", ["edit", "delete", "state", "start"])
def test_somebody_elses_own_view_is_not_there(manager, owner, risks, door):
    new(browser(owner), "Mine alone")
    url = f"/sample/views/{SavedView.objects.get().pk}/{door}/"
    boss = browser(manager)
    answer = boss.get(url) if door in ("edit", "delete") else boss.post(url, {"version": "1"})
    assert answer.status_code == 404


def test_names_are_asked_for_and_stand_once(owner, risks):
    client = browser(owner)
    new(client, "Twice")
    again = new(client, "Twice", "kind=threat")
    assert again.status_code == 422 and "a view with this name already" in text(again)
    assert new(client, "   ").status_code == 422
    assert client.get("/sample/views/new/?register=shoes").status_code == 404
    assert client.get("/sample/views/new/?register=risks&state=kind%3Dthreat").status_code == 200
    assert new(browser(owner), "Odd", "level=purple&sort=shoe&q=x").status_code == 302
    assert SavedView.objects.get(name="Odd").query == "q=x"


def test_a_view_that_is_gone_leaves_its_rows_where_they_were(owner, risks):
    client = browser(owner)
    shown = client.get(f"{LIST}?view={uuid.uuid4()}&state=draft")
    assert shown.status_code == 200 and "was left out" not in text(shown) and "Risk 1" in text(shown)


def test_nothing_is_saved_from_the_past(owner, risks):
    shown = text(browser(owner).get(LIST, {"as_of": clock.now().isoformat()}))
    assert "Save view" not in shown


# By the rule ----------------------------------------------------------------------------------------------------------


def kept(actor, name="Kept", **fields):
    return save_view(actor=actor, register="risks", name=name, query="kind=threat", **fields)


def test_sharing_needs_the_permission_whatever_is_changed(tenant, manager, owner):
    boss, actor = actor_for(manager, tenant), actor_for(owner, tenant)
    with pytest.raises(Forbidden):
        kept(actor, shared=True)
    own, shared = kept(actor), kept(boss, shared=True)
    for values in ({"shared": True}, {"name": "Mine", "shared": True}):
        with pytest.raises(Forbidden):
            change_view(actor=actor, view=own, **values)
    for values in ({"name": "Theirs"}, {"shared": False}, {"query": ""}):
        with pytest.raises(Forbidden):
            change_view(actor=actor, view=shared, **values)
    with pytest.raises(Forbidden):
        delete_view(actor=actor, view=shared)
    with pytest.raises(NotFound):
        change_view(actor=boss, view=own, name="Peeked")
    with pytest.raises(Stale):
        change_view(actor=actor, view=own, name="Late", expected_version=7)


def test_what_others_begin_with_may_be_deleted_and_its_own_start_survives_taking_back(tenant, manager, owner):
    boss, actor = actor_for(manager, tenant), actor_for(owner, tenant)
    view = kept(boss, shared=True, start=True)
    start_with(actor=actor, view=view, start=True)
    assert saved_views.beginners(view) == 2
    view = change_view(actor=boss, view=view, shared=False)
    assert saved_views.begun_with(boss) == {view.pk} and not saved_views.begun_with(actor)
    delete_view(actor=boss, view=view)
    assert not StartView.objects.exists()


def test_one_person_keeps_at_most_thirty_views_of_a_register(tenant, owner, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 2)
    actor = actor_for(owner, tenant)
    kept(actor, "One"), kept(actor, "Two")
    with pytest.raises(ValidationError, match="Delete one first"):
        kept(actor, "Three")


def test_views_of_a_neighbour_are_nobodys_here(tenant, owner):
    there = make_management_system()
    stranger = make_member(there, MANAGER)
    view = kept(actor_for(stranger, there), shared=True)
    actor = actor_for(owner, tenant)
    assert not SavedView.objects.offered_to(actor).exists()
    for act in (lambda: start_with(actor=actor, view=view, start=True), lambda: delete_view(actor=actor, view=view)):
        with pytest.raises(NotFound):
            act()


def test_who_is_at_home_in_two_management_systems_begins_in_each_as_chosen_there(tenant, owner):
    there = make_management_system()
    make_member(there, MANAGER)
    add_member(actor=operator(there.pk), person=owner, roles=[CONTRIBUTOR])
    view = kept(actor_for(owner, there))
    start_with(actor=actor_for(owner, there), view=view, start=True)
    assert saved_views.begun_with(actor_for(owner, there)) == {view.pk}
    assert saved_views.begun_with(actor_for(owner, tenant)) == set()


# Columns --------------------------------------------------------------------------------------------------------------


def test_a_column_moves_by_a_button_either_way_and_ends_stay(owner, risks):
    client = browser(owner)
    asked = f"{LIST}?columns=ref&columns=title&columns=owner"
    assert client.get(asked + "&down=ref")["Location"] == f"{LIST}?columns=title,ref,owner"
    assert client.get(asked + "&up=owner")["Location"] == f"{LIST}?columns=ref,owner,title"
    assert client.get(asked + "&up=ref")["Location"] == f"{LIST}?columns=ref,title,owner"
    assert client.get(asked + "&down=owner")["Location"] == f"{LIST}?columns=ref,title,owner"
    shown = text(client.get(f"{LIST}?columns=title,ref,owner"))
    assert "Move Owner up" in shown and "Move Risk down" in shown and "As usual" in shown


def test_an_export_holds_the_columns_and_the_order_of_a_saved_view(owner, risks):
    client = browser(owner)
    saved = new(client, "Short", "columns=title,ref&sort=-title")["Location"]
    rows = list(csv.reader(io.StringIO(client.get(saved + "&export=csv").content.decode("utf-8-sig"))))
    assert rows[0] == ["Risk", "Reference"] and [row[0] for row in rows[1:]] == ["Risk 2", "Risk 1", "Risk 0"]


def test_every_column_of_every_register_sorts_and_every_register_has_its_page(tenant, manager, risks):
    actor, here = actor_for(manager, tenant), scope.current(tenant.pk)
    for register in registers().values():
        if not register.place or not policy.allows(actor, register.permission):
            continue
        assert url_of(SavedView(query=""), f"/sample/{register.place}/").startswith("/sample/")
        for column in register.columns:
            for sort in (column.key, f"-{column.key}"):
                listing = register.listing(here, actor, QueryDict(f"sort={sort}"), "/", "sample")
                assert column.sorts(register.model), f"{register.key}.{column.key}"
                assert listing.page is not None


def test_a_view_of_an_address_that_no_list_understands_is_not_kept(owner, risks):
    answer = new(browser(owner), "Broken", "q=%00&sort=title", start="on")
    assert answer.status_code == 422 and "no list understands" in text(answer)
    assert not SavedView.objects.exists()
    assert browser(owner).get(LIST).status_code == 200


def test_a_view_of_too_much_is_refused_and_not_cut(owner, risks):
    answer = new(browser(owner), "Long", "q=" + "advice+" * 300)
    assert answer.status_code == 422 and "more than a view keeps" in text(answer)
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused_by_the_rule_too(tenant, owner):
    with pytest.raises(ValidationError, match="Enter a name"):
        save_view(actor=actor_for(owner, tenant), register="risks", name="  ", query="state=draft")


def test_an_external_auditor_keeps_no_view_and_is_offered_none(tenant, risks):
    auditor = make_member(tenant, EXTERNAL_AUDITOR)
    client = browser(auditor)
    assert "/sample/views/new/" not in text(client.get(LIST))
    assert new(client, "Mine").status_code == 403
    assert not SavedView.objects.exists()
