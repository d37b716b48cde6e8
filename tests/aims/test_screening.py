"""To screen: one after the other, several at once, taken back."""

import pytest

from aims.models import AISystem
from aims.services import make_group, put_into_group, sync_systems
from core import workflow
from core.change import change
from core.errors import Forbidden, Refusal
from risks.models import Risk
from tests.aims.conftest import browser_of
from tests.aims.makers import entries, make_system
from tests.risks.makers import make_risk

pytestmark = pytest.mark.django_db
URL = "/helvia/systems/to-screen/"


def picks(*systems):
    """Rows as the page names them."""
    return [f"{system.pk}:{system.version}" for system in systems]


def states():
    """Name to state."""
    return dict(AISystem.objects.values_list("name", "state"))


def test_progress_tells_how_many_are_screened(place):
    first = make_system(place.manager, "First")
    make_system(place.manager, "Second")
    workflow.take("take_in", first, actor=place.manager)
    assert "1 of 2 screened" in place.browser.get(URL).content.decode()


def test_several_are_decided_at_once_and_taken_back_as_one(place):
    systems = [make_system(place.manager, name) for name in ("One", "Two", "Three")]
    answer = place.browser.post(URL, {"many": "leave_out", "pick": picks(*systems[:2]), "reason": "Tables, no AI"})
    assert answer.status_code == 302
    assert states() == {"One": "out_of_scope", "Two": "out_of_scope", "Three": "to_screen"}
    assert AISystem.objects.get(name="One").screened_at
    page = place.browser.get(URL)
    assert "2 AI systems: Out of scope." in page.content.decode()
    assert '<option value="Tables, no AI">' in page.content.decode()
    last = page.context["last"]
    assert place.browser.post(URL, {"undo": last.change_id}).status_code == 302
    assert set(states().values()) == {"to_screen"}
    assert place.browser.get(URL).context["last"] is None
    assert place.browser.post(URL, {"undo": last.change_id}).status_code == 409


def test_one_decision_is_taken_back_and_then_the_one_before(place):
    first, second = make_system(place.manager, "First"), make_system(place.manager, "Second")
    for system in (first, second):
        place.browser.post(URL, {"ref": system.ref, "version": "1", "step": "take_in"})
    for left in ({"First": "in_scope", "Second": "to_screen"}, {"First": "to_screen", "Second": "to_screen"}):
        last = place.browser.get(URL).context["last"]
        place.browser.post(URL, {"undo": last.change_id})
        assert states() == left


def test_nobody_takes_back_what_somebody_else_decided(place):
    system = make_system(place.manager, "First")
    place.browser.post(URL, {"ref": system.ref, "version": "1", "step": "take_in"})
    last = place.browser.get(URL).context["last"]
    browser = browser_of(place.people["owner"])
    assert browser.get(URL).context["last"] is None
    assert browser.post(URL, {"undo": last.change_id}).status_code == 409
    assert states() == {"First": "in_scope"}


def test_rows_that_changed_meanwhile_are_left_alone_and_named(place):
    first, second = make_system(place.manager, "First"), make_system(place.manager, "Second")
    workflow.take("take_in", first, actor=place.manager)
    answer = place.browser.post(URL, {"many": "take_in", "pick": picks(first, second)})
    assert answer.status_code == 422
    assert f"{first.ref} First Somebody changed it meanwhile." in answer.content.decode()
    assert set(states().values()) == {"in_scope"}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"many": "take_in"}, "Choose at least one row."),
        ({"many": "leave_out", "reason": " ", "pick": True}, "Say why they are out of scope."),
        ({"many": "group", "group": "GRP-9", "pick": True}, "Choose a group."),
    ],
)
def test_a_decision_that_lacks_something_says_what(place, sent, said):
    system = make_system(place.manager, "First")
    before = entries(place.manager)
    answer = place.browser.post(URL, {**sent, **({"pick": picks(system)} if sent.get("pick") else {})})
    assert answer.status_code == 422 and said in answer.content.decode()
    assert entries(place.manager) == before
    assert [row["picked"] for row in answer.context["rows"]] == [bool(sent.get("pick"))]


def test_a_decision_sent_twice_is_taken_once(place):
    system = make_system(place.manager, "First")
    sent = {
        "ref": system.ref,
        "version": "1",
        "step": "take_in",
        "draft_ticket": place.browser.get(URL).context["ticket"],
    }
    before = entries(place.manager)
    assert [place.browser.post(URL, sent).status_code for _again in range(2)] == [302, 302]
    assert entries(place.manager) == before + 1
    assert place.browser.post(URL, {**sent, "draft_ticket": "another"}).status_code == 409


