"""Pages of AI systems, through the door."""

import pytest

from aims.models import AISystem
from core.models import Entry
from core.registers import bulk
from core.registers.base import registers
from core.undo import undo
from tests.aims.conftest import browser_of
from tests.aims.makers import entries, make_system
from tests.makers import make_management_system, make_manager, make_person

pytestmark = pytest.mark.django_db
BASE = "/helvia/systems/"
HOSTILE = '=HYPERLINK("http://x","y")<script>alert(1)</script>'


def typed(**fields):
    """A form's fields with what is always sent."""
    return {"name": "Triage", "development": "unknown", "personal_data": "unknown", "stage": "INC", **fields}


def test_the_empty_register_says_how_to_begin(place):
    page = place.browser.get(BASE).content.decode()
    assert "No AI systems yet" in page
    assert f"{BASE}new/" in page
    assert f"{BASE}import/" in page


def test_the_register_lists_filters_and_stays_within_its_queries(place, django_assert_max_num_queries):
    for number in range(60):
        make_system(
            place.manager,
            f"System {number:03}",
            unit="Claims" if number % 2 else "Pharmacy",
            owner=place.people["owner"],
        )
    with django_assert_max_num_queries(30):
        page = place.browser.get(BASE)
    assert page.status_code == 200
    assert "System 000" in page.content.decode()
    for query in (
        "state=to_screen", "stage=INC", "owner=me", "unit=claims", "topic=x", "development=unknown",
        "personal_data=unknown", "ai_act_class=none", "ai_act_class=GPAI", "flag=no_owner", "flag=review_due",
        "flag=missing", "source=cmdb",
    ):  # fmt: skip
        assert place.browser.get(f"{BASE}?{query}", follow=True).status_code == 200, query
    answer = place.browser.get(f"{BASE}?ai_act_class=none&unit=claims", follow=True)
    assert answer.context["listing"].total == 30


def test_a_system_is_registered_by_form_and_shows_what_was_typed(place):
    answer = place.browser.post(f"{BASE}new/", typed(purpose=HOSTILE, roles=["user"], ai_act_class=["GPAI", "MINIMAL"]))
    system = AISystem.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"{BASE}{system.ref}/"
    assert (system.state, system.stage, system.roles, system.ai_act_classes) == (
        "to_screen",
        "INC",
        ["user"],
        ["GPAI", "MINIMAL"],
    )
    page = place.browser.get(answer["Location"]).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert "Registered" in page


