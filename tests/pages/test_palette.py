"""The palette and the search page behind it: records, what is new, places, what one worked on; one door for all."""

import pytest

from aims.services.systems import change_system, register_system
from core.models import Entry
from tests.makers import make_management_system, make_manager, make_member
from tests.pages.conftest import browser

pytestmark = pytest.mark.django_db
JSON = {"headers": {"accept": "application/json"}}
PART = {"headers": {"hx-request": "true"}}


def offered(client, text="", **asked):
    """Heading → labels."""
    answer = client.get("/sample/search/", {"q": text, **asked}, **JSON).json()
    return {group["label"]: [one["label"] for one in group["choices"]] for group in answer["groups"]}


def test_words_find_records_places_and_what_can_be_made(page, actor):
    register_system(actor=actor, name="Claims triage")
    register_system(actor=make_manager(make_management_system("other")), name="Claims elsewhere")
    found = offered(page, "claims")
    assert found == {"Records": ["Claims triage"]}
    assert offered(page, "ai system")["New"] == ["New: AI system"]
    assert "AI systems: To screen" in offered(page, "screen")["Places"]
    assert offered(page, "nothing of the kind") == {}


def test_a_reference_comes_first_and_leads_to_its_record(page, actor):
    system = register_system(actor=actor, name="Claims triage")
    register_system(actor=actor, name="Another", purpose=f"Feeds {system.ref}")
    (records, *_others) = page.get("/sample/search/", {"q": system.ref.lower()}, **JSON).json()["groups"]
    assert [one["ref"] for one in records["choices"]][0] == system.ref
    assert records["choices"][0]["url"] == f"/sample/systems/{system.ref}/"


def test_without_words_what_one_worked_on_stands_first(page, actor, contributor, tenant):
    systems = [register_system(actor=actor, name=f"System {n}") for n in range(8)]
    change_system(actor=actor, system_id=systems[0].pk, name="Touched last")
    found = offered(page)
    assert list(found) == ["You worked on lately", "New", "Places"]
    assert found["You worked on lately"] == ["Touched last", *(f"System {n}" for n in (7, 6, 5, 4, 3))]
    assert "You worked on lately" not in offered(browser(contributor))


def test_more_than_eight_records_lead_to_the_page_that_lists_them(page, actor):
    for n in range(9):
        register_system(actor=actor, name=f"Claims {n}")
    group = page.get("/sample/search/", {"q": "claims"}, **JSON).json()["groups"][0]
    assert len(group["choices"]) == 8 and group["more"] == "/sample/search/?q=claims"
    assert page.get(group["more"]).content.decode().count("<b>Claims ") == 9


def test_each_is_offered_what_they_may(page, auditor):
    assert "New" in offered(page) and "New" not in offered(browser(auditor))
    assert "Where we stand" in offered(browser(auditor))["Places"]


def test_the_past_is_searched_as_it_was_and_offers_nothing_new(page, actor):
    system = register_system(actor=actor, name="Old name")
    moment = Entry.objects.order_by("-at").first().at
    change_system(actor=actor, system_id=system.pk, name="New name")
    found = offered(page, "name", as_of=moment.isoformat())
    assert found == {"Records": ["Old name"]}
    assert "New" not in offered(page, as_of=moment.isoformat())
    choice = page.get("/sample/search/", {"q": "old", "as_of": moment.isoformat()}, **JSON).json()["groups"][0]
    assert "as_of=" in choice["choices"][0]["url"]


def test_the_same_door_answers_the_part_and_without_scripts_the_page(page, actor):
    register_system(actor=actor, name="Claims <b>triage</b>")
    part = page.get("/sample/search/", {"q": "claims"}, **PART).content.decode()
    assert part.startswith('<div id="palette-found" role="listbox"') and "<html" not in part
    assert "Claims &lt;b&gt;triage" in part
    assert "Nothing holds" in page.get("/sample/search/", {"q": "zebra"}, **PART).content.decode()
    whole = page.get("/sample/search/", {"q": "where we"}).content.decode()
    assert 'href="/sample/where-we-stand/"' in whole and "Nothing holds these words" not in whole
    assert 'id="palette"' in whole


def test_a_stranger_is_answered_by_no_form_of_the_door(tenant):
    stranger = browser(make_member(make_management_system("other"), "manager"))
    for given in (JSON, PART, {}):
        assert stranger.get("/sample/search/", {"q": "x"}, **given).status_code == 404


def test_finding_takes_few_queries_however_much_there_is(page, actor, django_assert_max_num_queries):
    for n in range(12):
        register_system(actor=actor, name=f"Claims {n}")
    page.get("/sample/search/", {"q": "claims"}, **PART)
    with django_assert_max_num_queries(10):
        page.get("/sample/search/", {"q": "claims"}, **PART)