def test_a_group_is_screened_and_assessed_as_one(place):
    group = make_group(actor=place.manager, name="Chat assistants")
    systems = [make_system(place.manager, name) for name in ("One", "Two", "Three")]
    make_system(place.manager, "Other")
    for system in systems:
        put_into_group(actor=place.manager, system_id=system.pk, group_id=group.pk)
    page = place.browser.get(f"{URL}?group={group.ref}")
    assert [row["system"] for row in page.context["rows"]] == systems
    rows = [AISystem.objects.get(pk=system.pk) for system in systems]
    place.browser.post(f"{URL}?group={group.ref}", {"many": "take_in", "pick": picks(*rows)})
    assert states() == {"One": "in_scope", "Two": "in_scope", "Three": "in_scope", "Other": "to_screen"}
    shown = place.browser.get(f"/helvia/systems/to-screen/groups/{group.ref}/").content.decode()
    assert "A new risk names all 3 systems" in shown and "No risk names a system of this group yet." in shown
    catalogue = place.browser.get(f"/helvia/risks/catalogue/?group={group.ref}").content.decode()
    assert f"?from=CAT-01&amp;group={group.ref}" in catalogue
    form = place.browser.get(f"/helvia/risks/new/?group={group.ref}").context["form"]
    assert set(form.initial["systems"]) == {str(system.pk) for system in systems}


def test_a_risk_of_some_of_a_group_is_shown_with_them_and_leads_to_naming_all(place):
    group = make_group(actor=place.manager, name="Chat assistants")
    systems = [make_system(place.manager, name) for name in ("One", "Two")]
    for system in systems:
        workflow.take("take_in", system, actor=place.manager)
        put_into_group(actor=place.manager, system_id=system.pk, group_id=group.pk)
    risk = make_risk(place.manager, systems=[AISystem.objects.get(pk=systems[0].pk)])
    url = f"/helvia/systems/to-screen/groups/{group.ref}/"
    shown = place.browser.get(url).content.decode()
    assert "1 of 2" in shown and f"/risks/{risk.ref}/edit/?group={group.ref}" in shown
    form = place.browser.get(f"/helvia/risks/{risk.ref}/edit/?group={group.ref}").context["form"]
    assert form.initial["systems"] == [str(system.pk) for system in systems]
    with change(place.manager, "test") as unit:
        unit.save(unit.fetch(Risk, risk.pk), systems=systems)
    assert f"/edit/?group={group.ref}" not in place.browser.get(url).content.decode()


def test_rows_go_into_a_group_at_once(place):
    group = make_group(actor=place.manager, name="Chat assistants")
    systems = [make_system(place.manager, name) for name in ("One", "Two")]
    assert place.browser.post(URL, {"many": "group", "group": group.ref, "pick": picks(*systems)}).status_code == 302
    assert AISystem.objects.filter(group=group).count() == 2
    assert "Chat assistants" in place.browser.get(f"/helvia/systems/{systems[0].ref}/").content.decode()
    shown = place.browser.get(f"/helvia/systems/?group={group.ref}", follow=True)
    assert shown.context["listing"].total == 2
    assert place.browser.get("/helvia/systems/?group=none", follow=True).context["listing"].total == 0


def test_contributors_see_the_inbox_and_decide_nothing(place):
    system = make_system(place.manager, "First")
    browser = browser_of(place.people["owner"])
    page = browser.get(URL).content.decode()
    assert "First" in page and 'name="many"' not in page
    for sent in ({"many": "take_in", "pick": picks(system)}, {"ref": system.ref, "version": "1", "step": "take_in"}):
        assert browser.post(URL, sent).status_code == 403
    assert states() == {"First": "to_screen"}


def test_it_is_narrowed_by_text_unit_and_source(place):
    make_system(place.manager, "Triage", unit="Nursing")
    make_system(place.manager, "Billing", unit="Finance", supplier="Acme")
    sync_systems(actor=place.manager, source="cmdb", rows=[{"external_id": "1", "name": "Fed"}])
    for query, names in (("q=acme", {"Billing"}), ("unit=nurs", {"Triage"}), ("source=cmdb", {"Fed"})):
        rows = place.browser.get(f"{URL}?{query}").context["rows"]
        assert {row["system"].name for row in rows} == names, query
    assert "Nothing matches" in place.browser.get(f"{URL}?q=nowhere").content.decode()


def test_all_that_match_are_screened_in_the_register(place):
    for number in range(30):
        make_system(place.manager, f"System {number}")
    page = place.browser.get(URL)
    assert "All 30 in the register" in page.content.decode()
    sent = {"step": "leave_out", "all": "yes", "stage": "preview", "reason": "Not AI"}
    url = f"/helvia/systems/?{page.context['all_url'].partition('?')[2]}"
    preview = place.browser.post(url, sent)
    assert preview.status_code == 200 and "Out of scope" in preview.content.decode()
    token = preview.context["selection"]
    place.browser.post(url, {"step": "leave_out", "stage": "apply", "selection": token, "reason": "Not AI"})
    assert set(states().values()) == {"out_of_scope"}
    assert set(AISystem.objects.values_list("state_reason", flat=True)) == {"Not AI"}


def test_the_inbox_stays_within_its_queries(place, django_assert_max_num_queries):
    for number in range(40):
        make_system(place.manager, f"Assistant {number} of the house", unit="Claims")
    with django_assert_max_num_queries(32):
        assert place.browser.get(URL).status_code == 200


def test_steps_somebody_signs_are_never_taken_for_many(place):
    system = make_system(place.manager, "First")

    with pytest.raises(Refusal), change(place.manager, "test") as unit:
        workflow.move(unit, "approve_idea", system)
    with pytest.raises(Forbidden), change(place.owner, "test") as unit:
        workflow.move(unit, "take_in", system)