def test_a_form_without_a_name_keeps_everything_typed(place):
    answer = place.browser.post(f"{BASE}new/", typed(name="", purpose="Sort messages", next_review="31 foo"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter name" in page and "Sort messages" in page and "Write the date like" in page
    assert not AISystem.objects.exists()


def test_a_foreign_owner_is_refused_beside_the_field(place):
    stranger = make_person("Stranger One")
    answer = place.browser.post(f"{BASE}new/", typed(owner=str(stranger.pk)))
    assert answer.status_code == 422
    assert 'id="id_owner_error"' in answer.content.decode() or "Select a valid choice" in answer.content.decode()
    assert not AISystem.objects.exists()


def test_a_stale_form_shows_both_versions_and_keeps_what_was_typed(place):
    system = make_system(place.manager, "Triage", purpose="old")
    url = f"{BASE}{system.ref}/edit/"
    assert place.browser.post(url, typed(purpose="theirs", version="1")).status_code == 302
    answer = place.browser.post(url, typed(purpose="mine, typed for an hour", version="1"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "mine, typed for an hour" in page and "theirs" in page
    assert AISystem.objects.get().purpose == "theirs"


def test_strangers_get_404_everywhere_and_change_nothing(place):
    foreign = make_management_system("other")
    system = make_system(make_manager(foreign), "Theirs")
    before = entries(place.manager)
    stranger = browser_of(make_person())
    for path in ("", "new/", "to-screen/", "import/", "claims/", "SYS-1/", "SYS-1/edit/", "SYS-1/steps/take_in/"):
        assert stranger.get(f"{BASE}{path}").status_code == 404, path
    for path in (f"{system.ref}/", f"{system.ref}/edit/", f"{system.ref}/steps/take_in/", f"{system.ref}/give-back/"):
        assert place.browser.get(f"{BASE}{path}").status_code == 404, path
    assert place.browser.post(f"{BASE}{system.ref}/edit/", typed()).status_code == 404
    assert place.browser.post(f"{BASE}to-screen/", {"ref": system.ref, "step": "take_in"}).status_code == 404
    assert entries(place.manager) == before


@pytest.mark.parametrize(
    "path", ["new/", "import/", "SYS-1/edit/", "SYS-1/steps/take_in/", "SYS-1/steps/approve_idea/"]
)
def test_an_external_auditor_reads_and_is_told_who_may_change(place, path):
    make_system(place.manager, "Triage")
    browser = browser_of(place.people["auditor"])
    assert browser.get(BASE).status_code == browser.get(f"{BASE}SYS-1/").status_code == 200
    assert browser.get(f"{BASE}{path}").status_code == 403


def test_the_owner_changes_their_system_and_nobody_elses(place):
    mine = make_system(place.manager, "Mine", owner=place.people["owner"])
    other = make_system(place.manager, "Other")
    browser = browser_of(place.people["owner"])
    assert (
        browser.post(
            f"{BASE}{mine.ref}/edit/", typed(name="Mine", owner=str(place.owner.person_id), version="1")
        ).status_code
        == 302
    )
    assert browser.get(f"{BASE}{other.ref}/edit/").status_code == 403
    assert browser.post(f"{BASE}{other.ref}/edit/", typed(version="1")).status_code == 403


def test_screening_takes_in_with_a_click_and_leaves_out_with_a_reason(place):
    first, second = make_system(place.manager, "First"), make_system(place.manager, "Second")
    url = f"{BASE}to-screen/"
    assert place.browser.post(url, {"ref": first.ref, "version": "1", "step": "take_in"}).status_code == 302
    refused = place.browser.post(url, {"ref": second.ref, "version": "1", "step": "leave_out", "reason": " "})
    assert refused.status_code == 409 and "Say why." in refused.content.decode()
    stale = place.browser.post(
        url, {"ref": second.ref, "version": "9", "step": "leave_out", "reason": "Not AI, a table"}
    )
    assert stale.status_code == 409 and "Not AI, a table" in stale.content.decode()
    assert (
        place.browser.post(
            url, {"ref": second.ref, "version": "1", "step": "leave_out", "reason": "Not AI, a table"}
        ).status_code
        == 302
    )
    assert {s.ref: (s.state, s.state_reason) for s in AISystem.objects.all()} == {
        first.ref: ("in_scope", ""), second.ref: ("out_of_scope", "Not AI, a table"),
    }  # fmt: skip
    assert "Nothing waits to be screened" in place.browser.get(url).content.decode()


def test_a_step_is_taken_on_its_page_with_date_and_reason(place):
    system = make_system(place.manager, "Triage", stage="DEP")
    url = f"{BASE}{system.ref}/steps/go_live/"
    page = place.browser.get(url).content.decode()
    assert "Go live" in page and "Go-live approved" in page
    future = place.browser.post(url, {"date": "1 January 2190", "reason": "", "version": "1"})
    assert future.status_code == 422 and "in the future" in future.content.decode()
    assert place.browser.post(url, {"date": "", "reason": "Pilot went well", "version": "1"}).status_code == 302
    system.refresh_from_db()
    assert (system.stage, system.version) == ("OM", 2) and system.stage_since and system.go_live
    again = place.browser.post(url, {"date": "", "reason": "", "version": "2"})
    assert again.status_code == 409
    assert "Pilot went well" in place.browser.get(f"{BASE}{system.ref}/").content.decode()


def test_the_past_of_a_system_is_read_only(place):
    system = make_system(place.manager, "Triage")
    page = place.browser.get(f"{BASE}{system.ref}/?as_of=2199-01-01")
    assert page.status_code == 200
    assert f"{BASE}{system.ref}/edit/" not in page.content.decode()


def test_bulk_owner_is_previewed_applied_and_taken_over_from_the_source(place):
    systems = [make_system(place.manager, f"S{n}") for n in range(3)]
    picked = {"pick": [str(s.pk) for s in systems], "step": "owner"}
    asked = place.browser.post(BASE, picked)
    assert asked.status_code == 200
    selection = asked.context["selection"]
    stage = {"step": "owner", "selection": selection, "owner": str(place.owner.person_id)}
    assert place.browser.post(BASE, {**stage, "stage": "preview"}).status_code == 200
    done = place.browser.post(BASE, {**stage, "stage": "apply"})
    assert done.status_code == 200
    assert set(AISystem.objects.values_list("owner_id", flat=True)) == {place.owner.person_id}


def test_a_bulk_preview_names_each_system_and_tells_only_what_was_asked_for(place):
    system, register = make_system(place.manager, "Triage"), registers()["systems"]
    system.field_owners = {"unit": {"by": "source:list", "since": "2026-01-01T00:00:00Z"}}
    unit = next(step for step in register.bulk if step.key == "unit")
    asked = {"unit": "Care", "actor": place.manager}
    (row,) = bulk.preview(unit, place.manager, [system], asked, register.title_of)
    assert row.name == f"{system.ref} Triage"
    assert row.changes == [("Unit", "", "Care")]


def test_a_step_can_be_undone_once_every_later_edit_of_its_records_was_undone(place):
    system, register = make_system(place.manager, "Triage"), registers()["systems"]
    unit = next(step for step in register.bulk if step.key == "unit")
    began = Entry.objects.get(record_id=str(system.pk)).change_id
    asked = {"unit": "Care", "actor": place.manager}
    edited = bulk.apply(unit, place.manager, register, {str(system.pk): system.version}, asked)
    assert [kept.code for kept in undo(place.manager, began).kept] == ["changed-since"]
    assert undo(place.manager, edited.change_id).restored == 1
    page = place.browser.get(f"/helvia/history/steps/{began}/undo/")
    assert len(page.context["step"].back) == 1
    assert undo(place.manager, began).removed == 1
    assert not AISystem.objects.filter(pk=system.pk).exists()


def test_a_contributor_is_offered_no_step_for_many_systems_not_even_their_own(place):
    system = make_system(place.manager, owner=place.people["owner"])
    browser = browser_of(place.people["owner"])
    assert 'name="step"' in place.browser.get(BASE).content.decode()
    assert 'name="step"' not in browser.get(BASE).content.decode()
    assert browser.post(BASE, {"step": "unit", "pick": [str(system.pk)]}).status_code == 404
